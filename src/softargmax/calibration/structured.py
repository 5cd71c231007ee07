"""Affine calibrations: every logit scaled and moved, and mixed with the others where the rows support it."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._lanes import open_lanes
from softargmax._options import as_integer, as_real
from softargmax.calibration._affine import AffineMap
from softargmax.calibration._folds import deal, losses_of
from softargmax.calibration._penalised import Problem, Shape, choose
from softargmax.calibration._rows import Rows, missing_classes
from softargmax.calibration._temperature import Tempering, find_temperature
from softargmax.calibration.calibration import Calibration
from softargmax.exceptions import ArgumentError

# Penalties are compared on at most so many numbers; more rows decide nothing else.
COMPARED = 2**23
# Fewer rows than this cannot choose a penalty: the strongest is taken.
_FEWEST = 20
# A bound on what is left to gain that is worth no word, in nats.
_FINISHED = 1e-6
# The penalty on scales and biases, relative to that on the matrix.
_LIGHTER = 0.1
CS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 10.0)


class AffineCalibration(Calibration):
    """What affine calibrations share: tempering, fitting, and standing back where the rows do not suffice."""

    learned: ClassVar[dict[str, str]] = {
        "temperature_": "",
        "scale_": "K",
        "bias_": "K",
        "basis_": "n,n",
        "weights_": "n,K",
        "C_": "",
        "optimality_": "",
    }
    # Parts the rows are dealt to, where there are penalties to choose from.
    cv: int = 5
    temperature_: float
    scale_: Array
    bias_: Array
    basis_: Array
    weights_: Array
    C_: float

    def shape(self) -> Shape:
        """Give which parameters there are."""
        raise NotImplementedError

    def penalties(self) -> tuple[float, ...]:
        """Give the C there are to choose from."""
        raise NotImplementedError

    def learn(self, rows: Rows) -> Sequence[str]:
        """Fit, with the penalty that does best on rows left out; stand back where rows do not determine the map."""
        tempering = find_temperature(rows)
        temperature = tempering.to_start_from
        if temperature is None:
            self._stand_back(tempering, rows.n_classes)
            return tempering.messages
        C = self._penalty(rows, temperature)
        problem = Problem.of(rows, temperature, self.shape())
        with open_lanes(_kernels.get_num_threads()) as lanes:
            theta, gap = problem.fit(C, lanes=lanes)
        likeliest = float(np.average(np.exp(-problem.loss(C).losses(theta)), weights=rows.weight))
        if likeliest > (rows.total + 1.0) / (rows.total + 2.0):  # Laplace's rule for rows that are all right
            self._stand_back(tempering, rows.n_classes)
            return [
                f"these {rows.total:g} rows can be told apart by so many parameters that the probabilities would be "
                "nearly 0 and 1; one temperature was fitted instead"
            ]
        fitted = problem.map(theta, temperature)
        if not tempering.determined and fitted.own_slopes.min() <= 0.0:  # the ranking itself is wrong
            self._stand_back(tempering, rows.n_classes)
            return tempering.messages
        self._keep(fitted, C, gap)
        return [*missing_classes(rows), *([] if gap <= _FINISHED else [_unfinished(gap)])]

    def _stand_back(self, tempering: Tempering, n_classes: int) -> None:
        zeros = np.zeros(n_classes)
        identity = AffineMap(tempering.temperature, zeros, zeros, None, np.zeros((0, n_classes)))
        self._keep(identity, 0.0, tempering.optimality)

    def _penalty(self, rows: Rows, temperature: float) -> float:
        Cs = self.penalties()
        if len(Cs) == 1 or len(rows) < _FEWEST:
            return min(Cs)
        some = rows.sample(max(COMPARED // rows.n_classes, 1))
        problem = Problem.of(some, temperature, self.shape())
        return choose(problem, deal(losses_of(problem.offset, some.codes), self.cv), Cs)[0] or min(Cs)

    def cross_validated(self, rows: Rows, folds: Array) -> tuple[Array, Calibration]:
        """Choose the penalty; the losses are those of the rows left out."""
        Cs = self.penalties()
        temperature = find_temperature(rows).to_start_from
        if len(Cs) == 1 or temperature is None:
            return super().cross_validated(rows, folds)
        problem = Problem.of(rows, temperature, self.shape())
        C, losses = choose(problem, folds, Cs)
        return losses, self.clone().set_params(Cs=(C or min(Cs),))

    def _keep(self, fitted: AffineMap, C: float, gap: float) -> None:
        self.temperature_, self.scale_, self.bias_ = fitted.temperature, fitted.scale, fitted.bias
        self.basis_ = np.zeros((0, 0)) if fitted.basis is None else fitted.basis
        self.weights_, self.C_, self.optimality_ = fitted.weights, C, gap

    def calibrated(self, z: Array) -> Array:
        """Apply the map."""
        basis = self.basis_ if self.basis_.size else None
        return AffineMap(self.temperature_, self.scale_, self.bias_, basis, self.weights_)(z)

    def check_learned(self) -> None:
        """Refuse what no fit can have left behind."""
        k, (rank, _) = len(self.scale_), self.weights_.shape
        expected = (k, rank) if rank not in (0, k) else (0, 0)
        super().check_learned()
        if self.basis_.shape not in (expected, (k, rank)):
            raise ValueError("the parts of an affine calibration do not fit together")


def _unfinished(gap: float) -> str:
    return f"the fit stopped before its minimum: the mean penalised loss is at most {gap:.2g} nats above it"


class VectorScaling(AffineCalibration):
    r"""Scale every class's logit and add a bias to it.

    .. math:: z'_k = (1 + v_k)\, \log \mathrm{softmax}(z / T)_k + b_k

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
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

    method = "vector"

    def __init__(self, *, C: float = 100.0) -> None:
        self.C = C

    def shape(self) -> Shape:
        """Scales and biases."""
        return Shape(matrix=False)

    def penalties(self) -> tuple[float, ...]:
        """The one that was given."""
        return (as_real(self.C, "C", low=0.0, open_low=True),)


