r"""What statistics says about an unpenalised fit: standard errors, tests, measures of fit.

With the observed information I, the second derivative of the negative log-likelihood at its minimum, the coefficients'
covariance is :math:`I^{-1}`. Softmax coefficients are determined only up to a common shift, so they are reported as
differences to a reference class.

The information is the covariance of the gradient too only if the model is right. With S, the sum of the rows' gradients
times themselves, :math:`I^{-1} S I^{-1}` is right for large n whether it is or not, as long as rows are independent:
the sandwich (Huber, *Proc. Fifth Berkeley Symp.*, 1967; White, *Econometrica* 50, 1982), HC0 in other programs.

Source: Agresti, *Categorical Data Analysis* (2013), 5.5, 8.1; for R2 McFadden, in *Frontiers in Econometrics* (1974).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import linalg, special

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax._options import as_choice, as_real
from softargmax._renamed import gone_attributes, provisional
from softargmax._words import listed
from softargmax.exceptions import ArgumentError, MissingDependencyError
from softargmax.models.problem import LinearProblem
from softargmax.models.solving import LinearFit

if TYPE_CHECKING:
    from softargmax.models.marginal_effects import MarginalEffects

# Where the covariance comes from: the information alone, or the rows' gradients too.
COVARIANCES = ("information", "robust")
# Coefficients up to which a fit without penalty keeps their information: a matrix of 32 MB.
_MOST = 2000


@dataclass(frozen=True)
class Information:
    """The information of all coefficients, in the features' own units, and the likelihoods."""

    C: float
    n_columns: int
    matrix: Array | None  # classes outermost, the intercept last; None if there is none, or it would be too large
    scores: Array | None  # the sum of the rows' gradients times themselves, likewise
    n_coefficients: int
    log_likelihood: float
    null_log_likelihood: float
    n_rows: float


class OddsRatios(NamedTuple):
    """Ratios of odds, and the ends of their intervals, shape (n_classes - 1, n_coefficients)."""

    ratio: Array
    low: Array
    high: Array


class LikelihoodRatio(NamedTuple):
    """Twice a difference of log-likelihoods, how many coefficients make it, and how likely so much is by chance."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True)
class RegressionSummary:
    """A fit without penalty as statisticians look at it. Arrays have the shape (n_classes - 1, n_coefficients)."""

    if not TYPE_CHECKING:
        __getattr__ = gone_attributes(level="confidence")

    classes: tuple[Any, ...]  # those compared with the reference
    reference: Any
    names: tuple[str, ...]  # of the coefficients, the intercept last
    coef: Array
    standard_error: Array
    z: Array
    p_value: Array
    low: Array
    high: Array
    covariance: Array  # of all coefficients, in the order of `coef.ravel()`: class by class
    covariance_kind: str  # "information" or "robust"
    confidence: float
    n_rows: float
    log_likelihood: float
    null_log_likelihood: float

    @property
    def n_parameters(self) -> int:
        """How many coefficients are free."""
        return int(self.coef.size)

    @property
    def odds_ratios(self) -> OddsRatios:
        """By how much the odds of a class against the reference multiply per unit of a feature: exp of coefficients."""
        with np.errstate(over="ignore"):
            return OddsRatios(np.exp(self.coef), np.exp(self.low), np.exp(self.high))

    @property
    def likelihood_ratio(self) -> LikelihoodRatio:
        """The test of all coefficients but the intercepts at once; NaN for a fit without intercept."""
        n_intercepts = len(self.classes) if "intercept" in self.names[-1:] else 0
        degrees = self.n_parameters - n_intercepts
        statistic = 2.0 * float(self.log_likelihood - self.null_log_likelihood) if n_intercepts else np.nan
        return LikelihoodRatio(statistic, degrees, _chi2_tail(statistic, degrees))

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return -2.0 * self.log_likelihood

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(self.deviance + np.log(self.n_rows) * self.n_parameters)

    @property
    def mcfadden_r2(self) -> float:
        """One minus the ratio of the log-likelihood to that without features."""
        return 1.0 - self.log_likelihood / self.null_log_likelihood

    def __str__(self) -> str:
        lines = [
            f"rows {self.n_rows:g}, coefficients {self.n_parameters}",
            f"log-likelihood {self.log_likelihood:z.6f}, without features {self.null_log_likelihood:z.6f}, "
            f"deviance {self.deviance:z.6f}",
            f"McFadden R2 {self.mcfadden_r2:z.6f}, AIC {self.aic:z.4f}, BIC {self.bic:z.4f}",
        ]
        test = self.likelihood_ratio
        if not np.isnan(test.p_value):
            degrees = f"{test.degrees_of_freedom} degree{'' if test.degrees_of_freedom == 1 else 's'} of freedom"
            lines.append(f"likelihood ratio {test.statistic:z.4f}, {degrees}, p {shown_p(test.p_value)}")
        if self.covariance_kind == "robust":
            lines.append("standard errors are robust (sandwich)")
        for k, label in enumerate(self.classes):
            lines += ["", f"{label} against {self.reference}", *lines_of_class(self, k, "coef", self.coef)]
        return "\n".join(lines)

    def to_frame(self) -> Any:
        """Give a pandas DataFrame: a row for each class and coefficient, with intervals and odds ratios.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        columns = {name: getattr(self, name).ravel() for name in _COLUMNS}
        columns["odds_ratio"] = self.odds_ratios.ratio.ravel()
        return frame_of(columns, {"class": self.classes, "coefficient": self.names})


