"""Temperatures that fall while a network learns: a soft mixture first, nearly one choice in the end."""

import math

from softargmax._options import as_integer, as_real
from softargmax._renamed import provisional


@provisional
def exponential_temperature(step: int, /, *, steps: int, start: float = 1.0, end: float = 0.1) -> float:
    r"""Give the temperature of a step, each the same factor below the one before.

    .. math:: T_i = T_0 (T_n / T_0)^{i / n}

    Parameters
    ----------
    step : int
        Which, from 0 on; beyond `steps` it stays at `end`.
    steps : int
        How many until `end`.
    start, end : float
        The first temperature and the last, above 0.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        For a negative step, or a temperature that is not above 0.

    See Also
    --------
    cosine_temperature : slow at both ends.

    Notes
    -----
    Source: Jang, Gu, Poole, *ICLR* 2017, section 4.1, whose exp(-r t) this is with r = log(start / end) / steps.

    Examples
    --------
    >>> from softargmax.networks import exponential_temperature
    >>> [round(exponential_temperature(step, steps=2, end=0.25), 3) for step in (0, 1, 2, 3)]
    [1.0, 0.5, 0.25, 0.25]
    """
    share, first, last = _checked(step, steps, start, end)
    return first * math.pow(last / first, share)


@provisional
def cosine_temperature(step: int, /, *, steps: int, start: float = 1.0, end: float = 0.1) -> float:
    r"""Give the temperature of a step on half a wave of the cosine: slow at both ends.

    .. math:: T_i = T_n + (T_0 - T_n) (1 + \cos(\pi i / n)) / 2

    Parameters
    ----------
    step, steps, start, end
        As for `exponential_temperature`.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        For a negative step, or a temperature that is not above 0.

    See Also
    --------
    exponential_temperature : the same factor in each step.

    Notes
    -----
    Source: Loshchilov, Hutter, *ICLR* 2017, equation 5, there for the rate of learning.

    Examples
    --------
    >>> from softargmax.networks import cosine_temperature
    >>> [round(cosine_temperature(step, steps=2, end=0.25), 3) for step in (0, 1, 2, 3)]
    [1.0, 0.625, 0.25, 0.25]
    """
    share, first, last = _checked(step, steps, start, end)
    return last + (first - last) * (1.0 + math.cos(math.pi * share)) / 2.0


def _checked(step: int, steps: int, start: float, end: float) -> tuple[float, float, float]:
    """Give how far along a step is, from 0 to 1, and the two temperatures."""
    length = as_integer(steps, "steps", low=1)
    first, last = (
        float(as_real(value, name, low=0.0, high=math.inf, open_low=True, open_high=True))
        for value, name in ((start, "start"), (end, "end"))
    )
    return min(as_integer(step, "step", low=0) / length, 1.0), first, last
