"""Everything that metrics need to know of rows, as sums: what `assess` looks at and `Summary` adds up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.metrics._binned import N_BINS, Binned
from softargmax.metrics._class_bins import ClassBins
from softargmax.metrics._confused import Confused
from softargmax.metrics._group_sums import Groups, GroupSums
from softargmax.metrics._judged import Judged
from softargmax.metrics._kept_rows import KeptRows
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._ranked import RankedRows, is_rounded
from softargmax.metrics._sampled_rows import SampledRows
from softargmax.metrics.calibration_tests import spiegelhalter_sums
from softargmax.metrics.classwise import top_label_sums
from softargmax.metrics.scoring import mean_brier_score, mean_log_loss


@dataclass(frozen=True)
class Evidence:
    """Sums over rows. Only what is ranked grows with them, until it is pooled.

    ``labels`` are ranked by the probability of the predicted label, ``events`` by that of class 1 of two classes, as
    which `assess` may judge either.
    """

    log_loss: MeanMoments
    brier_score: MeanMoments
    ranks: Array
    labels: RankedRows
    sureness: RankedRows
    events: RankedRows
    top_label: Binned
    classwise: ClassBins
    spiegelhalter: Array
    sample: SampledRows
    confused: Confused
    groups: GroupSums
    worst: KeptRows

    @classmethod
    def of(
        cls,
        judged: Judged,
        *,
        groups: Groups | None = None,
        keys: Sequence[Any] | None = None,
        keep_worst: int = 0,
        first: int = 0,
    ) -> "Evidence":
        """Sum rows up, and keep the worst of them; without keys they are numbered from `first`."""
        labels = RankedRows.of(judged, "label")
        return cls(
            mean_log_loss(judged),
            mean_brier_score(judged),
            np.bincount(judged.rank, judged.weight, judged.n_classes),
            labels,
            RankedRows.of_sureness(judged) if is_rounded(judged) else labels,
            RankedRows.of(judged, "positive") if judged.n_classes == 2 else labels,
            top_label_sums(judged, N_BINS),
            ClassBins.of(judged, N_BINS),
            spiegelhalter_sums(judged),
            SampledRows.of(judged),
            Confused.of(judged),
            GroupSums.of(judged, groups),
            KeptRows.of(judged, keys, keep_worst, first),
        )

    @property
    def n(self) -> int:
        """How many rows were seen."""
        return self.labels.n

    def pooled(self) -> "Evidence":
        """Keep what is ranked in a bounded number of cells."""
        return replace(self, labels=self.labels.pooled(), sureness=self.sureness.pooled(), events=self.events.pooled())

    def merge(self, other: "Evidence") -> "Evidence":
        """Add what another summary has seen."""
        return Evidence(
            self.log_loss.merge(other.log_loss),
            self.brier_score.merge(other.brier_score),
            self.ranks + other.ranks,
            self.labels.merge(other.labels),
            self.sureness.merge(other.sureness),
            self.events.merge(other.events),
            self.top_label.merge(other.top_label),
            self.classwise.merge(other.classwise),
            self.spiegelhalter + other.spiegelhalter,
            self.sample.merge(other.sample),
            self.confused.merge(other.confused),
            self.groups.merge(other.groups),
            self.worst.merge(other.worst),
        )