def frame_of(columns: Mapping[str, Array], index: Mapping[str, Sequence[Any]]) -> Any:
    """Give a pandas DataFrame whose rows are all combinations of what the index names."""
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "to_frame needs pandas, which is not installed; run: python -m pip install pandas"
        ) from error
    rows = pandas.MultiIndex.from_product(list(index.values()), names=list(index))
    return pandas.DataFrame(dict(columns), index=rows)


# The columns of a table of coefficients.
_COLUMNS = ("coef", "standard_error", "z", "p_value", "low", "high")


def lines_of_class(tested: "RegressionSummary | MarginalEffects", k: int, what: str, estimates: Array) -> Iterator[str]:
    """Write a heading, and below it the estimate, test and interval of every name in one class."""
    width = max(9, *(len(name) for name in tested.names)) + 2
    percent = f"{100 * tested.confidence:g} %"
    yield f"{'':{width}}{what:>13}{'std err':>13}{'z':>11}{'p':>9}   {percent} interval"
    for j, name in enumerate(tested.names):
        yield (
            f"{name:{width}}{estimates[k, j]:z13.5g}{tested.standard_error[k, j]:z13.5g}{tested.z[k, j]:z11.4g}"
            f"{shown_p(tested.p_value[k, j]):>9}   {tested.low[k, j]:z.5g} ... {tested.high[k, j]:z.5g}"
        )


def shown_p(p: float) -> str:
    """Write a p-value, and of one that would be 0 that it is smaller."""
    return f"{p:z.4f}" if np.isnan(p) or p >= 5e-5 else "<0.0001"


def _chi2_tail(statistic: float, degrees: int) -> float:
    """Give how likely so large a value is by chance; its own tail, with all digits of small ones."""
    return float(special.chdtrc(degrees, max(statistic, 0.0)))


