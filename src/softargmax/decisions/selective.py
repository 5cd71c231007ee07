"""Selective prediction: answer, or say "I don't know", with a promise about the errors among the answers."""

import warnings
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval, as_interval, clopper_pearson
from softargmax._logits import Logits, codes_in, logits_in
from softargmax._options import as_choice, as_integer, as_real
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import renamed
from softargmax._saved import Saved
from softargmax._state import State
from softargmax.decisions._fitted_threshold import ORDERS, FittedThreshold
from softargmax.decisions._fixed_sequence import Answers, last_that_passes, surest_first
from softargmax.decisions._sureness import SURENESS, sureness_of
from softargmax.decisions.conformal import ConformalClassifier
from softargmax.exceptions import ArgumentError, CalibrationWarning

# Share of the rows that only propose thresholds. With fewer, the start is a guess that often fails where errors are
# rare; with more, too few are left for the test. In simulations (300 to 4000 rows, risks of .01 to .1) shares of .2
# and .3 answered most: .30 of the rows, say, where .1 answered .23 and .5 answered .24.
_PROPOSING = 0.3


@dataclass(frozen=True)
class SelectiveQuality:
    """What `SelectiveClassifier.evaluate` measures: how much is answered, and how much of that is wrong.

    Attributes
    ----------
    coverage : Estimate
        Share of rows that are answered, with its exact (Clopper-Pearson) interval.
    error_rate : Estimate
        Share of wrong answers among the answers, likewise; NaN where nothing is answered.
    """

    coverage: Estimate
    error_rate: Estimate

    def __str__(self) -> str:
        return f"answered {self.coverage} of {self.coverage.n} rows, wrong {self.error_rate} of {self.error_rate.n}"


