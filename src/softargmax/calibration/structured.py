"""Structured matrix scaling and Dirichlet calibration: affine maps whose penalty the rows choose."""

from collections.abc import Sequence
from typing import Literal

from softargmax._options import as_choice, as_integer
from softargmax.calibration._affine_calibration import CS, ChosenPenalty
from softargmax.calibration._penalised import Shape

# The penalty on scales and biases, relative to that on the matrix: they are few, so rows determine them sooner. Chosen
# by hand: from .01 to 10 the loss of two trained networks on other rows changes by .3 % at most (docs/trust.md has the
# sets).
_LIGHTER = 0.1
# The penalty on the diagonal of a Dirichlet map, which the publication leaves free: enough to keep it finite.
_DIAGONAL = 1e-4


class StructuredMatrixScaling(ChosenPenalty):
    r"""Scale, bias and mix logits, each only as far as rows left out of the fit support it.

    .. math::
        z' = (I + \operatorname{diag}(v) + M)^T \log \mathrm{softmax}(z / T) + b, \qquad
        \min_{v, b, M} \sum_i s_i\, \mathrm{CE}(z'_i, y_i)
        + \frac{\lVert M \rVert^2 + 0.1 \lVert v \rVert^2 + 0.1 \lVert b \rVert^2}{2C}

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    scale_, bias_ : ndarray, shape (n_classes,)
        v and b.
    basis_, weights_ : ndarray, shapes (n_classes, rank) and (rank, n_classes)
        M is their product; an empty basis stands for the identity.
    C_ : float
        The C that was chosen; 0 where one temperature was fitted instead.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats.

    Parameters
    ----------
    structure : {"matrix", "vector"}, default "matrix"
        With or without M (the published names are SMS and SVS).
    Cs : sequence of float, optional
        What C is chosen from, by cross-validation; one value is taken as it is. By default 1e-4 to 10.
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.
    rank : int, default 64
        Above 128 classes M has this rank: it reads only the directions of the logits along which the loss falls most
        steeply once v and b are fitted.

    See Also
    --------
    AdditiveCalibration : such maps under several penalties, with and without a curve, pooled by rows left out.
    MatrixScaling : the same without a penalty to speak of.

    Notes
    -----
    The published method has fixed penalties that grow with the number of classes; here the rows choose. Fits go from
    the strongest penalty to weaker ones, each starting at the last, until rows left out clearly lose. Rows are dealt
    by the rank of their loss, so that neither their order nor that of the classes matters. C belongs to the sum of
    losses, so it does not depend on the number of rows; with very many, some of them choose it, and where a part of
    the rows holds 65,000 logits, as 650 rows of 100 classes do, only two parts are left out.

    Source: Berta, Holzmüller, Jordan, Bach, arXiv 2511.03685 (2025).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(2000, 3))
    >>> y = sm.argmax(logits @ [[1, 0, 0], [0.5, 1, 0], [0, 0, 1]] + rng.gumbel(size=(2000, 3)))
    >>> structured = sm.StructuredMatrixScaling().fit(logits[:1000], y[:1000]).transform(logits[1000:])
    >>> tempered = sm.TemperatureScaling().fit(logits[:1000], y[:1000]).transform(logits[1000:])
    >>> bool(sm.cross_entropy(structured, y[1000:]) < sm.cross_entropy(tempered, y[1000:]))
    True
    """

    kind = "structured"

    def __init__(
        self,
        *,
        structure: Literal["matrix", "vector"] = "matrix",
        Cs: Sequence[float] = CS,
        cv: int = 5,
        rank: int = 64,
    ) -> None:
        super().__init__(Cs=Cs, cv=cv)
        self.structure = structure
        self.rank = rank

    def _shape(self) -> Shape:
        as_choice(self.structure, "structure", ("matrix", "vector"))
        return Shape(self.structure == "matrix", _LIGHTER, _LIGHTER, as_integer(self.rank, "rank", low=1))


class DirichletCalibration(ChosenPenalty):
    r"""Mix log-probabilities by a matrix whose off-diagonal part and bias are held back (ODIR).

    .. math::
        z' = W^T \log \mathrm{softmax}(z / T) + b, \qquad
        \min_{W, b} \sum_i s_i\, \mathrm{CE}(z'_i, y_i)
        + \frac{1}{2C} \Bigl( \sum_{j \ne k} W_{jk}^2 + \lVert b \rVert^2 \Bigr)

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    scale_, bias_ : ndarray, shape (n_classes,)
        The diagonal of W less 1, and b.
    weights_ : ndarray, shape (n_classes, n_classes)
        W beside the diagonal.
    C_ : float
        The C that was chosen; 0 where one temperature was fitted instead.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats.

    Parameters
    ----------
    Cs : sequence of float, optional
        What C is chosen from, by cross-validation.
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.

    See Also
    --------
    StructuredMatrixScaling : with a penalty on the diagonal too, and for many classes.

    Notes
    -----
    Where a class's probabilities are Dirichlet-distributed this map is exact. It is published without a temperature,
    which here makes the scale of the logits indifferent, and with one strength of penalty for the matrix and another
    for b; here they are one. The diagonal carries a penalty 10^4 times weaker, that keeps it finite.

    Source: Kull, Perello Nieto, Kängsepp, Silva Filho, Song, Flach, *NeurIPS* (2019).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(2000, 3))
    >>> y = sm.argmax(logits * [1.0, 1.0, 3.0] + rng.gumbel(size=(2000, 3)))
    >>> int(sm.DirichletCalibration().fit(logits, y).scale_.argmax())
    2
    """

    kind = "dirichlet"

    def __init__(self, *, Cs: Sequence[float] = CS, cv: int = 5) -> None:
        super().__init__(Cs=Cs, cv=cv)

    def _shape(self) -> Shape:
        return Shape(matrix=True, on_scale=_DIAGONAL)