@provisional
def likelihood_ratio_test(small: RegressionSummary, large: RegressionSummary) -> LikelihoodRatio:
    r"""Test whether the coefficients that only the larger of two nested models has are all 0.

    .. math:: 2 (\ell_\text{large} - \ell_\text{small}) \sim \chi^2

    Parameters
    ----------
    small, large : RegressionSummary
        Of two fits without penalty to the same rows; the features of `small` are among those of `large`, or
        combinations of them, which is for the caller to know.

    Returns
    -------
    LikelihoodRatio
        ``statistic``, ``degrees_of_freedom`` and ``p_value``.

    Raises
    ------
    ArgumentError
        For summaries of other rows or classes, and where `small` has as many coefficients as `large`, or fits better.

    Notes
    -----
    Source: Wilks, *Ann. Math. Statist.* 9(1), 1938.

    Examples
    --------
    >>> import numpy as np
    >>> import softargmax as sm
    >>> from softargmax.models.inference import likelihood_ratio_test
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = X[:, 0] + np.random.default_rng(1).logistic(size=200) > 0
    >>> small, large = (sm.SoftmaxRegression(C=np.inf).fit(Z, y).summary() for Z in (X[:, :1], X))
    >>> likelihood_ratio_test(small, large).degrees_of_freedom
    1
    """
    same = small.n_rows == large.n_rows and {*small.classes, small.reference} == {*large.classes, large.reference}
    if not same or not np.isclose(small.null_log_likelihood, large.null_log_likelihood, rtol=1e-9, atol=0.0):
        raise ArgumentError("small, large: expected fits to the same rows and classes, got different ones")
    degrees = large.n_parameters - small.n_parameters
    if degrees <= 0:
        raise ArgumentError(
            f"small, large: expected more coefficients in the second, got {small.n_parameters} and {large.n_parameters}"
        )
    statistic = 2.0 * float(large.log_likelihood - small.log_likelihood)
    if statistic < -1e-6 * abs(large.log_likelihood):
        raise ArgumentError(
            f"small, large: expected a model within another, whose likelihood is at least its own, got "
            f"{small.log_likelihood:g} and {large.log_likelihood:g}"
        )
    return LikelihoodRatio(max(statistic, 0.0), degrees, _chi2_tail(statistic, degrees))


def information_of(problem: LinearProblem, fit: LinearFit, engine: Engine, C: float) -> Information:
    """Take down the information at the optimum of an unpenalised fit with one target column."""
    column, n_columns = problem.columns[0], len(problem.columns)
    if n_columns != 1 or not np.isinf(C):
        return Information(C, n_columns, None, None, fit.V.size, np.nan, np.nan, column.total_weight)
    objective = problem.objective(0, np.inf, 0.0, engine)
    total = column.total_weight
    size = int(np.prod(objective.shape))
    matrix, scores = None, None
    if size <= _MOST:
        # z = (x - mean) * inverse, so d/dcoef = inverse^-1 d/dV - ... : one linear map per class takes it back.
        p = objective.shape[0]
        scaling = objective.scaling
        n_features = scaling.n_features
        back = np.zeros((p, p))  # V = back @ (coefficients, intercept)
        back[:n_features, :n_features] = np.diag(np.where(scaling.inverse > 0.0, scaling.scale, 0.0))
        if scaling.intercept:
            back[-1, :n_features] = scaling.mean
            back[-1, -1] = 1.0

        def taken_back(of_standardised: Array) -> Array:
            blocks = total * of_standardised.reshape(objective.shape[1], p, objective.shape[1], p)
            return np.asarray(np.einsum("ia,kilj,jb->kalb", back, blocks, back, optimize=True).reshape(size, size))

        matrix, scores = taken_back(objective.hessian(fit.V)), taken_back(objective.score_products(fit.V))
    shares = objective.class_totals
    null = total * float(special.xlogy(shares, shares).sum())
    return Information(C, n_columns, matrix, scores, size, -total * fit.loss, null, total)


