"""Logits for rows among which the classes are more or less common than where the model learned."""

import warnings
from statistics import NormalDist
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import CalibrationTest
from softargmax._fields import ArrayField, Field, IntegerField, RealField, TextField, fields_of, state_of
from softargmax._logits import Logits, block_slices, codes_in, logits_in
from softargmax._options import as_choice
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import provisional
from softargmax._saved import Saved
from softargmax._state import State
from softargmax.decisions._class_shares import confusions, drawn_back, likeliest_shares, likelihoods
from softargmax.decisions._shift_test import explained_by_shares
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, ShapeError, TargetError
from softargmax.probabilities import log_softmax, softmax

KIND, VERSION = "prior-shift", 1
_METHODS = ("em", "black-box")
_FIELDS: dict[str, Field] = {
    "method": TextField(_METHODS),
    "n_logits": IntegerField(low=1),
    "old": ArrayField("K", low=0.0, open_low=True, high=1.0),
    "new": ArrayField("K", low=0.0, open_low=True, high=1.0),
    "standard_error": ArrayField("K", low=0.0),
    "optimality": RealField(low=0.0),
    # Of the test, where there was one.
    "statistic": RealField(low=0.0, optional=True),
    "p_value": RealField(low=0.0, high=1.0, optional=True),
    "n": IntegerField(low=1),
}
# Shares that differ from what the probabilities say by what chance does so rarely in any class are worth a warning.
_SURPRISE = 0.001


