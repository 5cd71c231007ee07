"""Metrics of rows that come in parts: from files, batches, or many machines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from softargmax._estimate import Interval
from softargmax._options import as_integer
from softargmax._renamed import renamed
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._evidence import Evidence
from softargmax.metrics._group_sums import Groups
from softargmax.metrics._judged import Aspect, Judged, as_aspect
from softargmax.metrics._plain import plain
from softargmax.metrics.assessment import Assessment, assessment_of


@dataclass(frozen=True, eq=False)
class Summary:
    """Remember of many rows what `softargmax.assess` needs: a mergeable summary of bounded size.

    It never changes: `update` and `merge` give a new one. Its size does not grow with the rows: it is about 5.5 kB for
    each class, 16 bytes for each pair of classes that is mixed up, and 1 MB besides. Parts may come in any order.

    Parameters
    ----------
    n_classes : int
        How many classes there are, two or more; two for one sigmoid per row.
    keep_worst : int, default 0
        How many rows to keep that the model was surest of, and wrong.

    See Also
    --------
    softargmax.assess : for rows that fit into memory.

    Notes
    -----
    Exact, whatever the parts: accuracy, top-k accuracy, log loss, Brier score and their intervals; the expected,
    classwise and top-label calibration error of equal-width bins, over- and under-confidence, Spiegelhalter's test.

    For everything else top probabilities are pooled in 3840 cells of equal width, the first and the last of them
    divided again by the logarithm of the distance from 0 and 1, each at its mean, as if the rows of a cell were tied;
    so are those that softmax rounds to 1, which `assess` tells apart. No probability moves by more than 1/3840.
    Sums that walk along the probabilities (Kolmogorov-Smirnov, Kuiper) then skip what happens within a cell, bins
    of equal mass end at the edge of a cell, and the AUGRC is off by at most half the sum of squared shares of
    cells. On two trained networks, one of them very sure of itself, the smooth error was off by less than 1e-5,
    AURC and AUGRC by 1e-5, errors of equal-mass bins by less than 1e-3, the isotonic decomposition by 2e-4. The
    kernel test keeps a sample of rows, at most 4096 of them, which is the same whatever the parts.

    Examples
    --------
    >>> from softargmax import metrics
    >>> here, there = metrics.Summary(2), metrics.Summary(2)
    >>> here = here.update([0, 1], logits=[[2.0, 0.0], [0.0, 3.0]])
    >>> there = there.update([1], logits=[[1.0, 0.0]])
    >>> round(here.merge(there).assess().log_loss.value, 4)
    0.4963
    """

    n_classes: int
    keep_worst: int = 0
    evidence: Evidence | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        as_integer(self.n_classes, "n_classes", low=2)
        as_integer(self.keep_worst, "keep_worst", low=0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Summary) and plain(self) == plain(other)

    def __hash__(self) -> int:
        return hash((self.n_classes, self.n))

    @property
    def n(self) -> int:
        """How many rows were seen."""
        return self.evidence.n if self.evidence is not None else 0

    def update(
        self,
        targets: npt.ArrayLike,
        /,
        *,
        logits: npt.ArrayLike | None = None,
        probabilities: npt.ArrayLike | None = None,
        groups: Groups | None = None,
        keys: Sequence[Any] | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> "Summary":
        """Add rows: codes of the true classes, and either logits or probabilities. Returns a new summary.

        ``groups`` are as in `assess`. ``keys`` say by what the worst rows are known later: one text for each row, or a
        tuple of texts; without them rows are numbered in the order in which this summary was given them.

        Raises
        ------
        ShapeError
            For another number of classes; ArgumentError, DTypeError, TargetError for what does not fit.
        """
        judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
        if judged.n_classes != self.n_classes:
            raise ShapeError(f"expected {self.n_classes} classes, got {judged.n_classes}")
        evidence = Evidence.of(judged, groups=groups, keys=keys, keep_worst=self.keep_worst, first=self.n)
        return self.merge(Summary(self.n_classes, self.keep_worst, evidence.pooled()))

    def merge(self, other: "Summary", /) -> "Summary":
        """Add what another summary has seen. Returns a new summary.

        Raises
        ------
        ShapeError
            For a summary of another number of classes.
        """
        if not isinstance(other, Summary) or other.n_classes != self.n_classes:
            raise ShapeError(f"other: expected a Summary of {self.n_classes} classes, got {other!r}")
        if self.evidence is None or other.evidence is None:
            return other if self.evidence is None else self
        return Summary(self.n_classes, max(self.keep_worst, other.keep_worst), self.evidence.merge(other.evidence))

    @renamed(bootstrap="interval")
    def assess(self, *, of: Aspect | None = None, interval: Interval | None = None) -> Assessment:
        """Give everything that can be said of the rows seen so far, as `softargmax.assess` does.

        Raises
        ------
        ArgumentError
            Before any row was seen, and for an `of` that does not fit.
        """
        if self.evidence is None:
            raise ArgumentError("expected rows, got none yet; call update first")
        return assessment_of(self.evidence, interval or Interval(), as_aspect(of, self.n_classes))
