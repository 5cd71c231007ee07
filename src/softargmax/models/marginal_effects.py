r"""By how much probabilities move with a feature, on average over rows: what coefficients of odds do not say.

The probability of class k in row i has the derivative
:math:`p_{ik} (\beta_{kj} - \sum_l p_{il} \beta_{lj})` by feature j. Its mean is a function of the coefficients, whose
covariance is carried over by the first derivative (the delta method; Agresti, *Categorical Data Analysis*, 2013, 5.1.2
and 16.1.2; Greene, *Econometric Analysis*, 2018, 18.2).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import special

from softargmax._arrays import Array, as_sample_weight
from softargmax._logits import block_slices
from softargmax._renamed import provisional
from softargmax.models.inference import frame_of, lines_of_class
from softargmax.models.probability_intervals import dense_rows, plain_rows

if TYPE_CHECKING:
    from softargmax.models.regression import SoftmaxRegression


@provisional
@dataclass(frozen=True)
class MarginalEffects:
    """Average marginal effects. Arrays have the shape (n_classes, n_features).

    Attributes
    ----------
    classes, names : tuple
        The classes, in the order of ``classes_``, and the features.
    effect : ndarray
        By how much the probability of a class moves per unit of a feature, averaged over the rows; the effects of a
        feature on all classes add up to 0.
    standard_error, z, p_value : ndarray
        By the delta method; the test is that of no effect.
    low, high : ndarray
        The ends of its interval.
    confidence : float
        That of the intervals.
    """

    classes: tuple[Any, ...]
    names: tuple[str, ...]
    effect: Array
    standard_error: Array
    z: Array
    p_value: Array
    low: Array
    high: Array
    confidence: float

    def __str__(self) -> str:
        lines = ["average marginal effects"]
        for k, label in enumerate(self.classes):
            lines += ["", f"probability of {label}", *lines_of_class(self, k, "effect", self.effect)]
        return "\n".join(lines)

    def to_frame(self) -> Any:
        """Give a pandas DataFrame: a row for each class and feature.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        columns = ("effect", "standard_error", "z", "p_value", "low", "high")
        index = {"class": self.classes, "feature": self.names}
        return frame_of({name: getattr(self, name).ravel() for name in columns}, index)


@provisional
def marginal_effects(
    model: "SoftmaxRegression",
    X: Any,
    *,
    sample_weight: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    covariance: str = "information",
) -> MarginalEffects:
    """Give the average marginal effects of a fit without penalty.

    Parameters
    ----------
    model : SoftmaxRegression
        Fitted with ``C=inf``.
    X : array-like, sparse matrix or DataFrame, shape (n_rows, n_features)
        The rows to average over: those of the fit, as a rule.
    sample_weight : array-like, shape (n_rows,), optional
        How often a row counts.
    confidence : float, default 0.95
        Of the intervals.
    covariance : {"information", "robust"}, default "information"
        As in `SoftmaxRegression.summary`.

    Returns
    -------
    MarginalEffects

    Raises
    ------
    ArgumentError, UnsupportedError, ShapeError
        Where there is no summary, and for arrays that do not fit.

    Notes
    -----
    A derivative is what a small step makes; for a feature that is 0 or 1 it is near the difference between the two, and
    is not that difference. The rows are taken for what they are: their own chance is not in the error.

    Examples
    --------
    >>> import numpy as np
    >>> import softargmax as sm
    >>> from softargmax.models.marginal_effects import marginal_effects
    >>> X = np.random.default_rng(0).normal(size=(500, 1))
    >>> y = X[:, 0] + np.random.default_rng(1).logistic(size=500) > 0
    >>> found = marginal_effects(sm.SoftmaxRegression(C=np.inf).fit(X, y), X)
    >>> print(*(f"{number:.2f}" for number in (found.low[1, 0], found.effect[1, 0], found.high[1, 0])))
    0.20 0.23 0.26
    """
    summary = model.summary(confidence=confidence, covariance=covariance)
    rows, probability = plain_rows(X), np.asarray(model.predict_proba(X), np.float64)
    weight = as_sample_weight(sample_weight, len(probability))
    weight = weight / weight.sum()
    n_features = model.n_features_in_
    coef = np.vstack([np.zeros((1, n_features)), summary.coef[:, :n_features]])  # against the first class
    effect = np.zeros(coef.shape)
    slope = np.zeros((*coef.shape, *summary.coef.shape))
    for some in block_slices(len(probability), slope[0].size):
        p, x = probability[some], dense_rows(rows[some], summary)
        counted = weight[some, np.newaxis] * p
        gap = coef - (p @ coef)[:, np.newaxis]  # of each row, class and feature
        effect += np.einsum("ik,ikj->kj", counted, gap)
        unit = np.eye(len(coef))[:, 1:]
        # The probability moves, and so does the mean of the coefficients; the coefficient itself does on the diagonal.
        moved = counted[:, :, np.newaxis] * (unit - p[:, np.newaxis, 1:])
        slope += np.einsum("ikl,im,ikj->kjlm", moved, x, gap, optimize=True)
        slope -= np.einsum("ik,il,im,ilj->kjlm", counted, p[:, 1:], x, gap[:, 1:], optimize=True)
        feature = np.arange(n_features)
        slope[:, feature, :, feature] += moved.sum(axis=0)
    flat = slope.reshape(*coef.shape, -1)
    error = np.sqrt(np.maximum(np.einsum("kja,ab,kjb->kj", flat, summary.covariance, flat, optimize=True), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = effect / error
    reach = float(special.ndtri(0.5 + 0.5 * confidence)) * error
    classes, names = (summary.reference, *summary.classes), summary.names[:n_features]
    p_value = 2.0 * special.ndtr(-np.abs(z))
    return MarginalEffects(classes, names, effect, error, z, p_value, effect - reach, effect + reach, confidence)
