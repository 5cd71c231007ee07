"""Sets whose mean loss is at most what was promised: of the labels of a row, or of the classes of which one is true."""

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._fields import Field, FlagField, IntegerField, RealField, TextField, fields_of, state_of
from softargmax._logits import codes_in, logits_in, steady, steady_gaps
from softargmax._options import as_real
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import provisional
from softargmax._saved import Saved
from softargmax._state import State
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, ShapeError, TargetError
from softargmax.probabilities import log_softmax

# From sets and true labels, both (n_rows, n_labels) of bool, to the loss of every row, between 0 and 1.
Loss = Callable[[npt.NDArray[np.bool_], npt.NDArray[np.bool_]], npt.ArrayLike]

KIND, VERSION = "risk-control", 1
_OWN_LOSS = "of the caller's own"


def _false_negative_rate(sets: Array, true: Array) -> Array:
    """The share of a row's true labels that its set misses; 0 for a row without any."""
    return np.asarray((true & ~sets).sum(axis=1) / np.maximum(true.sum(axis=1), 1))


def _any_missed(sets: Array, true: Array) -> Array:
    """1 where any true label is missed."""
    return np.asarray((true & ~sets).any(axis=1).astype(np.float64))


LOSSES: dict[str, Loss] = {"false_negative_rate": _false_negative_rate, "any_missed": _any_missed}
_FIELDS: dict[str, Field] = {
    "loss": TextField((*LOSSES, _OWN_LOSS)),
    "risk": RealField(0.0, 1.0, open_low=True, open_high=True),
    "least": RealField(infinite=True),
    "calibration_loss": RealField(0.0, 1.0),
    "several": FlagField(),
    "n_labels": IntegerField(1),
    "n_calibration": IntegerField(1),
}