@provisional
class PriorShift(Parameters, Saved):
    r"""Move logits to rows among which the classes are more or less common than before: known shares, or learned ones.

    .. math:: z'_k = z_k + \log \frac{\pi_k^\text{new}}{\pi_k^\text{old}}

    It is right where only the shares have changed, and inputs of one class look as they did: a disease that is rarer
    in the town than in the hospital, spam that has become more. Then nothing has to be trained again.

    Parameters
    ----------
    old : array-like, shape (n_classes,), optional
        The classes' shares where the model was trained, or where it was calibrated if it was; above 0. Left out, they
        are those of the labelled rows that `fit` gets.
    method : {"em", "black-box"}, default "em"
        How new shares are learned from rows without labels. "em" takes those under which the rows are likeliest; it
        needs calibrated logits, and of such it is the more exact. "black-box" only looks at which class is predicted,
        and learns from labelled old rows how often each is taken for which; the logits need not be calibrated.

    Attributes
    ----------
    old_, new_ : ndarray, shape (n_classes,)
        The shares before and after. What was learned is drawn back to the old ones as far as chance may have made the
        difference, so that many classes and few rows lose nothing.
    standard_error_ : ndarray, shape (n_classes,)
        Of the learned shares, if the logits are calibrated; 0 for shares that were given.
    explained_ : CalibrationTest or None
        Whether new shares alone explain how the new rows differ from the labelled ones: a small p-value says that
        something else has changed too, and that these logits are wrong. None without labelled rows, or with too few.
    optimality_ : float
        The likelihood of the shares is at most this far from the largest, in nats per row.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.

    See Also
    --------
    softargmax.AutoCalibration : learns from labelled new rows, where there are some, all else that has changed too.
    bayes_decision : a decision by costs, which new shares move as well.

    Notes
    -----
    Whether probabilities are right on average in every class decides whether "em" is right: a class whose probabilities
    are all too high gets too small a share. Hand the labelled rows over, and `fit` checks that, and warns. A model that
    was trained on other shares than it says needs a calibration that moves classes first, such as
    `softargmax.calibration.PlattScaling` or `softargmax.VectorScaling`; a temperature alone does not.

    The test takes neither probabilities nor shares for right: it counts how the rows of each class fall into parts of
    the model's answers, in the old rows and in the new, and knows the chance in both.

    Source: Saerens, Latinne, Decaestecker, *Neural Computation* 14 (2002); Alexandari, Kundaje, Shrikumar, *ICML*
    (2020), for why to calibrate first; Lipton, Wang, Smola, *ICML* (2018), for the black box, whose counts are fitted
    by maximum likelihood here, so that no share is negative.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.decisions import PriorShift
    >>> rng = np.random.default_rng(0)
    >>> y = (rng.random(5000) < 0.05).astype(int)
    >>> logits = 2 * rng.normal(2 * y - 1, 1)  # right where both classes are equally common
    >>> shift = PriorShift([0.5, 0.5]).fit(logits)
    >>> bool(abs(shift.new_[1] - 0.05) < 0.02)
    True
    >>> bool(sm.binary_cross_entropy(shift.transform(logits), y) < sm.binary_cross_entropy(logits, y))
    True
    """

    old_: Array
    new_: Array
    standard_error_: Array
    explained_: CalibrationTest | None
    optimality_: float
    n_logits_: int

    def __init__(self, old: npt.ArrayLike | None = None, *, method: Literal["em", "black-box"] = "em") -> None:
        self.old = old
        self.method = method

    @classmethod
    def between(cls, old: npt.ArrayLike, new: npt.ArrayLike) -> Self:
        """Give the shift between shares that are known; there is nothing to fit.

        Parameters
        ----------
        old, new : array-like, shape (n_classes,)
            The classes' shares, all above 0: a class that cannot occur would be ruled out whatever is seen.

        Returns
        -------
        PriorShift

        Raises
        ------
        ArgumentError, ShapeError
            For what are not shares of the same classes.
        """
        before, after = _shares_in(old, "old"), _shares_in(new, "new")
        if before.shape != after.shape:
            raise ShapeError(
                f"new: expected a share for each of the {len(before)} classes of old, got {len(after)}", parameter="new"
            )
        shift = cls(old)
        shift._keep(len(before), before, after, np.zeros(len(before)), 0.0, None, 1)
        return shift

    def fit(self, logits: npt.ArrayLike, *, labelled: tuple[npt.ArrayLike, npt.ArrayLike] | None = None) -> Self:
        """Learn the new shares from new rows, whose classes nobody knows.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for one sigmoid per row
            Of new rows.
        labelled : tuple of logits and classes, optional
            Logits of old rows, of the same kind, and the codes of their classes; the model has not seen these rows.
            They give the old shares, and say whether the logits are right and whether shares explain the shift.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            For arrays that do not fit, where old shares come from nowhere, and for the black box without labelled rows
            of every class.

        Warns
        -----
        CalibrationWarning
            If the probabilities of labelled rows are not right on average, and "em" is asked for.
        """
        as_choice(self.method, "method", _METHODS)
        given = logits_in(logits)
        given.refuse_unranked()
        known = None if labelled is None else _labelled_in(labelled, given)
        old = self._old(known, given.n_classes)
        if known is None and self.method == "black-box":
            raise ArgumentError(
                "labelled: expected logits of old rows and their classes, from which the black box learns what is "
                "taken for what, got None",
                parameter="labelled",
            )
        old_log_p = None if known is None else _log_p(known[0])
        if known is not None and old_log_p is not None and self.method == "em":
            _warn_of_averages(np.exp(old_log_p), known[1])
        ratio, weight = likelihoods(given, old) if self.method == "em" else confusions(given, *known)  # type: ignore[misc]
        found = likeliest_shares(ratio, weight)
        test = None
        if known is not None and old_log_p is not None:
            test = explained_by_shares(_log_p(given), old_log_p, known[1], found.shares)
        new = drawn_back(found, ratio, weight, old)
        n_logits = 1 if given.was_sigmoid else given.n_classes
        self._keep(n_logits, old, new, found.standard_error, max(found.gap, 0.0), test, len(given))
        return self

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give the logits of rows among which the classes have the new shares, in the shape and dtype of `logits`.

        Raises
        ------
        NotFittedError, ArgumentError, ShapeError, DTypeError
            Before `fit`, and for arrays that do not fit.
        """
        given = self._rows_in(logits)
        result = np.empty(given.shape, given.dtype)
        for rows in block_slices(len(given), given.n_classes):
            result[rows] = given.restore(given.values[rows].astype(np.float64) + self._offset)
        return result

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give the probabilities of the same, shape (n_rows, n_classes).

        Raises
        ------
        NotFittedError, ArgumentError, ShapeError, DTypeError
            As for `transform`.
        """
        given = self._rows_in(logits)
        result = np.empty(given.values.shape, given.dtype)
        for rows in block_slices(len(given), given.n_classes):
            result[rows] = softmax(given.values[rows].astype(np.float64) + self._offset)
        return result

    def to_state(self) -> State:
        """Give everything that was learned as plain data; NotFittedError before `fit`."""
        require_fitted(self, "new_", "fit(logits)")
        test = self.explained_
        values = {
            "method": self.method,
            "n_logits": self.n_logits_,
            "old": self.old_,
            "new": self.new_,
            "standard_error": self.standard_error_,
            "optimality": self.optimality_,
            "statistic": test and test.statistic,
            "p_value": test and test.p_value,
            "n": self._n,
        }
        return state_of(KIND, VERSION, _FIELDS, values)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        if state.kind != KIND:
            raise ArtifactError(f"expected a shift of the classes' shares, of kind {KIND!r}, got {state.kind!r}")
        n_logits = fields_of(state, {"n_logits": _FIELDS["n_logits"]}, newest=VERSION)["n_logits"]
        found = fields_of(state, _FIELDS, newest=VERSION, K=max(n_logits, 2))
        for name in ("old", "new"):
            if abs(float(found[name].sum()) - 1.0) > 1e-9:
                raise ArtifactError(f"the state of {KIND!r} is damaged: {name}: expected shares that add up to 1")
        shift = cls(found["old"], method=found["method"])
        has_test = found["statistic"] is not None and found["p_value"] is not None
        test = CalibrationTest(found["statistic"], found["p_value"], found["n"]) if has_test else None
        shift._keep(
            n_logits, found["old"], found["new"], found["standard_error"], found["optimality"], test, found["n"]
        )
        return shift

    def _old(self, known: tuple[Logits, Array] | None, n_classes: int) -> Array:
        if self.old is not None:
            old = _shares_in(self.old, "old")
            if len(old) != n_classes:
                raise ShapeError(
                    f"old: expected a share for each of {n_classes} classes, got {len(old)}", parameter="old"
                )
            return old
        if known is None:
            raise ArgumentError(
                "old: expected the classes' shares where the model was trained, or labelled= rows in fit to count them",
                parameter="old",
            )
        counts = np.bincount(known[1], minlength=n_classes) + 0.0
        if not counts.all():
            raise TargetError(
                f"labelled: expected rows of every class, got none of class {int(np.argmin(counts))}; or name old=",
                parameter="labelled",
            )
        return np.asarray(counts / counts.sum())

    def _keep(
        self,
        n_logits: int,
        old: Array,
        new: Array,
        standard_error: Array,
        gap: float,
        test: CalibrationTest | None,
        n: int,
    ) -> None:
        """Remember what was learned; two shares may stand for one sigmoid or for two columns."""
        self.old_, self.new_, self.standard_error_ = old, new, standard_error
        self.optimality_, self.explained_, self.n_logits_, self._n = gap, test, n_logits, n
        self._offset = np.log(new) - np.log(old)

    def _rows_in(self, logits: npt.ArrayLike) -> Logits:
        require_fitted(self, "new_", "fit(logits)")
        return logits_in(logits, n_classes=len(self.new_))


