r"""The temperature that suits rows a network was not trained on, and how good the network is at it.

An epoch is judged by its loss after the best temperature (Berta, Holzmüller, Jordan, Bach, arXiv 2501.19195, 2025):
how sure a network should be is one number, learned apart from everything else. Where all rows are classified right the
best temperature would be zero, so a share :math:`1 / (n + 2)` of every target is spread over the classes (Platt, in
*Advances in Large Margin Classifiers*, 1999).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from softargmax._arrays import Array
from softargmax.models.outputs import OutputLayer

# Temperatures are sought between exp(-3) and exp(3), far beyond those of networks, and to a thousandth: the loss is
# flat at its minimum, so that changes it by a millionth.
_WIDEST = 3.0
_ACCURACY = 1e-3


@dataclass(frozen=True)
class Tempered:
    """A temperature, the mean loss at it, and the one with smoothed targets that it minimises."""

    temperature: float
    loss: float
    score: float


def fit_temperature(output: OutputLayer, raw: Array, targets: Array, weight: Array) -> Tempered:
    """Find the best temperature for outputs, shape (n_rows, n_outputs) or with a leading axis of members."""
    total = float(weight.sum(dtype=np.float64)) / weight.shape[1]
    smoothing = 1.0 / (len(targets) + 2.0)

    def loss(log_temperature: float, smoothing: float) -> float:
        cooled = raw / raw.dtype.type(np.exp(log_temperature))
        joint = output.average(cooled) if raw.ndim == 3 else cooled
        return float(output.loss_and_gradient(joint, targets, weight, smoothing)[0] / total)

    with np.errstate(over="ignore", invalid="ignore"):
        found = minimize_scalar(
            loss, args=(smoothing,), bounds=(-_WIDEST, _WIDEST), method="bounded", options={"xatol": _ACCURACY}
        )
        return Tempered(float(np.exp(found.x)), loss(found.x, 0.0), float(found.fun))
