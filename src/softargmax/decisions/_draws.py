"""How rows are drawn from: options of all rows at once or of each row, and the uniform numbers.

Options of all rows go to the kernel as they are, and short rows then share vectors; options of each row as five numbers
beside it. A row's draw is the same either way.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array, as_array
from softargmax._options import as_integer, as_real
from softargmax.decisions._row_options import of_each
from softargmax.exceptions import ArgumentError, ShapeError


@dataclass(frozen=True)
class DrawOptions:
    """Temperature, temperature of the filters, top_k (0 for all), top_p and min_p: numbers, or an array for each row.

    Attributes
    ----------
    of_all : tuple of five numbers, or None
    of_each : ndarray of float64, shape (..., 5), or None
    """

    of_all: tuple[float, float, int, float, float] | None
    of_each: Array | None

    @classmethod
    def given(cls, temperature: Any, top_k: Any, top_p: Any, min_p: Any, judged_at_1: bool, rows: Array) -> Self:
        """Check the options of a call; one array among them makes all of them a row's own.

        Raises
        ------
        ArgumentError
            For numbers out of range, ShapeError for arrays that are not one number per row.
        """
        n_classes = rows.shape[-1]
        asked = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p}
        if all(value is None or np.ndim(value) == 0 for value in asked.values()):
            heat = as_real(temperature, "temperature", low=0.0, open_high=True)
            keep = 0 if top_k is None else max(as_integer(top_k, "top_k", low=-1), 0)
            nucleus = 1.0 if top_p is None else as_real(top_p, "top_p", low=0.0, high=1.0)
            least = 0.0 if min_p is None else as_real(min_p, "min_p", low=0.0, high=1.0)
            if heat == 0.0:
                keep, heat = 1, 1.0
            return cls((heat, 1.0 if judged_at_1 else heat, min(keep, n_classes), nucleus, least), None)
        shape = rows.shape[:-1]
        heat_of = of_each(temperature, "temperature", shape, 1.0, low=0.0)
        keep_of = of_each(top_k, "top_k", shape, 0, low=-1)
        each = np.empty((*shape, 5))
        is_cold = heat_of == 0.0
        each[..., 0] = np.where(is_cold, 1.0, heat_of)
        each[..., 1] = 1.0 if judged_at_1 else each[..., 0]
        each[..., 2] = np.where(is_cold, 1, np.clip(keep_of, 0, n_classes))
        each[..., 3] = of_each(top_p, "top_p", shape, 1.0, low=0.0, high=1.0)
        each[..., 4] = of_each(min_p, "min_p", shape, 0.0, low=0.0, high=1.0)
        return cls(None, each)

    def draw(self, rows: Array, uniform: Array, codes: Array) -> None:
        """Write a code for every uniform number, -1 in rows that have no softmax."""
        heat, filter_heat, keep, nucleus, least = self.of_all or (1.0, 1.0, 0, 1.0, 0.0)
        _kernels.sample(
            rows,
            uniform,
            codes,
            temperature=heat,
            filter_temperature=filter_heat,
            top_k=keep,
            top_p=nucleus,
            min_p=least,
            own=self.of_each,
        )


def uniform_numbers(rng: Any, shape: tuple[int, ...], draws: int) -> Array:
    """Give the numbers in [0, 1) that decide the draws, shape (*shape, draws); seeds in an array are a row's own.

    Raises
    ------
    ArgumentError
        For what is neither a generator nor a seed, ShapeError for seeds that are not one per row.
    """
    if rng is None or isinstance(rng, np.random.Generator) or np.ndim(rng) == 0:
        return _generator(rng).random((*shape, draws))
    seeds = as_array(rng, "rng")
    if seeds.shape != shape:
        raise ShapeError(f"rng: expected a seed for each row, shape {shape}, got shape {seeds.shape}", parameter="rng")
    numbers = np.empty((*shape, draws))
    for place in np.ndindex(shape):
        numbers[place] = _generator(seeds[place]).random(draws)
    return numbers


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