@renamed(seed="random_state")
class SelectiveClassifier(Parameters, Saved):
    r"""Answer only where the model is sure enough, with a promise: few answers are wrong.

    .. math:: P\bigl(\hat y(x) \ne y \mid c(x) \ge \hat t\bigr) \le \text{risk}
              \quad \text{with probability} \ge \text{confidence over the calibration rows}

    It holds for any model, as long as calibration rows and new rows are drawn alike, independently, and the model has
    not seen them; see `order` for what is assumed of how sure it is.

    Parameters
    ----------
    risk : float, default 0.05
        Largest share of wrong answers among the answers.
    confidence : float, default 0.95
        Probability that the promise holds, over calibration sets.
    score : {"top_probability", "margin", "entropy"}, default "top_probability"
        What makes the model sure: the largest probability, its distance to the second, or a small entropy.
    order : {"surest_first", "proposed"}, default "surest_first"
        In which order thresholds are tested: from the surest rows on, by all rows, which takes it that the share of
        errors, once it is above `risk` as less sure rows are answered too, stays above; or as three tenths of the rows
        propose, which assumes nothing and answers less.
    random_state : int or numpy.random.Generator, default 0
        Decides which rows propose.

    Attributes
    ----------
    threshold_ : float
        The smallest probability or margin, or the largest entropy in nats, that is answered; NaN if nothing is. It is
        learned and compared as a logarithm, rounded to multiples of 2^-20, so that no answer hangs on a last bit.
    coverage_ : float
        Share of the tested calibration rows that are answered.
    error_rate_ : float
        Share of wrong ones among them; NaN of none.
    risk_bound_ : float
        Upper limit of the error rate at this threshold (Clopper-Pearson, one-sided, at `confidence`): never above
        `risk`. It is the limit for a threshold fixed beforehand; what takes the choice into account is `risk`.
    n_classes_, n_calibration_ : int
        Classes, and calibration rows.

    See Also
    --------
    ConformalClassifier : a set of classes for every row instead of one or none.

    Notes
    -----
    Learn then test, by fixed sequence testing with exact binomial p-values. Thresholds are tested one after the other,
    towards more answers, until one fails; the last that did not is taken. The first threshold in the sequence that
    breaks the promise passes with probability 1 - confidence at most, and none behind it is reached before it: so
    many tests need no correction. Selection with guaranteed risk (Geifman, El-Yaniv, *NeurIPS* 2017) corrects for every
    step of a bisection instead.

    "surest_first" begins at three counts of rows that depend on `risk`, `confidence` and the number of rows alone, and
    shares the level 1 - confidence among them. With "proposed" three tenths of the rows, drawn by `random_state`,
    choose the thresholds and where to start, and the others test them.

    The logits may come from a `TemperatureScaling` that was fitted on other rows; the rows here must not have had a
    say in the model or its temperature.

    Source: Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test", *Ann. Appl. Statist.* 19 (2025), arXiv
    2110.01052.

    Examples
    --------
    >>> import numpy as np
    >>> import softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(2000, 3)) * 4  # honest logits: labels are drawn from their softmax
    >>> y = (rng.random((2000, 1)) > sm.softmax(z).cumsum(axis=1)).sum(axis=1)
    >>> selective = sm.SelectiveClassifier(risk=0.05).fit(z, y)
    >>> selective.predict([[9.0, 0.0, 0.0], [1.0, 1.1, 0.9]])
    array([ 0, -1])
    """

    threshold_: float
    coverage_: float
    error_rate_: float
    risk_bound_: float
    n_classes_: int
    n_calibration_: int

    def __init__(
        self,
        risk: float = 0.05,
        *,
        confidence: float = 0.95,
        score: str = "top_probability",
        order: str = "surest_first",
        random_state: int | np.random.Generator = 0,
    ) -> None:
        self.risk = risk
        self.confidence = confidence
        self.score = score
        self.order = order
        self.random_state = random_state

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Find the threshold on rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            Unnormalised log-probabilities. -inf rules a class out.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.

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
            If no threshold can be promised. Then every answer is "I don't know".
        """
        risk = as_real(self.risk, "risk", low=0.0, high=1.0, open_low=True, open_high=True)
        confidence = as_real(self.confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        as_choice(self.score, "score", SURENESS)
        as_choice(self.order, "order", ORDERS)
        rng = self.random_state
        if not isinstance(rng, np.random.Generator):
            rng = as_integer(rng, "random_state", low=0)
        z = logits_in(logits, doubted=True)
        codes = codes_in(y, z)
        sure, top = sureness_of(self.score, z)
        if self.order == "surest_first":
            tested = Answers.of(sure, top != codes)
            cut = surest_first(tested, risk, 1.0 - confidence)
        else:
            rows = np.random.default_rng(rng).permutation(len(z))
            proposing, testing = np.split(rows, [int(_PROPOSING * len(z))])
            proposed, tested = (Answers.of(sure[some], (top != codes)[some]) for some in (proposing, testing))
            cut = last_that_passes(proposed, tested, risk, 1.0 - confidence)
        n, errors = tested.at(cut)
        fitted = FittedThreshold(
            score=self.score,
            order=self.order,
            risk=risk,
            confidence=confidence,
            random_state=None if isinstance(rng, np.random.Generator) else rng,
            cut=cut if n else None,
            n_tested=tested.n,
            n_answered=n,
            n_errors=errors,
            n_calibration=len(z),
            n_classes=z.n_classes,
        )
        self._keep(fitted)
        if n == 0:
            warnings.warn(fitted.nothing_passes(), CalibrationWarning, stacklevel=2)
        return self

    def predict(self, logits: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Give the code of the most probable class of every row, or -1 for "I don't know".

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            Of new rows.

        Returns
        -------
        ndarray of int64, shape (n_rows,)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError
            For arrays that do not fit, NaN and +inf.
        """
        sure, top = self._judged(self._rows_in(logits))
        return np.where(sure >= self._fitted.least, top, -1)

    def accepts(self, logits: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell which rows are answered.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            Of new rows.

        Returns
        -------
        ndarray of bool, shape (n_rows,)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError
            As for `predict`.
        """
        sure, _ = self._judged(self._rows_in(logits))
        return np.asarray(sure >= self._fitted.least)

    def fit_sets(
        self, logits: npt.ArrayLike, y: npt.ArrayLike, sets: ConformalClassifier | None = None
    ) -> ConformalClassifier:
        """Calibrate prediction sets that hold the true class as often as promised among the rows that are answered.

        Sets that are calibrated by all rows promise that of all rows together, and may break it among those that are
        answered. Which of these rows are answered must not hang on them: they are others than those given to `fit`.

        Parameters
        ----------
        logits, y
            As for `fit`, of other rows. Those that are not answered are left out.
        sets : ConformalClassifier, optional
            What is fitted, in place; a new one with its defaults otherwise.

        Returns
        -------
        ConformalClassifier
            Its `predict_set` is for rows that `accepts` is True for.

        Raises
        ------
        ArgumentError
            Where no row is answered; else as for `fit`.

        Examples
        --------
        >>> import numpy as np
        >>> import softargmax as sm
        >>> rng = np.random.default_rng(0)
        >>> z = rng.normal(size=(4000, 3)) * 4
        >>> y = (rng.random((4000, 1)) > sm.softmax(z).cumsum(axis=1)).sum(axis=1)
        >>> selective = sm.SelectiveClassifier(risk=0.1).fit(z[:1000], y[:1000])
        >>> sets = selective.fit_sets(z[1000:2000], y[1000:2000], sm.ConformalClassifier(confidence=0.95))
        >>> new = selective.accepts(z) & (np.arange(4000) >= 2000)
        >>> bool(sets.evaluate(z[new], y[new]).coverage.low > 0.93)
        True
        """
        z = self._rows_in(logits)
        codes = codes_in(y, z)
        answered = self.accepts(logits)
        if not answered.any():
            raise ArgumentError(
                f"logits: expected rows that are answered, got {len(z)} that are not; sets among answered rows take "
                "some, so fit with a larger risk",
                parameter="logits",
            )
        sets = ConformalClassifier() if sets is None else sets
        return sets.fit(np.asarray(logits)[answered], codes[answered])

    @renamed(confidence="interval=, as in interval=metrics.Interval(confidence=0.99)")
    def evaluate(
        self, logits: npt.ArrayLike, y: npt.ArrayLike, *, interval: Interval | None = None
    ) -> SelectiveQuality:
        """Measure how much is answered and how much of that is wrong, on rows that were not used to fit.

        Parameters
        ----------
        logits, y
            As for `fit`.
        interval : Interval, optional
            How sure the intervals of what is measured are; of its fields only ``confidence`` plays a part, because
            they are exact.

        Returns
        -------
        SelectiveQuality

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            As for `fit`.
        """
        z = self._rows_in(logits)
        codes, confidence = codes_in(y, z), as_interval(interval).confidence
        sure, top = self._judged(z)
        answered = sure >= self._fitted.least
        n, errors = int(answered.sum()), int(np.sum(answered & (top != codes)))
        return SelectiveQuality(clopper_pearson(n, len(z), confidence), clopper_pearson(errors, n, confidence))

    def to_state(self) -> State:
        """Give everything that was learned as plain data, with the parameters of the fit.

        A generator that was the random state is left out: refitted, what is loaded draws by the default. Raises
        NotFittedError before `fit`.
        """
        require_fitted(self, "_fitted")
        return self._fitted.to_state()

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave: its answers are the same, bit for bit.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library. Nothing in it is executed.
        """
        fitted = FittedThreshold.from_state(state)
        drawn_by = {} if fitted.random_state is None else {"random_state": fitted.random_state}
        classifier = cls(fitted.risk, confidence=fitted.confidence, score=fitted.score, order=fitted.order, **drawn_by)
        classifier._keep(fitted)
        return classifier

    def _keep(self, fitted: FittedThreshold) -> None:
        """Remember what was learned, and show it as attributes."""
        self._fitted = fitted
        self.threshold_, self.coverage_ = fitted.published, fitted.n_answered / fitted.n_tested
        self.error_rate_, self.risk_bound_ = fitted.error_rate, fitted.risk_bound
        self.n_classes_, self.n_calibration_ = fitted.n_classes, fitted.n_calibration

    def _rows_in(self, logits: npt.ArrayLike) -> Logits:
        require_fitted(self, "_fitted")
        return logits_in(logits, n_classes=self.n_classes_)

    def _judged(self, logits: Logits) -> tuple[Array, Array]:
        return sureness_of(self._fitted.score, logits)
