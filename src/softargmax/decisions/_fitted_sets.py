"""What a conformal classifier has learned: how it was told to learn, the scored rows, and who is compared with whom."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_sample_weight
from softargmax._logits import Logits
from softargmax._options import as_choice, as_flag, as_integer, as_real, as_share
from softargmax._parameters import require_fitted
from softargmax._words import listed
from softargmax.decisions._clusters import Clusters
from softargmax.decisions._nonconformity import PENALTIES, SCORES, Penalty, Scorer
from softargmax.decisions._pool import fewest_rows
from softargmax.decisions._taxonomy import ScoredRows, Taxonomy, as_groups, of_cells
from softargmax.decisions._tuned_penalty import rows_that_choose, tuned_penalty
from softargmax.decisions.prior_shift import PriorShift
from softargmax.exceptions import ArgumentError, CalibrationWarning, ShapeError

# A rank that costs this much is beyond all probabilities: they are at most 1, and added to a million they keep ten
# digits. Added to a larger price they would lose more, and classes of one rank their order.
_DEAREST = 1e6
# The key of the rows' shares that is drawn from a generator has so many bits: a seed of any size would do.
_KEY_BITS = 62


@dataclass(frozen=True)
class SetPlan:
    """The options of a fit, checked: they stay as they were whatever is set on the classifier afterwards.

    `alpha` is 1 - confidence, the share of sets that may miss the true class, as a fraction, so that ranks are exact.
    """

    scorer: Scorer
    alpha: Fraction
    conditional: str | None
    rare: str
    n_clusters: int | None
    seed: int
    # Until version 2 empty sets were filled after they were made.
    fills_afterwards: bool = False
    # Whether a part of the rows of the fit chooses what a rank costs.
    tunes: bool = False

    @classmethod
    def of(
        cls,
        *,
        score: Any,
        confidence: Any,
        conditional: Any,
        randomized: Any,
        allow_empty: Any,
        penalty: Any,
        free_ranks: Any,
        rare: Any,
        n_clusters: Any,
        random_state: Any,
        has_groups: bool,
    ) -> "SetPlan":
        """Check the classifier's parameters; a generator is asked for a seed only when all else is right."""
        as_choice(score, "score", SCORES)
        if conditional == "group":
            raise ArgumentError(
                "conditional: expected None, 'class' or 'cluster', got 'group'; for a threshold of each group hand the "
                "rows' groups to fit(groups=) and predict_set(groups=)",
                parameter="conditional",
            )
        as_choice(conditional, "conditional", (None, "class", "cluster"))
        as_choice(rare, "rare", ("include", "pool"))
        first_in = not as_flag(allow_empty, "allow_empty")
        if conditional == "cluster" and has_groups:
            raise ArgumentError(
                'groups: expected none with conditional="cluster"; conditional="class" keeps them apart',
                parameter="groups",
            )
        number = None if n_clusters is None else as_integer(n_clusters, "n_clusters", low=1)
        price = _penalty(score, penalty, free_ranks)
        randomized, alpha = as_flag(randomized, "randomized"), as_alpha(confidence)
        if isinstance(random_state, np.random.Generator):
            seed = int(random_state.integers(1 << _KEY_BITS))
        else:
            seed = as_integer(random_state, "random_state", low=0)
        return cls(
            Scorer(score, price, seed if randomized else None, first_in=first_in),
            alpha,
            conditional,
            rare,
            number,
            seed,
            tunes=score == "raps" and penalty is None and free_ranks is None,
        )

    def tuned(
        self, logits: Logits, codes: Array, sample_weight: npt.ArrayLike | None, groups: npt.ArrayLike | None
    ) -> "tuple[SetPlan, ScoredRows]":
        """Let a part of the rows choose what a rank costs, if they shall and suffice; score the others with it."""
        weight = as_sample_weight(sample_weight, len(logits))
        labels = None if groups is None else as_groups(groups, len(logits))
        chosen = rows_that_choose(len(logits), self.alpha, self.seed) if self.tunes else np.zeros(len(logits), np.bool_)
        plan, scored = self, logits
        if weight[chosen].any():
            logits.refuse_unranked()  # here, where rows have their numbers
            some, scored = (replace(logits, values=logits.values[rows]) for rows in (chosen, ~chosen))
            free = replace(self.scorer, penalty=Penalty())
            price = tuned_penalty(free, some, codes[chosen], weight[chosen], self.alpha)
            plan = replace(self, scorer=replace(self.scorer, penalty=price))
            codes, weight, labels = codes[~chosen], weight[~chosen], None if labels is None else labels[~chosen]
        return plan, ScoredRows(plan.scorer.of_true(scored, codes), codes, weight, labels)

    def scored(
        self,
        logits: Logits,
        codes: Array,
        sample_weight: npt.ArrayLike | None,
        groups: npt.ArrayLike | None,
    ) -> ScoredRows:
        """Score calibration rows."""
        weight = as_sample_weight(sample_weight, len(logits))
        labels = None if groups is None else as_groups(groups, len(logits))
        return ScoredRows(self.scorer.of_true(logits, codes), codes, weight, labels)


