"""What rows left out say of several calibrations: how each did, beside the first of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.calibration._folds import Units, better_by


@dataclass(frozen=True)
class Contender:
    """How one calibration did: its mean loss on rows left out, by how much that is below the first one's and the
    standard error of that difference, in nats; and its weight in what was made of them, 1 for one that was chosen.
    """

    name: str
    loss: float
    gain: float
    standard_error: float
    weight: float = 0.0


def compared(names: Sequence[str], losses: Sequence[Array], units: Units) -> tuple[Contender, ...]:
    """Tell how calibrations did by their losses of every row; none has a weight yet."""
    weight = units.rows.weight
    return tuple(
        Contender(name, float(np.average(each, weights=weight)), *better_by(each, losses[0], weight, units.grain))
        for name, each in zip(names, losses, strict=True)
    )


def with_weights(contenders: Sequence[Contender], weights: npt.ArrayLike) -> tuple[Contender, ...]:
    """Give the same with these weights."""
    return tuple(
        replace(each, weight=float(weight)) for each, weight in zip(contenders, np.asarray(weights), strict=True)
    )


def with_one_chosen(contenders: Sequence[Contender], place: int) -> tuple[Contender, ...]:
    """Give the same with all weight at one place."""
    return with_weights(contenders, np.arange(len(contenders)) == place)
