"""SoftmaxRegressionCV: SoftmaxRegression whose strength of the penalty is chosen by cross-validation."""

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import check_cv

from softargmax._arrays import Array
from softargmax._engine import LocalEngine, gather
from softargmax._progress import ProgressCallback
from softargmax.exceptions import ArgumentError
from softargmax.models.batches import as_factory
from softargmax.models.checked_rows import RowCheck
from softargmax.models.class_weights import ClassWeight
from softargmax.models.outputs import choose_output
from softargmax.models.regression import SoftmaxRegression
from softargmax.models.regularization_path import as_strengths


class SoftmaxRegressionCV(SoftmaxRegression):
    r"""`SoftmaxRegression` with the C that has the lowest log loss on rows held out.

    .. math:: C^* = \arg\min_C \frac{1}{n} \sum_i \ell(x_i W_C^{(-i)} + b_C^{(-i)}, y_i)

    where :math:`(-i)` means fitted without the fold of row i.

    Parameters
    ----------
    Cs : int or sequence of float, default 10
        Values of C, or how many, from 1e-4 to 1e4.
    cv : int, cross-validation generator or iterable, default 5
        The folds, as scikit-learn's tools take them; a number means stratified folds.
    l1_ratio, fit_intercept, output, class_weight, solver, tol, max_iter, random_state, verbose
        As for `SoftmaxRegression`.

    Attributes
    ----------
    C_ : float
        The chosen C; all other attributes are those of a fit to all rows with it.
    Cs_ : ndarray
        The values of C, ascending.
    losses_ : ndarray, shape (n_folds, n_Cs)
        Mean log loss on the rows held out, in nats; NaN for a fold whose rows weigh nothing.

    See Also
    --------
    SoftmaxRegression : one C; also for rows in batches.

    Notes
    -----
    Unlike scikit-learn's ``LogisticRegressionCV`` it scores by log loss, which judges probabilities, and runs the
    folds on threads. Each fold goes along `SoftmaxRegression.path`.
    Source: Stone, *J. R. Stat. Soc. B* 36 (1974).

    Examples
    --------
    >>> import softargmax as sm
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = sm.SoftmaxRegressionCV(Cs=[0.01, 1.0, 100.0]).fit(X, y)
    >>> model.C_
    100.0
    """

    kind = "softmax-regression-cv"

    def __init__(
        self,
        *,
        Cs: int | Sequence[float] = 10,
        cv: Any = 5,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        output: str = "auto",
        class_weight: ClassWeight = None,
        solver: str = "auto",
        tol: float = 1e-6,
        max_iter: int = 1000,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            l1_ratio=l1_ratio,
            fit_intercept=fit_intercept,
            output=output,
            class_weight=class_weight,
            solver=solver,
            tol=tol,
            max_iter=max_iter,
            random_state=random_state,
            verbose=verbose,
        )
        self.Cs = Cs
        self.cv = cv

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Choose C, then fit all rows with it.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n_rows, n_features)
            Finite features.
        y : array-like, shape (n_rows,) or (n_rows, n_columns)
            Labels.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative; weighs the rows held out as well.
        progress : callable, optional
            Called with a `Progress` after every iteration of the last fit.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, ValueError
            For parameters or data that do not fit.
        """
        strengths = as_strengths(self.Cs)
        if isinstance(X, str | os.PathLike) or as_factory(X, y) is not None:
            raise ArgumentError("X: expected arrays, got batches; choose C on rows that fit into memory")
        self._check_parameters()
        losses, weights, optimality = self._held_out_losses(X, y, sample_weight, strengths)
        self._say_of_path(optimality)
        best = float(strengths[np.argmin(weights @ np.nan_to_num(losses))])
        fitted = self._fitted(X, y, sample_weight, best, progress)
        self._say(fitted.fit)
        self._keep(fitted)
        self.C_, self.Cs_, self.losses_ = best, strengths, losses
        return self

    def _held_out_losses(self, X: Any, y: Any, sample_weight: Any, strengths: Array) -> tuple[Array, Array, Array]:
        """Give the losses by fold and C, the folds' weights, and how near to its optimum every fit came."""
        X, y, weight = RowCheck(self, "csr").rows(X, y, sample_weight)
        layer = choose_output(y, self.output)
        targets = layer.encode(y)
        weights = np.repeat(weight[:, np.newaxis], targets.shape[1], axis=1)
        folds = list(check_cv(self.cv, y, classifier=True).split(X, y))

        def run(fold: tuple[Array, Array]) -> tuple[list[float], Array]:
            kept, held = fold
            model = SoftmaxRegression(
                l1_ratio=self.l1_ratio,
                fit_intercept=self.fit_intercept,
                output=self.output,
                class_weight=self.class_weight,
                solver=self.solver,
                tol=self.tol,
                max_iter=self.max_iter,
            )
            for column, labels in zip(targets[kept].T, layer.columns, strict=True):
                if len(np.unique(column)) < len(labels):
                    raise ArgumentError("cv: expected every class in every fold's rows to fit to; take fewer folds")
            path = model._path(X[kept], y[kept], strengths, weight[kept])
            losses = []
            for coef, intercept in zip(path.coefs, path.intercepts, strict=True):
                raw = np.asarray(X[held] @ coef.T.astype(np.float64)) + intercept
                loss = layer.loss_and_gradient(raw, targets[held], weights[held])[0]
                losses.append(loss / total if (total := float(weight[held].sum())) > 0.0 else np.nan)
            return losses, path.optimality

        results = gather(run, folds, LocalEngine())
        return (
            np.array([losses for losses, _ in results]),
            np.array([weight[held].sum() for _, held in folds]),
            np.array([optimality for _, optimality in results]),
        )