@provisional
class RiskControl(Parameters, Saved):
    r"""Give every row a set of labels, the smallest whose mean loss keeps a promise: conformal risk control.

    .. math:: C(x) = \{k : s_k(x) \ge \hat t\}, \qquad
              \hat t = \max \Bigl\{t : \frac{1 + \sum_i \ell(C_t(x_i), y_i)}{n + 1} \le \text{risk}\Bigr\}, \qquad
              \mathrm{E}\,\ell(C(x), y) \le \text{risk}

    The promise is an average over calibration rows and new rows, drawn alike, and holds for any model that has not seen
    them, and for any loss between 0 and 1 that no larger set makes larger. How large sets are is no such loss.

    Parameters
    ----------
    loss : {"false_negative_rate", "any_missed"} or callable, default "false_negative_rate"
        The share of a row's true labels that its set misses, whether it misses any, or a function of sets and true
        labels, both (n_rows, n_labels) of bool, that gives the loss of every row.
    risk : float, default 0.1
        The mean loss that is promised at most.

    Attributes
    ----------
    threshold_ : float
        The least probability of a label that is in a set: 0 where every label is.
    calibration_loss_ : float
        The mean loss of the calibration rows at this threshold.
    n_labels_, n_calibration_ : int
        Labels, and calibration rows.

    See Also
    --------
    ConformalClassifier : sets that hold the one true class, with exact ranks and a choice of scores.
    SelectiveClassifier : a promise that holds with a confidence over calibration rows, and not on average over them.

    Notes
    -----
    s is log p of the classes, or the logit of each label, rounded to multiples of 2^-20, so that no set hangs on a last
    bit. Sets grow as the threshold falls, so the mean loss of the calibration rows only falls; the 1 is the loss of the
    new row, which may be the largest there is. With fewer than 1 / risk - 1 rows every set holds all labels.

    Source: Angelopoulos, Bates, Fisch, Lei, Schuster, *ICLR* 2024, "Conformal Risk Control", arXiv 2208.02814.

    Examples
    --------
    Two labels per row, each with a logit of its own; of the true ones at most a fifth is to be missed:

    >>> import numpy as np
    >>> from softargmax.decisions import RiskControl
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(1000, 2)) * 2
    >>> labels = rng.random((1000, 2)) < 1 / (1 + np.exp(-logits))
    >>> control = RiskControl(risk=0.2).fit(logits[:500], labels[:500])
    >>> bool(control.losses(logits[500:], labels[500:]).mean() < 0.23)
    True
    >>> control.predict_set([[3.0, -3.0]])
    array([[ True, False]])
    """

    threshold_: float
    calibration_loss_: float
    n_labels_: int
    n_calibration_: int

    def __init__(self, loss: str | Loss = "false_negative_rate", *, risk: float = 0.1) -> None:
        self.loss = loss
        self.risk = risk

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Find the threshold on rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_labels)
            A logit of each label, or unnormalised log-probabilities of classes of which one is true.
        y : array-like, shape (n_rows, n_labels) of bool or of 0 and 1, or (n_rows,) of integer
            Which labels are true, or the codes of the true classes.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            For options and arrays that do not fit, logits that are NaN or +inf, and losses that are not between 0 and 1
            or rise where a set grows.

        Warns
        -----
        CalibrationWarning
            If no threshold keeps the promise; then every set holds all labels.
        """
        risk = as_real(self.risk, "risk", low=0.0, high=1.0, open_low=True, open_high=True)
        loss = _loss_of(self.loss)
        scores, true, several = _scored(logits, y)
        candidates = np.unique(np.append(scores.ravel(), -np.inf))  # every set that there can be, from all labels on
        allowed = risk * (len(scores) + 1) - 1.0

        def total(place: int) -> float:
            return float(_losses(loss, scores >= candidates[place], true).sum())

        first, behind = 0, len(candidates)  # the threshold sought is at `first` or between both
        known = {0: total(0)}
        # A sum of fractions is rounded: what is met but for that counts as met, as with the fractions themselves.
        allowed += 4.0 * np.finfo(np.float64).eps * len(scores)
        while behind - first > 1:
            middle = (first + behind) // 2
            known[middle] = total(middle)
            first, behind = (middle, behind) if known[middle] <= allowed else (first, middle)
        ordered = [known[place] for place in sorted(known)]
        if any(later < earlier - 1e-9 * len(scores) for earlier, later in itertools.pairwise(ordered)):
            raise ArgumentError(
                "loss: expected one that no larger set makes larger, got one that rises", parameter="loss"
            )
        if known[first] > allowed:
            warnings.warn(
                f"no threshold keeps the mean loss at {risk:g} on {len(scores)} rows, so every set holds all labels; "
                f"it takes {math.ceil(1.0 / risk) - 1} rows without any loss, or more",
                CalibrationWarning,
                stacklevel=2,
            )
        name = self.loss if isinstance(self.loss, str) else _OWN_LOSS
        self._keep(
            {
                "loss": name,
                "risk": risk,
                "least": float(candidates[first]),
                "calibration_loss": min(1.0, known[first] / len(scores)),
                "several": several,
                "n_labels": scores.shape[1],
                "n_calibration": len(scores),
            }
        )
        return self

    def predict_set(self, logits: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Give the set of every row: True for the labels that are in.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_labels)
            Of new rows.

        Returns
        -------
        ndarray of bool, shape (n_rows, n_labels)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError
            For arrays that do not fit, NaN and +inf.
        """
        require_fitted(self, "_found")
        scores = _scores_of(logits, several=self._found["several"])
        if scores.shape[1] != self.n_labels_:
            raise ShapeError(
                f"logits: expected {self.n_labels_} labels, as at fit, got {scores.shape[1]}", parameter="logits"
            )
        return np.asarray(scores >= self._found["least"])

    def losses(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give the loss of every row's set, on rows with known labels that were not used to fit.

        Parameters
        ----------
        logits, y
            As for `fit`.

        Returns
        -------
        ndarray of float64, shape (n_rows,)

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            As for `fit`.
        """
        sets = self.predict_set(logits)
        return _losses(_loss_of(self.loss), sets, _scored(logits, y)[1])

    def to_state(self) -> State:
        """Give everything that was learned as plain data; a loss that is a function is left out.

        Raises NotFittedError before `fit`.
        """
        require_fitted(self, "_found")
        return state_of(KIND, VERSION, _FIELDS, self._found)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave: its sets are the same, bit for bit.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library. Nothing in it is executed.
        """
        if state.kind != KIND:
            raise ArtifactError(f"expected a control of risk, of kind {KIND!r}, got {state.kind!r}")
        found = fields_of(state, _FIELDS, newest=VERSION)
        control = cls(found["loss"], risk=found["risk"])
        control._keep(found)
        return control

    def _keep(self, found: dict[str, Any]) -> None:
        """Remember what was learned, and show it as attributes."""
        self._found = found
        least = found["least"]
        likely = 1.0 / (1.0 + math.exp(-least)) if least > -700.0 else 0.0
        self.threshold_ = likely if found["several"] else math.exp(min(least, 0.0))
        self.calibration_loss_ = found["calibration_loss"]
        self.n_labels_, self.n_calibration_ = found["n_labels"], found["n_calibration"]


def _loss_of(loss: Any) -> Loss:
    if callable(loss):
        return loss  # type: ignore[no-any-return]
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ArgumentError(
            f"loss: expected one of {', '.join(map(repr, LOSSES))}, or a function of sets and true labels, "
            f"got {loss!r}",
            parameter="loss",
        )
    return LOSSES[loss]


def _losses(loss: Loss, sets: Array, true: Array) -> npt.NDArray[np.float64]:
    found = np.asarray(loss(sets, true), np.float64)
    if found.shape != (len(sets),) or not np.all((found >= 0.0) & (found <= 1.0)):
        raise ArgumentError(
            f"loss: expected a number between 0 and 1 for each of {len(sets)} rows, got shape {found.shape}"
            + (f" with numbers from {found.min():g} to {found.max():g}" if found.size else ""),
            parameter="loss",
        )
    return found


def _scores_of(logits: npt.ArrayLike, *, several: bool) -> Array:
    """Give the rounded log-probabilities of classes, or the rounded logits of labels."""
    if not several:
        rows = logits_in(logits)
        blocks = [steady(log_softmax(steady_gaps(z))) for _, z in rows.blocks()]
        return np.concatenate([np.empty((0, rows.n_classes)), *blocks])
    array = as_floating(logits, "logits").astype(np.float64)
    if array.ndim != 2 or array.shape[1] == 0:
        raise ShapeError(f"logits: expected shape (n_rows, n_labels), got {array.shape}", parameter="logits")
    if np.isnan(array).any() or np.isposinf(array).any():
        raise ArgumentError("logits: expected numbers and -inf, got NaN or +inf", parameter="logits")
    return steady(array)


def _scored(logits: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.bool_], bool]:
    """Give scores, which labels are true, and whether there are several of them."""
    given = np.asarray(y)
    if given.ndim != 2:
        rows = logits_in(logits, doubted=True)
        codes = codes_in(y, rows)
        return _scores_of(logits, several=False), codes[:, np.newaxis] == np.arange(rows.n_classes), False
    scores = _scores_of(logits, several=True)
    if given.shape != scores.shape or len(scores) == 0:
        raise ShapeError(
            f"expected y of the shape of logits, (n_rows, n_labels), at least one row, got {given.shape} and "
            f"{scores.shape}",
            parameter="y",
        )
    if given.dtype.kind not in "biuf" or not np.all((given == 0) | (given == 1)):
        raise TargetError("y: expected True or False, or 1 and 0, for every label of every row", parameter="y")
    return scores, given.astype(np.bool_), True