@dataclass(frozen=True)
class FittedSets:
    """Scored calibration rows, dealt out to thresholds by a plan."""

    plan: SetPlan
    rows: ScoredRows
    n_classes: int
    taxonomy: Taxonomy

    @classmethod
    def of(cls, plan: SetPlan, rows: ScoredRows, n_classes: int, clusters: Clusters | None = None) -> "FittedSets":
        """Deal rows out, in the clusters that are known already if there are some."""
        taxonomy = Taxonomy.of(
            rows,
            n_classes,
            plan.alpha,
            conditional=plan.conditional,
            rare=plan.rare,
            n_clusters=plan.n_clusters,
            seed=plan.seed,
            clusters=clusters,
        )
        return cls(plan, rows, n_classes, taxonomy)

    def thresholds(self) -> Array:
        """Give the threshold of every class (column) in every group (row), in the published scale of the score."""
        thresholds = self.taxonomy.thresholds(self.plan.alpha, np.ones(1))
        return np.asarray(of_cells(thresholds, self.taxonomy.cells).real)

    def sets(
        self,
        z: Logits,
        groups: npt.ArrayLike | None,
        test_weight: npt.ArrayLike | None,
        shift: PriorShift | None,
        alphas: Sequence[Fraction],
    ) -> npt.NDArray[np.bool_]:
        """Give the sets of every row, one array for each of `alphas`: True for the classes that are in."""
        taxonomy = self._for_shares(shift, test_weight)
        cells, weight = taxonomy.row_cells(groups, len(z)), _as_test_weight(test_weight, len(z))
        common = [taxonomy.thresholds(alpha, weight) for alpha in alphas] if len(weight) == 1 else None
        result: npt.NDArray[np.bool_] = np.empty((len(alphas), len(z), z.n_classes), np.bool_)
        for rows, gaps, scores in self.plan.scorer(z):
            for level, alpha in enumerate(alphas):
                thresholds = taxonomy.thresholds(alpha, weight[rows]) if common is None else common[level]
                inside = scores <= of_cells(thresholds, _rows_of(cells, rows))
                if self.plan.fills_afterwards:
                    empty = np.flatnonzero(~inside.any(axis=1))
                    inside[empty, gaps[empty].argmax(axis=1)] = True
                result[level, rows] = inside
        return result

    def p_values(
        self,
        z: Logits,
        groups: npt.ArrayLike | None,
        test_weight: npt.ArrayLike | None,
        shift: PriorShift | None,
        ties: Array | None,
    ) -> npt.NDArray[np.float64]:
        """Give every class of every row its p-value; `ties` has the share of ties that counts in each row."""
        taxonomy = self._for_shares(shift, test_weight)
        cells, weight = taxonomy.row_cells(groups, len(z)), _as_test_weight(test_weight, len(z))
        result: npt.NDArray[np.float64] = np.empty((len(z), z.n_classes))
        for rows, _, scores in self.plan.scorer(z):
            u = None if ties is None else ties[rows]
            result[rows] = taxonomy.p_values(scores, _rows_of(cells, rows), _rows_of(weight, rows), u)
        return result

    def _for_shares(self, shift: PriorShift | None, test_weight: npt.ArrayLike | None) -> Taxonomy:
        """Give the thresholds' cells where the classes have the shares of `shift`."""
        if shift is None:
            return self.taxonomy
        if not isinstance(shift, PriorShift):
            raise ArgumentError(
                f"shift: expected a PriorShift, such as PriorShift.between(old, new), got {shift!r}", parameter="shift"
            )
        if test_weight is not None:
            raise ArgumentError(
                "shift: expected none beside test_weight: both say how new rows differ from calibration rows",
                parameter="shift",
            )
        require_fitted(shift, "new_", "fit(logits)")
        if len(shift.new_) != self.n_classes:
            raise ShapeError(
                f"shift: expected shares of {self.n_classes} classes, got {len(shift.new_)}", parameter="shift"
            )
        return self.taxonomy.shifted(self.rows, shift.new_ / shift.old_)

    def warn_of_too_few_rows(self) -> None:
        """Warn whoever called the method that called this, if there is something to say."""
        complaint = self.too_few_rows()
        if complaint is not None:
            warnings.warn(complaint, CalibrationWarning, stacklevel=3)

    def too_few_rows(self) -> str | None:
        """Say which thresholds are +inf for want of rows, and what to do; None if all are finite."""
        infinite, taxonomy, plan = np.isposinf(self.thresholds()), self.taxonomy, self.plan
        if not infinite.any():
            return None
        if taxonomy.groups is not None:
            where = taxonomy.groups[infinite.any(axis=1)].tolist()
            return f"groups {listed(where)} have too few calibration rows: classes are in every one of their sets"
        if plan.conditional is not None:
            where = np.flatnonzero(infinite[0]).tolist()
            hint = '; rare="pool" lets them share a threshold' if plan.rare == "include" else ""
            return f"classes {listed(where)} have too few calibration rows and are in every set{hint}"
        return (
            f"the threshold is +inf and every set holds all classes: confidence = {float(1 - plan.alpha):g} takes "
            f"{fewest_rows(plan.alpha)} calibration rows or more that do not rule out their true class, got "
            f"{len(self.rows.codes)} rows; a weight counts beside that of a new row, which is 1 unless predict_set is "
            "given test_weight"
        )


