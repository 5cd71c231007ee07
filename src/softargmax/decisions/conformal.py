"""Conformal prediction: sets of classes that hold the true one as often as promised."""

import warnings
from dataclasses import replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_sample_weight
from softargmax._options import as_flag, as_integer, as_real, as_share
from softargmax._words import listed
from softargmax.decisions._blocks import as_choice, as_labelled, as_logits, blocks, get_parameters, set_parameters
from softargmax.decisions._nonconformity import PENALTIES, SCORES, Penalty, Scorer
from softargmax.decisions._pool import fewest_rows
from softargmax.decisions._taxonomy import Calibration, Taxonomy, as_groups, of_cells
from softargmax.decisions.choice import argmax
from softargmax.decisions.set_quality import SetQuality
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError

# A penalty beyond this would swallow the probabilities it is added to.
_DEAREST = 1e6


class ConformalClassifier:
    r"""Give every row a set of classes that holds the true one with probability 1 - alpha or more.

    .. math:: C(x) = \{k : s(x, k) \le \hat q\}, \qquad
              \hat q = \text{the } \lceil (n + 1)(1 - \alpha) \rceil\text{-th smallest } s(x_i, y_i)

    The promise holds for any model and any distribution, as long as calibration rows and new rows are exchangeable
    (drawn alike) and the model has not seen them. It is an average over calibration sets and new rows.

    Parameters
    ----------
    score : {"aps", "lac", "raps", "saps", "margin", "top_k"}, default "aps"
        How badly a class fits a row; see Notes.
    alpha : float or Fraction, default 0.1
        Share of sets that may miss the true class, taken as the decimal that is written: the rank is computed in
        rationals.
    conditional : {None, "class", "cluster"}, default None
        For whom the promise holds: all rows together, the rows of every class apart, or of every cluster of
        classes with similar scores. Groups that are given to `fit` are always kept apart.
    randomized : bool, default True
        Count only a random share of a class's own mass or rank, so that the coverage of "aps", "raps", "saps" and
        "top_k" hits 1 - alpha. Without it, "aps" and its kin leave the surest rows empty first, and the classes
        put in instead make the coverage overshoot: much, if the model is often right. "lac" and "margin" have
        nothing to share out; there it orders equal scores.
    allow_empty : bool, default False
        Leave sets empty where no class fits. Otherwise the most probable class is put in, which can only help coverage.
    penalty : float, optional
        "raps", "saps": what each rank costs. By default 0.01 and 0.2.
    free_ranks : int, optional
        "raps": the ranks that cost nothing. By default 5.
    rare : {"include", "pool"}, default "include"
        What to do with a class that has fewer than 1/alpha - 1 calibration rows when the promise is by class or
        cluster: put it into every set, which is what the promise takes, or let all rare classes share one
        threshold, that of all rows if even together they have too few. That makes smaller sets, and the promise
        holds for these classes approximately and on average.
    n_clusters : int, optional
        By default the rule of thumb of Ding et al.
    seed : int or numpy.random.Generator, default 0
        Of `randomized` and "cluster".

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
        Classes, and calibration rows so far.

    See Also
    --------
    SelectiveClassifier : one class or none, and a promise about the errors.
    softargmax.TemperatureScaling : read below before combining the two.

    Notes
    -----
    The scores. "lac", 1 - p, makes the smallest sets on average and few large ones: it lets hard rows down.
    "aps", the mass of all classes at least as probable, adapts the size to the row and makes larger sets; "raps"
    adds a price for low ranks, which cuts its long tails; "saps" keeps of the probabilities only the largest.
    "margin" is the distance to the best other class, "top_k" the rank. All are computed from logits so that
    classes keep their order where probabilities are rounded to 0 or 1; a class with logit -inf fits worst. The
    penalties are constants because choosing them on the calibration rows would void the promise.

    Temperature scaling of a very over-confident model (T of 2 or more) before "aps", "raps" or "saps" makes sets
    **larger** and covers the least covered classes more; of an under-confident one it does the reverse; near T = 1
    neither is sure (measured on five sets: docs/trust.md). "lac" and "margin" change little, "top_k" only in its
    shares. So do not calibrate first if the size matters; if the classes matter apart, try both and measure with
    `evaluate`. The temperature must come from other rows than these (Dabah, Tirer, *ICML* 2025, arXiv 2402.05806;
    Xi et al., *TMLR* 2025).

    With `sample_weight`, a row of weight 2 counts as two. For a covariate shift the weights are likelihood ratios,
    density of x where the sets are used over density where rows were calibrated, for calibration rows in `fit` and
    for new rows in `predict_set` (Tibshirani, Barber, Candès, Ramdas, *NeurIPS* 2019); a common factor cancels.

    With "cluster", what is promised to a class holds as far as its scores are distributed like those of its cluster.

    A row's random share is a hash of its logits and the seed, not a draw: the same row has the same set alone and in a
    batch. That is a score like any other, so the promise stands; equal rows have equal shares.

    Sources: Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World* (2005); Romano, Sesia, Candès,
    *NeurIPS* 2020 ("aps"); Angelopoulos, Bates, Malik, Jordan, *ICLR* 2021 ("raps"); Huang et al., *ICML* 2024
    ("saps"); Ding et al., *NeurIPS* 2023 (clusters).

    Examples
    --------
    >>> import softargmax as sm
    >>> logits = [[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 1.5, 0.0], [0.0, 0.0, 2.0]]
    >>> conformal = sm.ConformalClassifier("lac", alpha=0.25).fit(logits, [0, 1, 0, 2])
    >>> round(conformal.threshold_, 6)  # of n = 4 scores the ceil(5 * 0.75) = 4th smallest
    0.668501
    >>> conformal.predict_set([[0.0, 0.2, -3.0]])
    array([[ True,  True, False]])
    """

    threshold_: float
    thresholds_: Array
    rare_classes_: Array
    groups_: Array | None
    clusters_: Array | None
    n_classes_: int
    n_calibration_: int

    def __init__(
        self,
        score: str = "aps",
        *,
        alpha: float | Fraction = 0.1,
        conditional: str | None = None,
        randomized: bool = True,
        allow_empty: bool = False,
        penalty: float | None = None,
        free_ranks: int | None = None,
        rare: str = "include",
        n_clusters: int | None = None,
        seed: int | np.random.Generator = 0,
    ) -> None:
        self.score = score
        self.alpha = alpha
        self.conditional = conditional
        self.randomized = randomized
        self.allow_empty = allow_empty
        self.penalty = penalty
        self.free_ranks = free_ranks
        self.rare = rare
        self.n_clusters = n_clusters
        self.seed = seed

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
        logits : array-like, shape (n_rows, n_classes)
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
        scorer, options = self._checked_options(groups is not None)
        z, codes = as_labelled(logits, y)
        calibration = _calibration(scorer, z, codes, sample_weight, groups)
        taxonomy = Taxonomy.of(calibration, z.shape[1], **options)
        self._scorer, self._options, self.n_classes_ = scorer, options, z.shape[1]
        self._remember(calibration, taxonomy)
        self._warn_of_too_few_rows()
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

        Parameters
        ----------
        logits, y, sample_weight, groups
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, LabelError
            As for `fit`.
        """
        self._check_fitted()
        z, codes = as_labelled(logits, y, self.n_classes_)
        calibration = self._calibrated.extended(_calibration(self._scorer, z, codes, sample_weight, groups))
        self._remember(calibration, Taxonomy.of(calibration, self.n_classes_, **self._options))
        self._warn_of_too_few_rows()
        return self

    def predict_set(
        self,
        logits: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
        alpha: float | Fraction | None = None,
    ) -> Array:
        """Give the set of every row: True for the classes that are in.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes)
            Of new rows.
        groups : array-like, shape (n_rows,)
            If `fit` was given groups.
        sample_weight : array-like, shape (n_rows,), optional
            Likelihood ratios, on the scale of those given to `fit`. By default 1.
        alpha : float or Fraction, optional
            Instead of the constructor's.

        Returns
        -------
        ndarray of bool, shape (n_rows, n_classes)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, LabelError
            For arrays that do not fit, NaN, +inf, and groups that were not seen at fit.
        """
        self._check_fitted()
        z = as_logits(logits, self.n_classes_)
        level = _as_level(self.alpha if alpha is None else alpha)
        cells, weight = self._taxonomy.row_cells(groups, len(z)), _test_weight(sample_weight, len(z))
        common = self._taxonomy.thresholds(level, weight) if len(weight) == 1 else None
        result = np.empty(z.shape, np.bool_)
        for rows, block, scores in self._scorer(z):
            thresholds = self._taxonomy.thresholds(level, weight[rows]) if common is None else common
            inside = scores <= of_cells(thresholds, _rows_of(cells, rows))
            if not self.allow_empty:
                empty = np.flatnonzero(~inside.any(axis=1))
                inside[empty, block[empty].argmax(axis=1)] = True
            result[rows] = inside
        return result

    def p_values(
        self,
        logits: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
        rng: np.random.Generator | None = None,
    ) -> Array:
        r"""Give every class of every row its p-value: how unusual the row would be if that were its class.

        .. math:: p = \frac{1 + |\{i : s_i \ge s\}|}{n + 1}

        A class is in the set of `predict_set` if its p-value is above alpha. It is not the probability of the class.

        Parameters
        ----------
        logits, groups, sample_weight
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
        self._check_fitted()
        z = as_logits(logits, self.n_classes_)
        cells, weight = self._taxonomy.row_cells(groups, len(z)), _test_weight(sample_weight, len(z))
        ties = None if rng is None else rng.random(len(z))
        result = np.empty(z.shape)
        for rows, _, scores in self._scorer(z):
            u = None if ties is None else ties[rows]
            result[rows] = self._taxonomy.p_values(scores, _rows_of(cells, rows), _rows_of(weight, rows), u)
        return result

    def predict(self, logits: npt.ArrayLike) -> Array:
        """Give the code of the most probable class of every row, the first of equal ones."""
        self._check_fitted()
        z = as_logits(logits, self.n_classes_)
        for _ in blocks(z):
            pass  # refuses NaN and +inf
        return np.asarray(argmax(z))

    def evaluate(
        self,
        logits: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
        alpha: float | Fraction | None = None,
        confidence: float = 0.95,
    ) -> SetQuality:
        """Measure the sets on rows that were not used to calibrate: coverage, size, by class and by size.

        Parameters
        ----------
        logits, groups, sample_weight, alpha
            As for `predict_set`.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        confidence : float, default 0.95
            Of the intervals.

        Returns
        -------
        SetQuality

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, LabelError
            As for `predict_set`.
        """
        self._check_fitted()
        as_real(confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        z, codes = as_labelled(logits, y, self.n_classes_)
        sets = self.predict_set(z, groups=groups, sample_weight=sample_weight, alpha=alpha)
        promised = float(1 - _as_level(self.alpha if alpha is None else alpha))
        covered = sets[np.arange(len(sets)), codes]
        return SetQuality.of(sets.sum(axis=1), covered, codes, self.n_classes_, promised, confidence)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's parameters (scikit-learn's protocol)."""
        return get_parameters(self)

    def set_params(self, **params: Any) -> Self:
        """Change the constructor's parameters; the next `fit` uses them, new sets `alpha` and `allow_empty` at once."""
        set_parameters(self, params)
        return self

    def __repr__(self) -> str:
        return f"ConformalClassifier({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def _checked_options(self, has_groups: bool) -> tuple[Scorer, dict[str, Any]]:
        """Give the score and how rows are dealt out, as the constructor's parameters say."""
        as_choice(self.score, "score", SCORES)
        as_choice(self.conditional, "conditional", (None, "class", "cluster"))
        as_choice(self.rare, "rare", ("include", "pool"))
        as_flag(self.allow_empty, "allow_empty")
        if self.conditional == "cluster" and has_groups:
            raise ArgumentError(
                'groups: expected none with conditional="cluster"; conditional="class" keeps them apart'
            )
        n_clusters = None if self.n_clusters is None else as_integer(self.n_clusters, "n_clusters", low=1)
        penalty = PENALTIES.get(self.score, Penalty())
        if self.penalty is not None:
            penalty = replace(penalty, weight=as_real(self.penalty, "penalty", low=0.0, high=_DEAREST))
        if self.free_ranks is not None:
            penalty = replace(penalty, free_ranks=as_integer(self.free_ranks, "free_ranks", low=0))
        if isinstance(self.seed, np.random.Generator):
            seed = int(self.seed.integers(1 << 62))
        else:
            seed = as_integer(self.seed, "seed", low=0)
        scorer = Scorer(self.score, penalty, seed if as_flag(self.randomized, "randomized") else None)
        dealing = {"conditional": self.conditional, "rare": self.rare, "n_clusters": n_clusters, "seed": seed}
        return scorer, {"alpha": _as_level(self.alpha), **dealing}

    def _remember(self, calibration: Calibration, taxonomy: Taxonomy) -> None:
        self._calibrated, self._taxonomy = calibration, taxonomy
        thresholds = of_cells(taxonomy.thresholds(self._options["alpha"], np.ones(1)), taxonomy.cells).real
        self.thresholds_ = thresholds[0] if taxonomy.groups is None else thresholds
        self.__dict__.pop("threshold_", None)
        if len(taxonomy.pools) == 1:
            self.threshold_ = float(thresholds[0, 0])
        self.rare_classes_, self.groups_, self.clusters_ = taxonomy.rare_classes, taxonomy.groups, taxonomy.clusters
        self.n_calibration_ = len(calibration.codes)

    def _warn_of_too_few_rows(self) -> None:
        if np.isinf(self.thresholds_).any():
            warnings.warn(self._too_few_rows(), CalibrationWarning, stacklevel=3)

    def _too_few_rows(self) -> str:
        fewest = fewest_rows(self._options["alpha"])
        if self._taxonomy.groups is None and self._options["conditional"] is not None:
            where = np.flatnonzero(np.isinf(self.thresholds_)).tolist()
            hint = '; rare="pool" lets them share a threshold' if self._options["rare"] == "include" else ""
            return f"classes {listed(where)} have too few calibration rows and are in every set{hint}"
        if self._taxonomy.groups is not None:
            where = self._taxonomy.groups[np.isinf(self.thresholds_).any(axis=1)].tolist()
            return f"groups {listed(where)} have too few calibration rows: classes are in every one of their sets"
        return (
            f"the threshold is +inf and every set holds all classes: alpha = {float(self._options['alpha']):g} takes "
            f"{fewest} calibration rows or more that do not rule out their true class, got {self.n_calibration_} rows; "
            "a weight counts beside that of a new row, which is 1 unless predict_set is told"
        )

    def _check_fitted(self) -> None:
        if not hasattr(self, "_taxonomy"):
            raise NotFittedError("this ConformalClassifier is not fitted yet; call fit(logits, y) first")


def _calibration(
    scorer: Scorer, z: Array, codes: Array, sample_weight: npt.ArrayLike | None, groups: npt.ArrayLike | None
) -> Calibration:
    weight = as_sample_weight(sample_weight, len(z))
    labels = None if groups is None else as_groups(groups, len(z))
    return Calibration(scorer.of_true(z, codes), codes, weight, labels)


def _test_weight(sample_weight: npt.ArrayLike | None, n_rows: int) -> Array:
    return np.ones(1) if sample_weight is None else as_sample_weight(sample_weight, n_rows)


def _rows_of(array: Array, rows: slice) -> Array:
    """Cut out rows, unless one row stands for all."""
    return array if len(array) == 1 else array[rows]


def _as_level(alpha: Any) -> Fraction:
    return as_share(alpha, "alpha", open_low=True, open_high=True)
