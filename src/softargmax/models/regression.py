"""SoftmaxRegression: multinomial logistic regression, the linear classifier."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._options import as_flag, as_integer, as_real
from softargmax.models._estimator import ClassWeight, LogitClassifier
from softargmax.models.lbfgs import Problem, Solution, solve
from softargmax.models.network import Network, count_parameters, layer_views
from softargmax.models.outputs import choose_output
from softargmax.models.standardizer import Moments
from softargmax.models.training import PrintProgress, ProgressCallback, Rows, ignore_progress


class SoftmaxRegression(LogitClassifier):
    r"""Multinomial logistic regression: one linear function per class, read by a softmax.

    Minimises, with logits :math:`x W + b` and row weights s,

    .. math:: C \\sum_i s_i\\, \\ell(x_i W + b, y_i) + \\tfrac{1}{2} \\lVert W \\rVert^2

    which is convex: there is one best value, and `optimality_` says how close the fit came.

    Parameters
    ----------
    C : float, default 1.0
        Inverse strength of the L2 penalty, as in scikit-learn; ``inf`` for none. The intercept is free.
    fit_intercept : bool, default True
        Whether to learn b.
    output : {"auto", "sigmoid", "softmax"}, default "auto"
        The last layer. "auto" follows the target: two classes, one logit and a sigmoid; more, a softmax;
        several yes/no columns, a sigmoid each; several class columns, a softmax each.
    class_weight : dict, "balanced", list of dict or None, default None
        Factors of the classes' losses; for several target columns "balanced" or one dict per column.
    tol : float, default 1e-6
        The fit ends when no entry of the gradient exceeds `tol` times the largest one at W = 0, b = 0, the
        features scaled by the solver. It means the same for any number of rows and any unit of a feature; the
        weaker the penalty, the more the coefficients may still move.
    max_iter : int, default 2000
        Iterations at most.
    random_state : ignored
        The fit is deterministic; accepted because scikit-learn's tools set it.
    verbose : bool, default False
        Report progress on standard error.

    Attributes
    ----------
    classes_ : ndarray, or list of ndarray for several class columns
        The class labels.
    coef_ : ndarray, shape (n_outputs, n_features)
        W transposed, in the units of the features; one row per logit.
    intercept_ : ndarray, shape (n_outputs,)
        b.
    optimality_ : float
        The largest entry of the gradient relative to that at the start.
    n_iter_ : int
        Iterations run.
    n_features_in_ : int
        Features per row.

    See Also
    --------
    SoftmaxMLP : hidden layers, for what is not linear.

    Notes
    -----
    The same objective as scikit-learn's ``LogisticRegression``, so coefficients agree as far as `tol` and its own
    tolerance go; features need no scaling because the solver scales them itself. The intercepts of a softmax sum to
    zero.
    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.3.4.

    Examples
    --------
    >>> import softargmax as sm
    >>> model = sm.SoftmaxRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> model.predict([[0.5], [2.5]])
    array(['low', 'high'], dtype='<U4')
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        output: str = "auto",
        class_weight: ClassWeight = None,
        tol: float = 1e-6,
        max_iter: int = 2000,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.output = output
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Find the best coefficients for rows of features and their labels.

        Parameters
        ----------
        X : array-like, shape (n_rows, n_features)
            Finite features.
        y : array-like, shape (n_rows,) or (n_rows, n_columns)
            Labels.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative; a row of weight 2 counts as two rows.
        progress : callable, optional
            Called with a `Progress` after every iteration.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, ValueError
            For parameters or data that do not fit.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` ends the fit first; it says how far the optimum is.
        """
        as_real(self.C, "C", low=0.0, open_low=True)
        as_real(self.tol, "tol", low=0.0, high=1.0, open_low=True, open_high=True)
        as_integer(self.max_iter, "max_iter", low=1)
        as_flag(self.fit_intercept, "fit_intercept")
        with self._unchanged_on_failure():
            return self._fit(X, y, sample_weight, progress)

    def _fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        progress: ProgressCallback | None,
    ) -> Self:
        X, y, weight = self._check_rows(X, y, sample_weight)
        layer = choose_output(y, self.output)
        targets = layer.encode(y)
        moments = Moments.of(X, weight)
        mean = moments.mean if self.fit_intercept else np.zeros_like(moments.mean)
        sizes = (X.shape[1], layer.n_outputs)
        spread = moments.variance if self.fit_intercept else moments.variance + np.square(moments.mean)
        scale = np.sqrt(0.25 * spread + 1.0 / (self.C * weight.sum()))
        scale[scale == 0.0] = 1.0
        network = Network(mean, scale, sizes, np.zeros(count_parameters(sizes)))
        rows = Rows(network.standardize(X.astype(np.float64)), targets, self._target_weight(targets, weight, layer))
        problem = Problem(rows, layer, sizes, scale, float(self.C), self.fit_intercept)
        default = PrintProgress() if self.verbose else ignore_progress
        solution = solve(problem, network, self.tol, self.max_iter, progress or default)

        self.network_ = network
        self.output_layer_ = layer
        self.classes_ = layer.classes
        self.n_iter_ = solution.n_iter
        self.optimality_ = solution.optimality
        self._unstandardize()
        self._check_convergence(solution)
        return self

    def _unstandardize(self) -> None:
        """Give coefficients in the units the features came in."""
        (weight,), (bias,) = layer_views(self.network_.flat, self.network_.layer_sizes)
        coefficients = weight / self.network_.scale[:, np.newaxis]
        self.coef_ = coefficients.T.copy()
        self.intercept_ = bias - self.network_.mean @ coefficients

    def _check_convergence(self, solution: Solution) -> None:
        if not solution.optimality <= self.tol:
            advice = (
                f"raise max_iter (now {self.max_iter}) or strengthen the penalty with a smaller C"
                if solution.n_iter >= self.max_iter
                else "the objective does not decrease any further in float64 arithmetic: accept it, or raise tol"
            )
            self._warn(
                f"SoftmaxRegression stopped after {solution.n_iter} iterations with a relative gradient of "
                f"{solution.optimality:.1e}, above tol={self.tol:.1e}; {advice}"
            )
