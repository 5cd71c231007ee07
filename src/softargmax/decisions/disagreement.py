"""Several models, or several draws of one, of the same rows: what they say together, and how far they disagree."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._logits import Logits, exactly_one, rows_given
from softargmax._options import as_integer
from softargmax._renamed import provisional
from softargmax.exceptions import ShapeError
from softargmax.probabilities import entropy, log_softmax, softmax

# Below this the series of (1 + d) log(1 + d) - d has more digits than the formula; its terms end there at 1e-17.
_SMALL, _TERMS = 0.1, 18


@provisional
class EnsembleUncertainty(NamedTuple):
    """What members say of every row together, and how unsure they are, in nats; see `ensemble_uncertainty`."""

    logits: Array
    total: Array
    aleatoric: Array
    epistemic: Array


@provisional
def ensemble_uncertainty(
    *, member_axis: int, logits: npt.ArrayLike | None = None, probabilities: npt.ArrayLike | None = None
) -> EnsembleUncertainty:
    r"""Pool the members of an ensemble, and tell what all are unsure of from what they disagree about.

    .. math:: \underbrace{H\Bigl(\tfrac1M \sum_m p_m\Bigr)}_\text{total}
              = \underbrace{\tfrac1M \sum_m H(p_m)}_\text{aleatoric}
              + \underbrace{\tfrac1M \sum_m \mathrm{KL}\Bigl(p_m \Big\Vert \tfrac1M \sum_l p_l\Bigr)}_\text{epistemic}

    Parameters
    ----------
    member_axis : int
        Along which axis the members lie: 0 for a stack of M arrays of rows, 1 for M draws of each row.
    logits, probabilities : array-like, shape (n_members, n_rows, n_classes) or (n_rows, n_members, n_classes)
        What the members say: exactly one of them; classes last.

    Returns
    -------
    EnsembleUncertainty
        Arrays of float64. ``logits``, shape (n_rows, n_classes): the logarithms of the mean probabilities, which a
        calibration is fitted to. Of every row, in nats: ``total``, the entropy of the mean probabilities; its two
        parts ``aleatoric``, the mean entropy of the members, which more rows to learn from would leave as it is;
        and ``epistemic``, the mutual information of class and member, which is 0 where all members agree.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    out_of_distribution_score : of a single model.

    Notes
    -----
    The mutual information is summed from terms that are 0 or more, not as a difference of entropies: it is never
    negative, exactly 0 where members agree exactly, and keeps its digits where they nearly do. Calibrate the pooled
    logits, not each member: a mean of calibrated members is too timid (Rahaman, Thiery, *NeurIPS* 2021). Source:
    Depeweg et al., *ICML* (2018); Lakshminarayanan, Pritzel, Blundell, *NeurIPS* (2017).

    Examples
    --------
    >>> from softargmax.decisions import ensemble_uncertainty
    >>> agree, argue = [0.5, 0.5], [1.0, 0.0]
    >>> found = ensemble_uncertainty(member_axis=0, probabilities=[[agree, argue], [agree, [0.0, 1.0]]])
    >>> found.total.round(4), found.epistemic.round(4)
    (array([0.6931, 0.6931]), array([0.    , 0.6931]))

    Both rows are as unsure, the second only because its members contradict each other.
    """
    scores, probability, own = _members(member_axis, logits, probabilities)
    first = probability[0]
    # What members differ by, from the first one: exact where they are near each other.
    differences = probability - first
    shift = differences.mean(axis=0)
    mean = first + shift
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(mean > 0.0, (differences - shift) / mean, 0.0)
    epistemic = np.sum(mean * _excess(relative).mean(axis=0), axis=-1)
    aleatoric = own[0] + (own - own[0]).mean(axis=0)
    return EnsembleUncertainty(_pooled(scores), aleatoric + epistemic, aleatoric, epistemic)


def _members(
    member_axis: int, logits: npt.ArrayLike | None, probabilities: npt.ArrayLike | None
) -> tuple[Array, Array, Array]:
    """Give log-probabilities, probabilities and entropies, members outermost."""
    name = "probabilities" if logits is None else "logits"
    given = as_floating(exactly_one(logits=logits, probabilities=probabilities)[0], name)
    if given.ndim != 3:
        raise ShapeError(
            f"{name}: expected three axes, of members, rows and classes in any order but classes last, got the shape "
            f"{given.shape}; of a single row, write x[:, np.newaxis] for its members",
            parameter=name,
        )
    axis = as_integer(member_axis, "member_axis", low=-3, high=1)
    if axis == -1:
        raise ShapeError(
            "member_axis: expected another axis than the last, which holds the classes", parameter="member_axis"
        )
    stacked = np.moveaxis(given, axis, 0)
    flat = stacked.reshape(-1, stacked.shape[-1])
    if stacked.shape[-1] < 2 or len(flat) == 0:
        raise ShapeError(
            f"{name}: expected a member, a row and two classes or more, got the shape {given.shape}", parameter=name
        )
    rows = rows_given(logits=None if logits is None else flat, probabilities=None if probabilities is None else flat)
    values = np.concatenate([block for _, block in rows.blocks()])
    if isinstance(rows, Logits):
        scores, p, own = log_softmax(values), softmax(values), entropy(logits=values)
    else:
        p = values
        with np.errstate(divide="ignore"):
            scores, own = np.log(p), entropy(probabilities=p)
    return tuple(np.asarray(part).reshape(*stacked.shape[:2], *np.shape(part)[1:]) for part in (scores, p, own))  # type: ignore[return-value]


def _pooled(scores: Array) -> Array:
    """Give the logarithm of the mean probability; that of equal numbers is that number."""
    top = scores.max(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = top + np.log1p(np.expm1(scores - top).mean(axis=0))
    return np.asarray(np.where(np.isneginf(top), -np.inf, pooled))


def _excess(d: Array) -> Array:
    """Give (1 + d) log(1 + d) - d, which is 0 or more, for d from -1 on."""
    small = np.abs(d) < _SMALL
    near = np.where(small, d, 0.0)
    series = np.zeros_like(d)
    for k in range(_TERMS, 1, -1):
        series = 1.0 / (k * (k - 1)) - near * series
    far = np.where(small | (d <= -1.0), 0.0, d)
    direct = np.where(d <= -1.0, 1.0, (1.0 + far) * np.log1p(far) - far)
    return np.asarray(np.where(small, near * near * series, direct))
