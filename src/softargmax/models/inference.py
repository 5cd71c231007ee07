r"""What statistics says about an unpenalised fit: standard errors, tests, measures of fit.

With the observed information I, the second derivative of the negative log-likelihood at its minimum, the coefficients'
covariance is :math:`I^{-1}`. Softmax coefficients are determined only up to a common shift, so they are reported as
differences to a reference class.

Source: Agresti, *Categorical Data Analysis* (2013), 5.5, 8.1; for R2 McFadden, in *Frontiers in Econometrics* (1974).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg, special

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax._options import as_real
from softargmax._renamed import gone_attributes
from softargmax.exceptions import ArgumentError
from softargmax.models.problem import LinearProblem
from softargmax.models.solving import LinearFit

# Coefficients up to which a fit without penalty keeps their information: a matrix of 32 MB.
_MOST = 2000


@dataclass(frozen=True)
class Information:
    """The information of all coefficients, in the features' own units, and the likelihoods."""

    C: float
    n_columns: int
    matrix: Array | None  # classes outermost, the intercept last; None if there is none, or it would be too large
    n_coefficients: int
    log_likelihood: float
    null_log_likelihood: float
    n_rows: float


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
    confidence: float
    n_rows: float
    log_likelihood: float
    null_log_likelihood: float

    @property
    def n_parameters(self) -> int:
        """How many coefficients are free."""
        return int(self.coef.size)

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
        percent = f"{100 * self.confidence:g} %"
        width = max(9, *(len(name) for name in self.names)) + 2
        lines = [
            f"rows {self.n_rows:g}, coefficients {self.n_parameters}",
            f"log-likelihood {self.log_likelihood:.6f}, without features {self.null_log_likelihood:.6f}, "
            f"deviance {self.deviance:.6f}",
            f"McFadden R2 {self.mcfadden_r2:.6f}, AIC {self.aic:.4f}, BIC {self.bic:.4f}",
        ]
        for k, label in enumerate(self.classes):
            lines += [
                "",
                f"{label} against {self.reference}",
                f"{'':{width}}{'coef':>12}{'std err':>12}{'z':>9}{'p':>9}   {percent} interval",
            ]
            for j, name in enumerate(self.names):
                lines.append(
                    f"{name:{width}}{self.coef[k, j]:12.6f}{self.standard_error[k, j]:12.6f}{self.z[k, j]:9.3f}"
                    f"{self.p_value[k, j]:9.4f}   {self.low[k, j]:.6f} ... {self.high[k, j]:.6f}"
                )
        return "\n".join(lines)


def information_of(problem: LinearProblem, fit: LinearFit, engine: Engine, C: float) -> Information:
    """Take down the information at the optimum of an unpenalised fit with one target column."""
    column, n_columns = problem.columns[0], len(problem.columns)
    if n_columns != 1 or not np.isinf(C):
        return Information(C, n_columns, None, fit.V.size, np.nan, np.nan, column.total_weight)
    objective = problem.objective(0, np.inf, 0.0, engine)
    total = column.total_weight
    size = int(np.prod(objective.shape))
    matrix = None
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
        blocks = total * objective.hessian(fit.V).reshape(objective.shape[1], p, objective.shape[1], p)
        matrix = np.einsum("ia,kilj,jb->kalb", back, blocks, back, optimize=True).reshape(size, size)
    shares = objective.class_totals
    null = total * float(special.xlogy(shares, shares).sum())
    return Information(C, n_columns, matrix, size, -total * fit.loss, null, total)


def summarize(model: Any, information: Information, confidence: float, reference: Any) -> RegressionSummary:
    """Set the record up; see `SoftmaxRegression.summary`."""
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
        matrix = information.matrix
    else:
        others = [k for k in range(width) if k != base]
        keep = np.concatenate([np.arange(k * p, (k + 1) * p) for k in others])
        matrix = information.matrix[np.ix_(keep, keep)]
        coef = coef[others] - coef[base]
    error = np.sqrt(np.diag(_inverse(matrix))).reshape(coef.shape)
    z = coef / error
    quantile = float(special.ndtri(0.5 + 0.5 * confidence))
    names = list(getattr(model, "feature_names_in_", [f"x{j}" for j in range(model.n_features_in_)]))
    return RegressionSummary(
        tuple(classes[k] for k in others),
        reference,
        (*names, "intercept") if intercept else tuple(names),
        coef,
        error,
        z,
        2.0 * special.ndtr(-np.abs(z)),
        coef - quantile * error,
        coef + quantile * error,
        confidence,
        information.n_rows,
        information.log_likelihood,
        information.null_log_likelihood,
    )


def _inverse(matrix: Array) -> Array:
    size = np.sqrt(np.diag(matrix))
    size[size == 0.0] = 1.0
    try:
        factor = linalg.cho_factor(matrix / np.outer(size, size), lower=True)
    except linalg.LinAlgError:
        factor = None
    if factor is None or np.diag(factor[0]).min() < 1e-7:
        raise ArgumentError(
            "summary: expected features that vary and are not combinations of each other, got some that are not so: "
            "their coefficients are not determined"
        )
    return np.asarray(linalg.cho_solve(factor, np.eye(len(matrix))) / np.outer(size, size))
