"""Learn then test: the threshold on sureness that admits most answers without breaking a promise on their errors.

To promise "at most 5 % of the answers are wrong", a threshold must pass a test on rows with known classes. Testing many
thresholds and taking the best one that passes would break the promise, because one of many passes by luck; the usual
remedy, a stricter test for each, costs answers. Here thresholds are tested one after the other, in an order that is
fixed before the tested rows are looked at, and the testing ends at the first that fails. The first threshold of that
order which really breaks the promise passes with probability 1 - confidence at most, and those behind it are reached
only if it does: so no test need be stricter for there being others ("fixed sequence testing").

The order must come from somewhere, and where it starts decides how far it gets. So some of the rows only propose: they
say from which threshold on a pass is likely, and the other rows, which had no say in that, are tested on.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._binomial import binomial_cdf

# Thresholds that are tested at most. With 50 or 1000 the share of rows that is answered was the same to .01, in
# simulations of 300 to 4000 rows and risks of .01 to .1.
_TESTED = 200


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
