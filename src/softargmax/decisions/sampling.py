"""Drawing classes by chance: what everyone does who runs a language model.

A draw is certified, not recomputed. The kernel (``cpp/sampling.cpp``) adds the weights of a row up in float32, together
with a bound of the error of those sums. Where the uniform number lies further than the bound from the sums on either
side of it, the class is certain, and that is nearly always so. Only where the bound leaves the class open is the row
weighed once more, in double. So a draw is right to the rounding of float64 at the price of one in float32.

Every filter (`top_k`, `top_p`, `min_p`) keeps the first classes of one order: by logit, and by code where logits are
equal. Together they therefore keep the first classes of that order too, and all that has to be found is one border.
"""

from typing import Any, overload

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import as_numbers
from softargmax._options import as_flag, as_integer, as_real
from softargmax.decisions._class_axis import ListOfRows, OneRow, class_axis_last
from softargmax.exceptions import ArgumentError


@overload
def sample(
    logits: OneRow,
    /,
    *,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    temperature_last: bool = False,
    size: None = None,
    axis: int = -1,
) -> np.int64: ...
@overload
def sample(
    logits: ListOfRows,
    /,
    *,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    temperature_last: bool = False,
    size: None = None,
    axis: int = -1,
) -> npt.NDArray[np.int64]: ...
@overload
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    temperature_last: bool = False,
    size: int,
    axis: int = -1,
) -> npt.NDArray[np.int64]: ...
@overload
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    temperature_last: bool = False,
    size: int | None = None,
    axis: int = -1,
) -> np.int64 | npt.NDArray[np.int64]: ...
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    temperature_last: bool = False,
    size: int | None = None,
    axis: int = -1,
) -> np.int64 | npt.NDArray[np.int64]:
    r"""Draw a class of every row from its softmax, from what the filters leave of it.

    .. math:: P(c = j) = \frac{\exp(x_j / T) [j \in K]}{\sum_{k \in K} \exp(x_k / T)}

    K is what is kept. Each filter looks at what the one before it kept, in this order:

    1. `temperature` divides the logits;
    2. `top_k` keeps the k most probable classes;
    3. `top_p` keeps the most probable classes, as few as have together at least the share p of the probability
       that is left (the nucleus);
    4. `min_p` keeps the classes with at least p times the probability of the most probable one.

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, never probabilities. -inf is never drawn.
    rng : numpy.random.Generator, int or None
        Where chance comes from, or the seed of a new generator; None takes a fresh one.
    temperature : float, default 1.0
        T >= 0. 0 gives `argmax`.
    top_k : int, optional
        At least 1; as many as there are classes, or more, keep all.
    top_p, min_p : float, optional
        Between 0 and 1. The most probable class is always kept.
    temperature_last : bool, default False
        Let `top_p` and `min_p` judge the probabilities at temperature 1.
    size : int, optional
        How many draws per row, with replacement; one if None.
    axis : int, default -1
        The class axis, which has length `size` in the result, or is gone.

    Returns
    -------
    int64 scalar or ndarray
        The codes drawn: the shape of `logits` without the class axis, or with `size` in its place.

    Raises
    ------
    ArgumentError
        For a row that has no `softmax` (see its notes), and for options out of range; AxisError, DTypeError for what
        does not fit.

    See Also
    --------
    argmax : the most probable class, without chance.
    top_k : the most probable classes.
    softmax : the probabilities.

    Notes
    -----
    The order is that of Hugging Face transformers and of vLLM. llama.cpp applies the temperature after the filters:
    ``temperature_last=True``. Of equal logits at the border of a filter those with the lower codes are kept, as
    by `top_k`; only `min_p` keeps all of them or none (transformers keeps all of `top_k`'s).

    A row's draw depends on its logits and on its own uniform number u alone: the numbers are
    ``rng.random(shape of the result)``, the last axis being the draws if there is a `size`, and the code is the first
    one kept up to which the probabilities sum to more than u. So the codes are the same for any number of threads
    and any instruction set. Weights are added up in double, or in float32 with a bound of the error and once more in
    double where that bound leaves the code open: the distribution is right to the rounding of float64.

    Source: Fan, Lewis, Dauphin, ACL 2018 (top-k); Holtzman et al., ICLR 2020 (top-p); Nguyen et al., ICLR 2025
    (min-p).

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.sample([1.0, 3.0, 2.0], rng=0, size=8)
    array([1, 1, 0, 0, 2, 2, 1, 1])
    >>> int(sm.sample([1.0, 3.0, 2.0], temperature=0.7, top_k=1))
    1
    """
    rows, class_axis = class_axis_last(as_numbers(logits, "logits"), axis, "logits")
    draws = 1 if size is None else as_integer(size, "size", low=0)
    heat = as_real(temperature, "temperature", low=0.0, open_high=True)
    keep = 0 if top_k is None else as_integer(top_k, "top_k", low=1)
    nucleus = 1.0 if top_p is None else as_real(top_p, "top_p", low=0.0, high=1.0)
    least = 0.0 if min_p is None else as_real(min_p, "min_p", low=0.0, high=1.0)
    judged_at_1 = as_flag(temperature_last, "temperature_last")
    if heat == 0.0:
        keep, heat = 1, 1.0
    uniform = _generator(rng).random((*rows.shape[:-1], draws))
    codes: npt.NDArray[np.int64] = np.empty(uniform.shape, np.int64)
    _kernels.sample(
        rows,
        uniform,
        codes,
        temperature=heat,
        filter_temperature=1.0 if judged_at_1 else heat,
        top_k=min(keep, rows.shape[-1]),
        top_p=nucleus,
        min_p=least,
    )
    if codes.size and codes.min() < 0:
        place = np.unravel_index(int(codes.argmin()), codes.shape)[:-1]
        at = f" in row {', '.join(map(str, place))}" if place else ""
        raise ArgumentError(
            f"logits: expected rows of finite logits or -inf, at least one finite, got others{at}", parameter="logits"
        )
    if size is None:
        first: npt.NDArray[np.int64] = codes[..., 0]
        return first[()]  # of one row a number
    return np.moveaxis(codes, -1, class_axis)


def _generator(rng: Any) -> np.random.Generator:
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None:
        if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
            raise ArgumentError(
                f"rng: expected a numpy.random.Generator, an integer >= 0 or None, got {rng!r}", parameter="rng"
            )
        rng = int(rng)
    return np.random.default_rng(rng)