def _shares_in(shares: npt.ArrayLike, name: str) -> Array:
    array = np.asarray(shares, np.float64)
    if array.ndim != 1 or len(array) < 2:
        raise ShapeError(f"{name}: expected a share for every class, got shape {array.shape}", parameter=name)
    if not (array > 0.0).all() or not abs(float(array.sum()) - 1.0) <= 1e-6:
        raise ArgumentError(
            f"{name}: expected shares above 0 that add up to 1, got {array.tolist() if len(array) < 10 else 'others'}",
            parameter=name,
        )
    return np.asarray(array / array.sum())


def _labelled_in(labelled: tuple[npt.ArrayLike, npt.ArrayLike], given: Logits) -> tuple[Logits, Array]:
    if not isinstance(labelled, tuple) or len(labelled) != 2:
        raise ArgumentError("labelled: expected a tuple of logits and classes", parameter="labelled")
    old = logits_in(labelled[0], n_classes=given.n_classes, name="labelled")
    old.refuse_unranked()
    return old, codes_in(labelled[1], old, "labelled")


def _log_p(rows: Logits) -> Array:
    return np.asarray(log_softmax(rows.values.astype(np.float64)))


def _warn_of_averages(p: Array, codes: Array) -> None:
    """Warn where probabilities are not right on average: then new shares are wrong in the same way."""
    came = np.bincount(codes, minlength=p.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        surprise = np.abs(came - p.sum(axis=0)) / np.sqrt((p * (1.0 - p)).sum(axis=0))
    worst = int(np.nanargmax(surprise))
    bound = NormalDist().inv_cdf(1.0 - 0.5 * _SURPRISE / p.shape[1])
    if surprise[worst] > bound:
        warnings.warn(
            f"the probabilities say that {p[:, worst].mean():.3g} of the labelled rows are of class {worst}, and "
            f"{came[worst] / len(p):.3g} are, so that the new shares will be off: calibrate the logits first by a "
            "method that moves classes, such as PlattScaling or VectorScaling, or take the method 'black-box'",
            CalibrationWarning,
            stacklevel=3,
        )