def as_alphas(confidence: Any) -> tuple[list[Fraction], bool]:
    """Give the share of one confidence, or those of several, and whether there were several."""
    if isinstance(confidence, str) or np.ndim(confidence) != 1:
        return [as_alpha(confidence)], False
    if len(confidence) == 0:
        raise ArgumentError("confidence: expected a number or several, got none", parameter="confidence")
    return [as_alpha(each) for each in confidence], True


def as_alpha(confidence: Any) -> Fraction:
    """Give the share of sets that may miss the true class, from the decimal that was written for the others."""
    return 1 - as_share(confidence, "confidence", open_low=True, open_high=True)


def _penalty(score: str, weight: Any, free_ranks: Any) -> Penalty:
    penalty = PENALTIES.get(score, Penalty())
    if weight is not None:
        penalty = replace(penalty, weight=as_real(weight, "penalty", low=0.0, high=_DEAREST))
    if free_ranks is not None:
        penalty = replace(penalty, free_ranks=as_integer(free_ranks, "free_ranks", low=0))
    return penalty


def _as_test_weight(test_weight: npt.ArrayLike | None, n_rows: int) -> Array:
    return np.ones(1) if test_weight is None else as_sample_weight(test_weight, n_rows, "test_weight")


def _rows_of(array: Array, rows: slice) -> Array:
    """Cut out rows, unless one row stands for all."""
    return array if len(array) == 1 else array[rows]
