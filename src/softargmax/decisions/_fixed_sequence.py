"""Learn then test: the threshold on sureness that admits most answers without breaking a promise on their errors.

To promise "at most 5 % of the answers are wrong", a threshold must pass a test on rows with known classes. Testing many
thresholds and taking the best one that passes would break the promise, because one of many passes by luck; the usual
remedy, a stricter test for each, costs answers. Here thresholds are tested one after the other, in an order that is
fixed before the tested rows are looked at, and the testing ends at the first that fails. The first threshold of that
order which really breaks the promise passes with probability 1 - confidence at most, and those behind it are reached
only if it does: so no test need be stricter for there being others ("fixed sequence testing").

The order must come from somewhere, and where it starts decides how far it gets. There are two:

- `surest_first` goes from the surest rows on, so many at a time, and spends no rows. Given how sure the k-th
  row is, the rows that are surer are drawn alike, so their errors are binomial. What is assumed is that the
  share of errors, once it is above the risk as less sure rows are answered too, stays above. Then the first
  test that should fail is of k rows of which those within the promise err at the rate of the risk and the
  others at a higher one, and it passes with the chance of its level at most. Several starts share the level,
  since nobody knows how many rows can be answered.
- `last_that_passes` assumes nothing. Some of the rows only propose: they say from which threshold on a pass is likely,
  and the other rows, which had no say in that, are tested on.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._binomial import binomial_cdf

# Thresholds that are tested at most. With 50 or 1000 the share of rows that is answered was the same to .01, in
# simulations of 300 to 4000 rows and risks of .01 to .1.
_TESTED = 200
# Where the order from the surest rows on starts: at so many rows that a test passes with this part of the errors that
# the promise allows all rows together. In simulations (four real sets, 150 to 10,000 rows, risks of .02 to .2) two of
# them answered a little more in most, but three answer something where few rows can be answered: .045 instead of none.
_STARTS = (0.03, 0.1, 0.25)
N_STARTS = len(_STARTS)


@dataclass(frozen=True)
class Answers:
    """Rows from the least to the most sure, and how many errors there are from each of them on."""

    sure: Array
    errors_from: Array

    @classmethod
    def of(cls, sure: Array, wrong: Array) -> "Answers":
        """Sort rows by how sure they are."""
        order = np.argsort(sure)
        return cls(sure[order], np.append(np.cumsum(wrong[order][::-1])[::-1], 0))

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.sure)

    def at(self, cut: float) -> tuple[int, int]:
        """Give how many rows are answered at a threshold, and how many of these are wrong."""
        first = int(np.searchsorted(self.sure, cut, side="left"))
        return self.n - first, int(self.errors_from[first])


def surest_first(tested: Answers, risk: float, level: float) -> float:
    """Test thresholds from the surest rows on, from several starts; NaN if the first of each fails."""
    level /= N_STARTS
    cuts = [np.nan]
    for share in _STARTS:
        start = _fewest_that_pass(int(share * tested.n * risk), tested.n, risk, level)
        if start is None:
            continue
        before = 0
        for count in np.unique(np.linspace(start, tested.n, _TESTED).astype(np.int64)):
            # Above the row that is next, so that equal rows are answered together or not at all.
            cut = -np.inf if count == tested.n else float(np.nextafter(tested.sure[tested.n - 1 - count], np.inf))
            n, errors = tested.at(cut)
            if n < start or n == before:
                continue
            if binomial_cdf(errors, n, risk) > level:
                break
            before = n
            cuts.append(cut)
    return float(np.nanmin(cuts)) if len(cuts) > 1 else np.nan


def _fewest_that_pass(errors: int, most: int, risk: float, level: float) -> int | None:
    """Give the fewest rows that pass with so many errors; None if they are more than there are."""
    if binomial_cdf(errors, most, risk) > level:
        return None
    few, enough = errors, most
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if binomial_cdf(errors, middle, risk) <= level else (middle, enough)
    return enough


def last_that_passes(proposing: Answers, tested: Answers, risk: float, level: float) -> float:
    """Test thresholds in the order and from the start that the proposing rows suggest; NaN if the first fails."""
    if proposing.n == 0:
        return np.nan
    places = np.unique(np.linspace(0, proposing.n - 1, _TESTED).astype(np.int64))[::-1]
    cuts = np.unique(proposing.sure[places])[::-1]
    cuts[-1] = -np.inf  # the last question: may everything be answered?
    last = np.nan
    for cut in cuts[_start(proposing, tested.n, cuts, risk) :]:
        n, errors = tested.at(cut)
        if n == 0 or binomial_cdf(errors, n, risk) > level:
            break
        last = cut
    return float(last)


def _start(proposing: Answers, n_tested: int, cuts: Array, risk: float) -> int:
    """Give the place of the threshold that the tested rows are expected to pass most clearly."""
    expected = []
    for cut in cuts:
        n, errors = proposing.at(cut)
        rate = (errors + 0.5) / (n + 1.0)  # half an error more, so that none among few is no proof of none
        n_expected = n * n_tested // proposing.n
        expected.append(binomial_cdf(int(np.ceil(rate * n_expected)), n_expected, risk) if n_expected else 1.0)
    return int(np.argmin(expected))