class MatrixScaling(VectorScaling):
    r"""Mix every class's logit with all others by a matrix, and add a bias.

    .. math:: z' = (I + \operatorname{diag}(v) + M)^T \log \mathrm{softmax}(z / T) + b

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
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

    method = "matrix"

    def shape(self) -> Shape:
        """Scales, biases and a full matrix."""
        return Shape(matrix=True)


class StructuredMatrixScaling(AffineCalibration):
    r"""Scale, bias and mix logits, each only as far as rows left out of the fit support it.

    .. math::
        z' = (I + \operatorname{diag}(v) + M)^T \log \mathrm{softmax}(z / T) + b, \qquad
        \min_{v, b, M} \sum_i s_i\, \mathrm{CE}(z'_i, y_i)
        + \frac{\lVert M \rVert^2 + 0.1 \lVert v \rVert^2 + 0.1 \lVert b \rVert^2}{2C}

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
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
        Parts the rows are dealt to.
    rank : int, default 64
        Above 128 classes M has this rank: it reads only the directions of the logits along which the loss falls most
        steeply once v and b are fitted.

    See Also
    --------
    AutoCalibration : takes this one only where it is better than one temperature.
    MatrixScaling : the same without a penalty to speak of.

    Notes
    -----
    The published method has fixed penalties that grow with the number of classes; here the rows choose. Fits go from
    the strongest penalty to weaker ones, each starting at the last, until rows left out do not gain. Rows are dealt
    in the order of their loss, so that neither their order nor that of the classes matters. C belongs to the sum of
    losses, so it does not depend on the number of rows; with very many, some of them choose it.

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

    method = "structured"

    def __init__(
        self,
        *,
        structure: Literal["matrix", "vector"] = "matrix",
        Cs: Sequence[float] = CS,
        cv: int = 5,
        rank: int = 64,
    ) -> None:
        self.structure = structure
        self.Cs = Cs
        self.cv = cv
        self.rank = rank

    def shape(self) -> Shape:
        """Scales, biases and, if asked for, a matrix."""
        if self.structure not in ("matrix", "vector"):
            raise ArgumentError(f'structure: expected "matrix" or "vector", got {self.structure!r}')
        rank = as_integer(self.rank, "rank", low=1)
        as_integer(self.cv, "cv", low=2)
        return Shape(self.structure == "matrix", _LIGHTER, _LIGHTER, rank)

    def penalties(self) -> tuple[float, ...]:
        """Those to choose from."""
        return checked_penalties(self.Cs)


class DirichletCalibration(StructuredMatrixScaling):
    r"""Mix log-probabilities by a matrix whose off-diagonal part and bias are held back (ODIR).

    .. math::
        z' = W^T \log \mathrm{softmax}(z / T) + b, \qquad
        \min_{W, b} \sum_i s_i\, \mathrm{CE}(z'_i, y_i)
        + \frac{1}{2C} \Bigl( \sum_{j \ne k} W_{jk}^2 + \lVert b \rVert^2 \Bigr)

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
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
        Parts the rows are dealt to.

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

    method = "dirichlet"

    def __init__(self, *, Cs: Sequence[float] = CS, cv: int = 5) -> None:
        self.Cs = Cs
        self.cv = cv

    def shape(self) -> Shape:
        """All of W, and b."""
        as_integer(self.cv, "cv", low=2)
        return Shape(matrix=True, on_scale=1e-4)


def checked_penalties(Cs: Sequence[float]) -> tuple[float, ...]:
    """Bring the values of C in that there are to choose from."""
    if np.ndim(Cs) != 1 or len(Cs) == 0:
        raise ArgumentError(f"Cs: expected a sequence of at least one positive number, got {Cs!r}")
    return tuple(as_real(C, "Cs", low=0.0, open_low=True) for C in Cs)
