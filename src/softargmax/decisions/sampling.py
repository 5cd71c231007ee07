"""Drawing classes by chance: what everyone does who runs a language model.

A draw is certified, not recomputed. The kernel (``cpp/sampling.cpp``) adds the weights of a row up in float32, together
with a bound of the error of those sums. Where the uniform number lies further than the bound from the sums on either
side of it, the class is certain, and that is nearly always so. Only where the bound leaves the class open is the row
weighed once more, in double. So a draw is right to the rounding of float64 at the price of one in float32.

Every filter (`top_k`, `top_p`, `min_p`) keeps the first classes of one order: by logit, and by code where logits are
equal. Together they therefore keep the first classes of that order too, and all that has to be found is one border.
"""

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import as_numbers
from softargmax._options import as_flag, as_integer
from softargmax.decisions._class_axis import ListOfRows, OneRow, class_axis_last
from softargmax.decisions._draws import DrawOptions, uniform_numbers
from softargmax.exceptions import ArgumentError


@overload
def sample(
    logits: OneRow,
    /,
    *,
    rng: np.random.Generator | int | Sequence[int] | npt.NDArray[np.integer] | None = None,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
    temperature_last: bool = False,
    size: None = None,
    axis: int = -1,
) -> np.int64: ...
@overload
def sample(
    logits: ListOfRows,
    /,
    *,
    rng: np.random.Generator | int | Sequence[int] | npt.NDArray[np.integer] | None = None,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
    temperature_last: bool = False,
    size: None = None,
    axis: int = -1,
) -> npt.NDArray[np.int64]: ...
@overload
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | Sequence[int] | npt.NDArray[np.integer] | None = None,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
    temperature_last: bool = False,
    size: int,
    axis: int = -1,
) -> npt.NDArray[np.int64]: ...
@overload
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | Sequence[int] | npt.NDArray[np.integer] | None = None,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
    temperature_last: bool = False,
    size: int | None = None,
    axis: int = -1,
) -> np.int64 | npt.NDArray[np.int64]: ...
def sample(
    logits: npt.ArrayLike,
    /,
    *,
    rng: np.random.Generator | int | Sequence[int] | npt.NDArray[np.integer] | None = None,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
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
    rng : numpy.random.Generator, int, array-like of int or None
        Where chance comes from, or the seed of a new generator; None takes a fresh one. An array of seeds, one per row,
        gives every row a generator of its own: what is drawn for it does not depend on who else is in the batch.
    temperature : float, or an array-like of one per row, default 1.0
        T >= 0. 0 gives `argmax`. Arrays, here and below, have the shape of `logits` without the class axis, or one that
        NumPy repeats to that shape.
    top_k : int, or an array-like of one per row, optional
        At least 1; as many as there are classes, or more, keep all. 0 and -1 mean that the filter is off, as elsewhere.
    top_p, min_p : float, or an array-like of one per row, optional
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
    decisions.filter_logits : what filters keep, as logits; two filters more, and the orders of other programs.
    decisions.penalize_logits, decisions.bias_logits : what is done to single tokens before.

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
    options = DrawOptions.given(temperature, top_k, top_p, min_p, as_flag(temperature_last, "temperature_last"), rows)
    uniform = uniform_numbers(rng, rows.shape[:-1], draws)
    codes: npt.NDArray[np.int64] = np.empty(uniform.shape, np.int64)
    options.draw(rows, uniform, codes)
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
