"""Vector and matrix scaling: every logit scaled and moved, or mixed with all others, under a penalty that is given."""

from softargmax.calibration._affine_calibration import FixedPenalty
from softargmax.calibration._penalised import Shape


class VectorScaling(FixedPenalty):
    r"""Scale every class's logit and add a bias to it.

    .. math:: z'_k = (1 + v_k)\, \log \mathrm{softmax}(z / T)_k + b_k

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    scale_, bias_ : ndarray, shape (n_classes,)
        v and b.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats.

    Parameters
    ----------
    C : float, default 100
        Inverse strength of the penalty :math:`(\lVert v \rVert^2 + \lVert b \rVert^2) / 2C` on the sum of losses:
        large enough to leave almost everything to the rows, and to keep what they do not determine finite.

    See Also
    --------
    StructuredMatrixScaling : with ``structure="vector"`` the same map, its penalty chosen on rows left out.

    Notes
    -----
    On log-probabilities rather than raw logits, so that a shift of a row changes nothing; probabilities below
    exp(-30) count as that. With fewer than some ten rows per class prefer the structured one. If the rows can be told
    apart by these parameters, a `CalibrationWarning` says so and one temperature is fitted instead.

    Source: Guo, Pleiss, Sun, Weinberger, *ICML* (2017).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(2000, 3))
    >>> y = sm.argmax(logits + [0.0, 0.0, 1.0] + rng.gumbel(size=(2000, 3)))
    >>> scaling = sm.VectorScaling().fit(logits, y)      # class 2 is more frequent than its logit says
    >>> bool(abs(scaling.predict_proba(logits).mean(axis=0)[2] - (y == 2).mean()) < 1e-3)
    True
    """

    kind = "vector"

    def _shape(self) -> Shape:
        return Shape(matrix=False)


class MatrixScaling(FixedPenalty):
    r"""Mix every class's logit with all others by a matrix, and add a bias.

    .. math:: z' = (I + \operatorname{diag}(v) + M)^T \log \mathrm{softmax}(z / T) + b

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    scale_, bias_ : ndarray, shape (n_classes,)
        v and b.
    weights_ : ndarray, shape (n_classes, n_classes)
        M: what class j adds to the logit of class k stands in row j, column k.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats.

    Parameters
    ----------
    C : float, default 100
        Inverse strength of the penalty on the sum of losses.

    See Also
    --------
    StructuredMatrixScaling : what to use instead, unless rows are many and classes few.

    Notes
    -----
    n_classes squared numbers, all but free: it overfits easily, and with hundreds of classes badly. As `VectorScaling`
    otherwise.

    Source: Guo, Pleiss, Sun, Weinberger, *ICML* (2017).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(2000, 3))
    >>> y = sm.argmax(logits @ [[1, 0, 0], [0.5, 1, 0], [0, 0, 1]] + rng.gumbel(size=(2000, 3)))
    >>> scaling = sm.MatrixScaling().fit(logits, y)
    >>> bool(sm.cross_entropy(scaling.transform(logits), y) < sm.cross_entropy(logits, y))
    True
    """

    kind = "matrix"

    def _shape(self) -> Shape:
        return Shape(matrix=True)
