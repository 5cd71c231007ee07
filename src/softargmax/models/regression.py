"""SoftmaxRegression: multinomial logistic regression, the linear classifier."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._engine import at_work, opened
from softargmax._options import as_flag, as_integer, as_real
from softargmax._progress import ProgressCallback
from softargmax._renamed import renamed
from softargmax._words import counted
from softargmax.models._estimator import LogitClassifier
from softargmax.models._kept import left_behind
from softargmax.models.class_weights import ClassWeight
from softargmax.models.fit_progress import as_report
from softargmax.models.inference import RegressionSummary, summarize
from softargmax.models.linear_fitting import FittedRegression, solved
from softargmax.models.network import Network
from softargmax.models.posing import pose
from softargmax.models.probability_intervals import ProbabilityIntervals, plain_rows, probability_intervals
from softargmax.models.problem import LinearProblem
from softargmax.models.read_only import ReadOnly, keep
from softargmax.models.regularization_path import RegularizationPath, walk
from softargmax.models.solving import LinearFit


class SoftmaxRegression(LogitClassifier):
    r"""Multinomial logistic regression: one linear function per class, read by a softmax.

    Minimises, with logits :math:`x W + b`, row weights s and the share :math:`\rho` = `l1_ratio`,

    .. math:: C \sum_i s_i\, \ell(x_i W + b, y_i)
              + \tfrac{1 - \rho}{2} \lVert W \rVert^2 + \rho \lVert W \rVert_1

    which is convex: there is one best value, and `optimality_` and `duality_gap_` say how close the fit came.

    Parameters
    ----------
    C : float, default 1.0
        Inverse strength of the penalty, as in scikit-learn; ``inf`` for none. The intercept is free.
    l1_ratio : float, default 0.0
        Share of the L1 penalty, which makes coefficients zero: 0 is L2, 1 is L1, between them elastic net.
    fit_intercept : bool, default True
        Whether to learn b.
    output : {"auto", "sigmoid", "softmax"}, default "auto"
        The last layer. "auto" follows the target: two classes, one logit and a sigmoid; more, a softmax;
        several yes/no columns, a sigmoid each; several class columns, a softmax each.
    class_weight : dict, "balanced", list of dict or None, default None
        Factors of the classes' losses; for several target columns "balanced" or one dict per column.
    solver : {"auto", "lbfgs", "newton-cholesky", "newton-cd"}, default "auto"
        How to get there; the optimum is the same. "lbfgs" steps in the metric of the features' second moments,
        "newton-cholesky" in that of the Hessian, "newton-cd" by coordinate descent, which an L1 penalty needs.
        "auto" chooses, and says why in `solver_`.
    tol : float, default 1e-6
        The fit ends when the gradient is `tol` times as long as at W = 0, measured in the curvature of the
        objective: what is left to win is then about `tol` squared of what the first step promised. It means the
        same for any number of rows, any C, any dtype and any unit of a feature.
    max_iter : int, default 1000
        Iterations at most.
    warm_start : bool, default False
        Start from the coefficients of the last fit.
    random_state : ignored
        The fit is deterministic; accepted because scikit-learn's tools set it.
    verbose : bool, default False
        Report progress on standard error.

    Attributes
    ----------
    classes_ : ndarray, or list of ndarray for several class columns
        The class labels.
    coef_ : ndarray, shape (n_outputs, n_features)
        W transposed, in the units and the dtype of the features; one row per logit. Read-only: predictions come from
        coefficients of standardised features, which have digits that these lose.
    intercept_ : ndarray, shape (n_outputs,)
        b.
    optimality_ : float
        Length of the gradient relative to that at W = 0, see `tol`; the largest of several target columns.
    duality_gap_ : float
        How far the mean loss with penalty is above the best possible one at most, in nats per unit of weight; ``inf``
        where nothing is penalised.
    loss_ : float
        The mean loss of the rows fitted to, in nats, without penalty; summed over target columns.
    n_iter_ : int
        Iterations run.
    solver_ : str
        The solver, and why it was chosen.
    n_features_in_ : int
        Features per row.

    See Also
    --------
    SoftmaxRegressionCV : chooses C by cross-validation.
    SoftmaxMLP : hidden layers, for what is not linear.

    Notes
    -----
    The same objective as scikit-learn's ``LogisticRegression``, so converged coefficients agree; features need no
    scaling because the solver scales them itself, and penalises their coefficients as if it had not. Rows may be
    dense or sparse, float32 or float64, in memory or in batches; results do not depend on the number of threads.
    The intercepts of a softmax sum to zero.
    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.3.4; the solvers name theirs.

    Examples
    --------
    >>> import softargmax as sm
    >>> model = sm.SoftmaxRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> model.predict([[0.5], [2.5]])
    array(['low', 'high'], dtype='<U4')
    """

    kind = "softmax-regression"
    coef_ = ReadOnly()
    intercept_ = ReadOnly()
    _takes_sparse = True

    def __init__(
        self,
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        output: str = "auto",
        class_weight: ClassWeight = None,
        solver: str = "auto",
        tol: float = 1e-6,
        max_iter: int = 1000,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.output = output
        self.class_weight = class_weight
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Find the best coefficients for rows of features and their labels.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n_rows, n_features); or a function; or a path
            Finite features. A function without arguments gives an iterable of batches (X, y) or (X, y, sample_weight),
            the same ones each time it is called: it is called once per pass, and no more than a few batches are
            in memory. A path names a Parquet file of numbers, or a folder of such files; row groups are read side by
            side, and again for every pass where they are more than a quarter of the machine's memory.
        y : array-like, shape (n_rows,) or (n_rows, n_columns); or the name of a column
            Labels; for a path the name of the target column; None for a function.
        sample_weight : array-like, shape (n_rows,); or the name of a column, optional
            Non-negative; a row of weight 2 counts as two rows. For a path the name of a column.
        progress : callable, optional
            Called with a `Progress` after every iteration.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, ValueError
            For parameters or data that do not fit; TableError for files.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` ends the fit first; it says how far the optimum is.
        SeparationWarning
            If without a penalty the best coefficients are infinite.
        """
        self._check_parameters()
        fitted = self._fitted(X, y, sample_weight, float(self.C), progress)
        self._say(fitted.fit)
        self._keep(fitted)
        return self

    def _fitted(
        self, X: Any, y: Any, sample_weight: npt.ArrayLike | None, C: float, progress: ProgressCallback | None
    ) -> "FittedRegression":
        with opened() as engine, at_work(engine):
            posed = pose(self, X, y, sample_weight)
            with posed.problem.remembering():
                start = self._warm_coefficients(posed.problem) if self.warm_start else None
                return solved(self, posed, engine, C, start, as_report(progress, verbose=self.verbose))

    def _warm_coefficients(self, problem: LinearProblem) -> Array | None:
        """Give the last coefficients as those of standardised features, if they fit the problem."""
        scaling = problem.scaling
        width = sum(column.head.width for column in problem.columns)
        if not hasattr(self, "coef_") or self.coef_.shape != (width, scaling.n_features):
            return None
        coefficients = self.coef_.T.astype(np.float64)
        V = np.zeros((scaling.n_rows_of_coefficients, width))
        inverse = np.where(scaling.inverse > 0.0, scaling.inverse, np.inf)
        V[: scaling.n_features] = coefficients / inverse[:, np.newaxis]
        if scaling.intercept:
            V[-1] = self.intercept_ + scaling.mean @ coefficients
        return V

    def _keep(self, fitted: "FittedRegression") -> None:
        """Show what was learned: the only place that writes on a fitted model."""
        problem, fit = fitted.posed.problem, fitted.fit
        scaling = problem.scaling
        n_features, width = scaling.n_features, fit.V.shape[1]
        bias = fit.V[-1] if scaling.intercept else np.zeros(width)
        flat = np.concatenate([fit.V[:n_features].ravel(), bias])
        self.network_ = Network(scaling.mean, scaling.scale, (n_features, width), flat)
        coefficients, intercepts = scaling.plain(fit.V)
        # Predictions come from the standardised form, which keeps digits these lose.
        keep(
            self,
            classes_=fitted.posed.layer.classes,
            coef_=np.ascontiguousarray(coefficients.T, dtype=problem.dtype),
            intercept_=intercepts.astype(problem.dtype),
        )
        fitted.posed.columns.keep_in(self)
        self.output_layer_ = fitted.posed.layer
        self._information = fitted.information
        self.n_iter_ = fit.n_iter
        self.optimality_ = fit.optimality
        self.duality_gap_ = fit.duality_gap
        self.loss_ = fit.loss
        self.solver_ = fit.solver

    def _say(self, fit: LinearFit) -> None:
        if fit.separable:
            self._warn(
                "without a penalty the best coefficients are infinite: a linear function separates classes without "
                f"error. The loss is {fit.loss:.1e} and would sink for ever; take a finite C",
                separation=True,
            )
        elif not fit.optimality <= self.tol:
            advice = (
                f"raise max_iter (now {self.max_iter}) or strengthen the penalty with a smaller C"
                if fit.n_iter >= self.max_iter
                else "the objective does not decrease any further in float64 arithmetic: accept it, or raise tol"
            )
            gap = "" if not fit.duality_gap < fit.loss else f" and the objective at most {fit.duality_gap:.1e} too high"
            self._warn(
                f"SoftmaxRegression stopped after {counted(fit.n_iter, 'iterations')} with a relative gradient of "
                f"{fit.optimality:.1e}, above tol={self.tol:.1e}{gap}; {advice}"
            )

    def path(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        Cs: int | Sequence[float] = 10,
        sample_weight: npt.ArrayLike | None = None,
    ) -> RegularizationPath:
        """Fit for many C, each from the solution of the one before; the model itself stays as it is.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`; one target column.
        Cs : int or sequence of float, default 10
            Values of C, or how many, from 1e-4 to 1e4.

        Returns
        -------
        RegularizationPath
            ``Cs`` ascending, and for each of them coefficients, intercepts, loss, optimality and duality gap.

        Raises
        ------
        ArgumentError, LabelError, ValueError
            As for `fit`.
        """
        path = self._path(X, y, Cs, sample_weight)
        self._say_of_path(path.optimality)
        return path

    def _say_of_path(self, optimality: Array) -> None:
        short = int(np.sum(~(optimality <= self.tol)))
        if short:
            self._warn(
                f"{short} of {optimality.size} fits along the path stopped short, with a relative gradient of up to "
                f"{np.max(optimality):.1e}, above tol={self.tol:.1e}; raise max_iter (now {self.max_iter})"
            )

    def _path(self, X: Any, y: Any, Cs: int | Sequence[float] | Array, sample_weight: Any) -> RegularizationPath:
        self._check_parameters()
        problem = pose(self, X, y, sample_weight).problem
        with opened() as engine:
            return walk(
                problem,
                engine,
                Cs,
                l1_ratio=float(self.l1_ratio),
                solver=self.solver,
                tol=self.tol,
                max_iter=self.max_iter,
            )

    @renamed(level="confidence")
    def summary(
        self, *, confidence: float = 0.95, reference: Any = None, covariance: str = "information"
    ) -> RegressionSummary:
        """Give standard errors, tests and measures of fit, as statisticians want them. Needs ``C=inf``.

        Parameters
        ----------
        confidence : float, default 0.95
            Of the intervals: in so many of a hundred such fits, an interval holds the true coefficient.
        reference : label, optional
            The class to compare the others with; the first one unless given, and with one sigmoid always.
        covariance : {"information", "robust"}, default "information"
            "robust" errors (the sandwich, HC0) are right where the model is only nearly right, if rows are many.

        Returns
        -------
        RegressionSummary
            A frozen record of arrays; ``print`` it.

        Raises
        ------
        ArgumentError
            For a penalised fit, whose coefficients are biased; for one too large; for an unknown reference.
        UnsupportedError
            For a model that was loaded from a file.
        """
        self._check_fitted()
        if not hasattr(self, "_information"):
            raise left_behind("the information matrix that standard errors come from", "fit again to get a summary")
        return summarize(self, self._information, confidence, reference, covariance)

    def predict_interval(
        self, X: Any, *, confidence: float = 0.95, covariance: str = "information"
    ) -> ProbabilityIntervals:
        """Give probabilities with intervals, which are wide where the fit had few rows to go by. Needs ``C=inf``.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame, shape (n_rows, n_features)
            Features.
        confidence : float, default 0.95
            The share of such fits whose interval holds the true probability of a row.
        covariance : {"information", "robust"}, default "information"
            As in `summary`.

        Returns
        -------
        ProbabilityIntervals
            ``probability``, ``low`` and ``high``, shape (n_rows, n_classes), in the order of ``classes_``.

        Raises
        ------
        ArgumentError, UnsupportedError
            Where there is no `summary`, whose covariance the intervals come from.
        """
        summary = self.summary(confidence=confidence, covariance=covariance)
        return probability_intervals(summary, plain_rows(X), np.asarray(self.predict_proba(X), np.float64))

    def _logits(self, X: Any) -> Array:
        if isinstance(X, np.ndarray):
            return self.network_.logits(X)
        (weight,), ((bias,),) = self.network_.weights, self.network_.biases
        coefficients = weight / self.network_.scale[:, np.newaxis]
        return np.asarray(X.astype(np.float64) @ coefficients + (bias - self.network_.mean @ coefficients))

    def _check_parameters(self) -> None:
        as_real(self.C, "C", low=0.0, open_low=True)
        as_real(self.l1_ratio, "l1_ratio", low=0.0, high=1.0)
        as_real(self.tol, "tol", low=0.0, high=1.0, open_low=True, open_high=True)
        as_integer(self.max_iter, "max_iter", low=1)
        as_flag(self.fit_intercept, "fit_intercept")
        as_flag(self.warm_start, "warm_start")
