"""Conformal prediction: sets of classes that hold the true one as often as promised."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Interval, as_interval
from softargmax._logits import Logits, codes_in, logits_in
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import renamed
from softargmax._saved import Saved
from softargmax._state import State
from softargmax.decisions import _set_state
from softargmax.decisions._fitted_sets import FittedSets, SetPlan, as_alpha, as_alphas
from softargmax.decisions.prior_shift import PriorShift
from softargmax.decisions.set_quality import SetQuality

_NOT_ALPHA = "confidence=, which is 1 - alpha"


@renamed(alpha=_NOT_ALPHA, seed="random_state")
class ConformalClassifier(Parameters, Saved):
    r"""Give every row a set of classes that holds the true one with the promised probability or more.

    .. math:: C(x) = \{k : s(x, k) \le \hat q\}, \qquad
              \hat q = \text{the } \lceil (n + 1) \cdot \text{confidence} \rceil\text{-th smallest } s(x_i, y_i)

    The promise holds for any model and any distribution, as long as calibration rows and new rows are exchangeable
    (drawn alike) and the model has not seen them. It is an average over calibration sets and new rows.

    Parameters
    ----------
    score : {"lac", "aps", "raps", "saps", "margin", "top_k"}, default "lac"
        How badly a class fits a row; see Notes.
    confidence : float or Fraction, default 0.9
        The probability with which a set holds the true class, 1 - alpha in the papers. The decimal that is written
        counts: 0.95 is nineteen twentieths and not the double nearest to it, because ranks are computed in rationals.
    conditional : {None, "class", "cluster"}, default None
        For whom the promise holds: all rows together, the rows of every class apart, or of every cluster of
        classes with similar scores. Groups that are given to `fit` are always kept apart.
    randomized : bool, default True
        Count only a random share of a class's own mass or rank, so that the coverage of "aps", "raps", "saps" and
        "top_k" hits what was promised and no more. "lac" and "margin" have nothing to share out; there it orders equal
        scores.
    allow_empty : bool, default False
        Leave sets empty where no class fits. Otherwise the most probable class is in every set by its score, -inf: sets
        hold what was promised and no more, unless the model is right more often, when most of them hold one class.
    penalty : float, optional
        "raps", "saps": what each rank costs. By default 0.2 for "saps"; "raps" chooses both by a fifth of the rows of
        `fit`, at most 2000, which then set no threshold, and takes 0.01 and 5 where these are fewer than 200.
    free_ranks : int, optional
        "raps": the ranks that cost nothing. By default 5 where a penalty is given.
    rare : {"include", "pool"}, default "include"
        What to do with a class that has fewer than 1 / (1 - confidence) - 1 calibration rows when the promise is by
        class or cluster: put it into every set, which is what the promise takes, or let all rare classes share one
        threshold, that of all rows if even together they have too few. That makes smaller sets, and the promise
        holds for these classes approximately and on average.
    n_clusters : int, optional
        By default the rule of thumb of Ding et al.
    random_state : int or numpy.random.Generator, default 0
        Decides the random shares of `randomized`, and the rows and starts of "cluster".

    Attributes
    ----------
    threshold_ : float
        The threshold in the published scale of the score; only where there is one for all rows and classes.
    thresholds_ : ndarray, shape (n_classes,) or (n_groups, n_classes)
        The threshold of every class (and group); +inf where a class is always in.
    rare_classes_ : ndarray of int64
        Codes of the classes that `rare` is about.
    groups_ : ndarray or None
        The groups, sorted.
    clusters_ : ndarray of int64, shape (n_classes,), or None
        Each class's cluster, -1 for the rare.
    n_classes_, n_calibration_ : int
        Classes, and calibration rows so far, without those that chose a penalty.

    See Also
    --------
    SelectiveClassifier : one class or none, and a promise about the errors; its `fit_sets` for answered rows.
    softargmax.TemperatureScaling : read below before combining the two.

    Notes
    -----
    The scores. "lac", 1 - p, makes the smallest sets on average and few large ones: it lets hard rows down.
    "aps", the mass of all classes at least as probable, adapts the size to the row and makes larger sets; "raps"
    adds a price for low ranks, which cuts its long tails; "saps" keeps of the probabilities only the largest.
    "margin" is the distance to the best other class, "top_k" the rank. All are computed from logits so that
    classes keep their order where probabilities are rounded to 0 or 1; a class with logit -inf fits worst.

    Temperature scaling of an over-confident model before "aps", "raps" or "saps" mostly makes sets **larger**, where
    they do not hold one class anyway (measured on five sets: docs/trust.md); "lac" and "margin" change little. If the
    classes matter apart, try both and measure with `evaluate`. The temperature must come from other rows than these
    (Dabah, Tirer, *ICML* 2025, arXiv 2402.05806; Xi et al., *TMLR* 2025).

    With `sample_weight`, a calibration row of weight 2 counts as two. For a covariate shift the weights are likelihood
    ratios, density of x where the sets are used over density where rows were calibrated: of calibration rows as
    `sample_weight` in `fit`, of new rows as `test_weight` in `predict_set` (Tibshirani, Barber, Candès, Ramdas,
    *NeurIPS* 2019). A common factor of both cancels. Where only the classes' shares have changed, hand `predict_set` a
    `shift` from the shares of the calibration rows to the new ones, and logits as at fit; then a calibration row weighs
    by how much more common its class has become (Podkopaev, Ramdas, *UAI* 2021).

    With "cluster", what is promised to a class holds as far as its scores are distributed like those of its cluster.

    A row's random share is a hash of its logits and the random state, not a draw: the same row has the same set alone
    and in a batch. That is a score like any other, so the promise stands; equal rows have equal shares. Logits are
    taken relative to the largest of their row and rounded to multiples of 2^-20, and so are scores: a set is the same
    on every processor, unless a score is within 2^-20 of its threshold, and a constant added to a row changes nothing.

    After `set_params`, `confidence` counts at once, all other parameters from the next `fit` on.

    Sources: Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World* (2005); Romano, Sesia, Candès,
    *NeurIPS* 2020 ("aps"); Angelopoulos, Bates, Malik, Jordan, *ICLR* 2021 ("raps"); Huang et al., *ICML* 2024
    ("saps"); Ding et al., *NeurIPS* 2023 (clusters).

    Examples
    --------
    >>> import softargmax as sm
    >>> logits = [[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 1.5, 0.0], [0.0, 0.0, 2.0]]
    >>> conformal = sm.ConformalClassifier("lac", confidence=0.75).fit(logits, [0, 1, 0, 2])
    >>> round(conformal.threshold_, 6)  # of n = 4 scores the ceil(5 * 0.75) = 4th smallest
    0.668501
    >>> conformal.predict_set([[0.0, 0.2, -3.0]])
    array([[ True,  True, False]])
    """

    threshold_: float
    thresholds_: npt.NDArray[np.float64]
    rare_classes_: npt.NDArray[np.int64]
    groups_: npt.NDArray[Any] | None
    clusters_: npt.NDArray[np.int64] | None
    n_classes_: int
    n_calibration_: int

    def __init__(
        self,
        score: str = "lac",
        *,
        confidence: float | Fraction = 0.9,
        conditional: str | None = None,
        randomized: bool = True,
        allow_empty: bool = False,
        penalty: float | None = None,
        free_ranks: int | None = None,
        rare: str = "include",
        n_clusters: int | None = None,
        random_state: int | np.random.Generator = 0,
    ) -> None:
        self.score = score
        self.confidence = confidence
        self.conditional = conditional
        self.randomized = randomized
        self.allow_empty = allow_empty
        self.penalty = penalty
        self.free_ranks = free_ranks
        self.rare = rare
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(
        self,
        logits: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
        groups: npt.ArrayLike | None = None,
    ) -> Self:
        """Calibrate on rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            Unnormalised log-probabilities; log-probabilities are logits too. -inf rules a class out.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        sample_weight : array-like, shape (n_rows,), optional
            How many rows each counts as, or likelihood ratios.
        groups : array-like of integer or text, shape (n_rows,), optional
            Kept apart, each with its own threshold (Mondrian).

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            For options and arrays that do not fit, and logits that are NaN or +inf.

        Warns
        -----
        CalibrationWarning
            If there are too few rows for a finite threshold, of all, of a group or of a class.
        """
        plan = SetPlan.of(**self.get_params(), has_groups=groups is not None)
        z = logits_in(logits, doubted=True)
        codes = codes_in(y, z)
        plan, rows = plan.tuned(z, codes, sample_weight, groups)
        self._keep(FittedSets.of(plan, rows, z.n_classes))
        self._fitted.warn_of_too_few_rows()
        return self

    def update(
        self,
        logits: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
        groups: npt.ArrayLike | None = None,
    ) -> Self:
        """Add calibration rows: the result is that of one `fit` on all rows, bit for bit.

        Only a penalty that rows of `fit` chose stays what it is. Parameters and errors are those of `fit`; LabelError
        for groups of another type.
        """
        z = self._rows_in(logits)
        codes, plan = codes_in(y, z), self._fitted.plan
        rows = self._fitted.rows.extended(plan.scored(z, codes, sample_weight, groups))
        self._keep(FittedSets.of(plan, rows, self.n_classes_))
        self._fitted.warn_of_too_few_rows()
        return self

    @renamed(alpha=_NOT_ALPHA, sample_weight="test_weight")
    def predict_set(
        self,
        logits: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        test_weight: npt.ArrayLike | None = None,
        shift: PriorShift | None = None,
        confidence: float | Fraction | Sequence[float | Fraction] | None = None,
    ) -> npt.NDArray[np.bool_]:
        """Give the set of every row: True for the classes that are in.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            Of new rows.
        groups : array-like, shape (n_rows,)
            If `fit` was given groups.
        test_weight : array-like, shape (n_rows,), optional
            Likelihood ratios of these rows, on the scale of the `sample_weight` given to `fit`. By default 1.
        shift : PriorShift, optional
            For rows among which classes are more or less common than among calibration rows; see Notes above.
        confidence : float or Fraction, or a sequence of them, optional
            Instead of the constructor's. Of several, sets of a larger confidence hold those of a smaller one.

        Returns
        -------
        ndarray of bool, shape (n_rows, n_classes), or (n_levels, n_rows, n_classes) for a sequence

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, LabelError
            For arrays that do not fit, NaN, +inf, and groups that were not seen at fit.
        """
        z = self._rows_in(logits)
        alphas, several = as_alphas(self.confidence if confidence is None else confidence)
        sets = self._fitted.sets(z, groups, test_weight, shift, alphas)
        return sets if several else sets[0]

    @renamed(sample_weight="test_weight")
    def p_values(
        self,
        logits: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        test_weight: npt.ArrayLike | None = None,
        shift: PriorShift | None = None,
        rng: np.random.Generator | None = None,
    ) -> npt.NDArray[np.float64]:
        r"""Give every class of every row its p-value: how unusual the row would be if that were its class.

        .. math:: p = \frac{1 + |\{i : s_i \ge s\}|}{n + 1}

        A class is in the set of `predict_set` if its p-value is above 1 - confidence. It is not the probability of the
        class.

        Parameters
        ----------
        logits, groups, test_weight, shift
            As for `predict_set`.
        rng : numpy.random.Generator, optional
            Draws one number per row, in their order, by which ties count: the p-value of the true class is then
            uniform on [0, 1]. By default ties count whole.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, LabelError
            As for `predict_set`.
        """
        z = self._rows_in(logits)
        return self._fitted.p_values(z, groups, test_weight, shift, None if rng is None else rng.random(len(z)))

    def predict(self, logits: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Give the code of the most probable class of every row, the first of equal ones.

        Raises ArgumentError, ShapeError or DTypeError for arrays that do not fit, NaN and +inf.
        """
        z = self._rows_in(logits)
        return np.concatenate([np.empty(0, np.int64), *(block.argmax(axis=1) for _, block in z.blocks())])

    @renamed(alpha=_NOT_ALPHA, sample_weight="test_weight")
    def evaluate(
        self,
        logits: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        test_weight: npt.ArrayLike | None = None,
        shift: PriorShift | None = None,
        confidence: float | Fraction | None = None,
        interval: Interval | None = None,
    ) -> SetQuality:
        """Measure the sets on rows that were not used to calibrate: coverage, size, by class and by size.

        Parameters
        ----------
        logits, groups, test_weight, shift, confidence
            As for `predict_set`, but of one confidence.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        interval : Interval, optional
            How sure the intervals of what is measured are; of its fields only ``confidence`` plays a part, because
            they are exact.

        Returns
        -------
        SetQuality

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, LabelError
            As for `predict_set`.
        """
        z = self._rows_in(logits)
        codes, alpha = codes_in(y, z), as_alpha(self.confidence if confidence is None else confidence)
        sets = self._fitted.sets(z, groups, test_weight, shift, [alpha])[0]
        covered, asked = sets[np.arange(len(sets)), codes], as_interval(interval)
        return SetQuality.of(sets.sum(axis=1), covered, codes, self.n_classes_, float(1 - alpha), asked.confidence)

    def to_state(self) -> State:
        """Give everything that was learned as plain data, of calibration rows their scores and not their logits.

        A random state that was a generator is kept as the number that was drawn from it. Raises NotFittedError before
        `fit`.
        """
        require_fitted(self, "_fitted")
        return _set_state.to_state(self._fitted, self.get_params())

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave: its sets are the same, bit for bit, and so are those after `update`.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library. Nothing in it is executed.
        """
        parameters, fitted = _set_state.from_state(state)
        classifier = cls(**parameters)
        classifier._keep(fitted)
        return classifier

    def _rows_in(self, logits: npt.ArrayLike) -> Logits:
        require_fitted(self, "_fitted")
        return logits_in(logits, n_classes=self.n_classes_)

    def _keep(self, fitted: FittedSets) -> None:
        """Remember what was learned, and show it as attributes."""
        self._fitted, taxonomy, thresholds = fitted, fitted.taxonomy, fitted.thresholds()
        self.thresholds_ = thresholds[0] if taxonomy.groups is None else thresholds
        self.__dict__.pop("threshold_", None)
        if len(taxonomy.pools) == 1:
            self.threshold_ = float(thresholds[0, 0])
        self.rare_classes_, self.groups_ = taxonomy.rare_classes, taxonomy.groups
        self.clusters_ = None if taxonomy.clusters is None else taxonomy.clusters.of_class
        self.n_classes_, self.n_calibration_ = fitted.n_classes, len(fitted.rows.codes)
