"""How good prediction sets are: do they cover what is true, and how small are they?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, clopper_pearson

# The strata in which Angelopoulos, Bates, Malik, Jordan (*ICLR* 2021) report coverage by size.
_STRATA = ((0, 1), (2, 3), (4, 10), (11, 100), (101, None))


@dataclass(frozen=True)
class SizeStratum:
    """Coverage of the sets that have between `smallest` and `largest` classes."""

    smallest: int
    largest: int
    coverage: Estimate


@dataclass(frozen=True)
class SetQuality:
    """What `ConformalClassifier.evaluate` measures of prediction sets on rows with known classes.

    Attributes
    ----------
    promised : float
        The confidence that the sets were made with.
    coverage : Estimate
        Share of sets that hold the true class, with its exact (Clopper-Pearson) interval: fields ``value``,
        ``low``, ``high``, ``confidence`` and ``n``.
    mean_size : float
        Classes per set.
    singletons, empty : float
        Shares of sets with one class and with none.
    size_counts : ndarray of int64, shape (n_classes + 1,)
        How many sets have 0, 1, ... classes.
    class_coverage : ndarray, shape (n_classes,)
        Coverage of the rows of each class; NaN where there are none.
    class_counts : ndarray of int64, shape (n_classes,)
        Rows of each class.
    by_size : tuple of SizeStratum
        Coverage of small and large sets apart. Where it falls with the size, the sets do not say how hard a row is.
    """

    promised: float
    coverage: Estimate
    mean_size: float
    singletons: float
    empty: float
    size_counts: npt.NDArray[np.int64]
    class_coverage: npt.NDArray[np.float64]
    class_counts: npt.NDArray[np.int64]
    by_size: tuple[SizeStratum, ...]

    @classmethod
    def of(
        cls, sizes: Array, covered: Array, codes: Array, n_classes: int, promised: float, confidence: float
    ) -> "SetQuality":
        """Count, from each row's set size, whether it holds the true class, and that class."""
        size_counts = np.bincount(sizes, minlength=n_classes + 1)
        class_counts = np.bincount(codes, minlength=n_classes)
        hits = np.bincount(codes, weights=covered, minlength=n_classes)
        strata = []
        for smallest, largest in _STRATA:
            largest = n_classes if largest is None else min(largest, n_classes)
            inside = covered[(sizes >= smallest) & (sizes <= largest)]
            if len(inside):
                coverage = clopper_pearson(int(inside.sum()), len(inside), confidence)
                strata.append(SizeStratum(smallest, largest, coverage))
        return cls(
            promised,
            clopper_pearson(int(covered.sum()), len(covered), confidence),
            float(sizes.mean()),
            float(size_counts[1] / len(sizes)),
            float(size_counts[0] / len(sizes)),
            size_counts,
            np.where(class_counts > 0, hits / np.maximum(class_counts, 1), np.nan),
            class_counts,
            tuple(strata),
        )

    @property
    def worst_class_coverage(self) -> float:
        """The coverage of the class that is covered least."""
        return float(np.nanmin(self.class_coverage))

    @property
    def size_stratified_violation(self) -> float:
        """The largest distance between the coverage of a stratum of sizes and what was promised."""
        return max(abs(stratum.coverage.value - self.promised) for stratum in self.by_size)

    def __str__(self) -> str:
        lines = [
            f"coverage {self.coverage} of {self.coverage.n} rows, promised {self.promised:g}",
            f"classes per set {self.mean_size:.4g}, one class in {self.singletons:.1%}, none in {self.empty:.1%}",
            f"least covered class {self.worst_class_coverage:.4f}",
        ]
        lines += [f"sets of {s.smallest} to {s.largest}: {s.coverage} of {s.coverage.n}" for s in self.by_size]
        return "\n".join(lines)