def summarize(
    model: Any, information: Information, confidence: float, reference: Any, covariance: str
) -> RegressionSummary:
    """Set the record up; see `SoftmaxRegression.summary`."""
    as_choice(covariance, "covariance", COVARIANCES)
    as_real(confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
    if not np.isinf(information.C):
        raise ArgumentError(
            f"summary: expected a fit with C=inf, got one with C={information.C:g}; penalised coefficients have no "
            "standard errors"
        )
    if information.n_columns > 1:
        raise ArgumentError(f"summary: expected one target column, got {information.n_columns}; fit each alone")
    if information.matrix is None:
        raise ArgumentError(
            f"summary: expected at most {_MOST} coefficients, got {information.n_coefficients}: the matrix of their "
            "information would be too large"
        )
    classes = list(model.classes_)
    if reference is None:
        reference = classes[0]
    if np.ndim(reference) != 0 or reference not in classes:
        raise ArgumentError(f"reference: expected one of the classes, got {reference!r}")
    intercept = bool(model.fit_intercept)
    parts = [model.coef_.astype(np.float64)]
    if intercept:
        parts.append(model.intercept_.astype(np.float64)[:, np.newaxis])
    coef = np.concatenate(parts, axis=1)
    width, p = coef.shape
    base = classes.index(reference)
    if width == 1:
        if base != 0:
            raise ArgumentError('reference: expected the first class; with output="softmax" any class may be it')
        others = [1]
        keep = np.arange(p)
    else:
        others = [k for k in range(width) if k != base]
        keep = np.concatenate([np.arange(k * p, (k + 1) * p) for k in others])
        coef = coef[others] - coef[base]
    features = getattr(model, "feature_names_in_", [f"x{j}" for j in range(model.n_features_in_)])
    names = (*features, "intercept") if intercept else tuple(features)
    inverse = _inverse(information.matrix[np.ix_(keep, keep)], names)
    if covariance == "robust":
        assert information.scores is not None
        inverse = inverse @ information.scores[np.ix_(keep, keep)] @ inverse
    error = np.sqrt(np.diag(inverse)).reshape(coef.shape)
    z = coef / error
    quantile = float(special.ndtri(0.5 + 0.5 * confidence))
    return RegressionSummary(
        tuple(classes[k] for k in others),
        reference,
        names,
        coef,
        error,
        z,
        2.0 * special.ndtr(-np.abs(z)),
        coef - quantile * error,
        coef + quantile * error,
        inverse,
        covariance,
        confidence,
        information.n_rows,
        information.log_likelihood,
        information.null_log_likelihood,
    )


# Squared lengths that are left of a column after the others are taken out, below which it is one of their combinations.
_NOTHING_LEFT = 1e-10


def _inverse(matrix: Array, names: Sequence[str]) -> Array:
    size = np.sqrt(np.diag(matrix))
    size[size == 0.0] = 1.0
    try:
        factor = linalg.cho_factor(matrix / np.outer(size, size), lower=True)
    except linalg.LinAlgError:
        factor = None
    if factor is None or np.diag(factor[0]).min() < 1e-7:
        raise ArgumentError(
            "summary: expected features that vary and are not combinations of each other, got some that are not so"
            f"{_dependent(matrix[: len(names), : len(names)], names)}: their coefficients are not determined"
        )
    return np.asarray(linalg.cho_solve(factor, np.eye(len(matrix))) / np.outer(size, size))


def _dependent(matrix: Array, names: Sequence[str]) -> str:
    """Name the columns that depend on each other, from the weighted products of the columns of one class."""
    size = np.sqrt(np.diag(matrix))
    constant = [name for name, length in zip(names, size, strict=True) if length == 0.0]
    if constant:
        return f" ({listed(constant)} {'does' if len(constant) == 1 else 'do'} not vary)"
    _, R, order = linalg.qr(matrix / np.outer(size, size), pivoting=True)
    rank = int(np.sum(np.abs(np.diag(R)) > _NOTHING_LEFT))
    shares = linalg.solve_triangular(R[:rank, :rank], R[:rank, rank:])
    groups = []
    for column, share in enumerate(shares.T):
        places = np.sort([order[rank + column], *order[:rank][np.abs(share) > 1e-4]])
        groups.append(listed([names[place] for place in places], most=12))
    if not groups:
        return ""
    return f" ({'; and '.join(groups[:3])} depend on each other; of the columns of a factor, drop one level)"
