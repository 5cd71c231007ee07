"""A fitted calibration as a module, to stand behind a network and to be exported with it."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from softargmax._renamed import provisional
from softargmax.calibration._affine import AFFINE, FLOOR
from softargmax.exceptions import NotFittedError, UnsupportedError
from softargmax.torch import operators


@provisional
def module(calibration: Any, /) -> torch.nn.Module:
    r"""Turn a fitted calibration into a module that does to tensors of logits what its `transform` does to arrays.

    .. math:: z' = a \log \mathrm{softmax}(z / T) + b \quad\text{and the like}

    Parameters
    ----------
    calibration : Calibration
        Fitted: `TemperatureScaling`, `VectorScaling`, `MatrixScaling`, `StructuredMatrixScaling`,
        `DirichletCalibration`, `EnsembleTemperatureScaling`, or an `AutoCalibration` that chose one of them.

    Returns
    -------
    torch.nn.Module
        Takes logits of the shape that the calibration was fitted to, on any device, and gives calibrated logits of
        their dtype, computed in float64. What was learned are its buffers: `.to(device)` moves them, an optimizer
        leaves them alone.

    Raises
    ------
    UnsupportedError
        For a calibration of another kind; NotFittedError before `fit`.

    See Also
    --------
    softargmax.onnx.export : any calibration as a graph of ONNX.

    Notes
    -----
    Source of temperature scaling: Guo et al., *ICML* 2017.

    Examples
    --------
    >>> import softargmax as sm, torch
    >>> from softargmax.torch import module
    >>> fitted = sm.TemperatureScaling().fit([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]], [0, 1, 1])
    >>> network = torch.nn.Sequential(torch.nn.Linear(5, 2), module(fitted), torch.nn.Softmax(dim=-1))
    >>> network(torch.zeros(1, 5)).shape
    torch.Size([1, 2])
    """
    if not hasattr(calibration, "n_logits_"):
        raise NotFittedError(f"{type(calibration).__name__}: expected a fitted calibration; call fit first")
    chosen = calibration.chosen_
    if calibration.kind == "from-probabilities" or chosen.kind not in ("temperature", "ensemble", *AFFINE):
        raise UnsupportedError(
            f"{type(chosen).__name__}: this calibration has no form as a module of PyTorch; those that have are "
            f"temperature, ensemble, {', '.join(AFFINE)}. softargmax.onnx.export takes the others",
            parameter="calibration",
        )
    return CalibratedLogits(chosen)


class CalibratedLogits(torch.nn.Module):
    """What `module` makes: the learned numbers of a calibration as buffers, and its formula."""

    def __init__(self, calibration: Any) -> None:
        super().__init__()
        self.kind, self.one_column = calibration.kind, calibration.n_logits_ == 1
        names = {"temperature": ("temperature_",), "ensemble": ("temperature_", "mixture_")}.get(
            self.kind, ("temperature_", "shift_", "scale_", "bias_", "weights_", "basis_")
        )
        for name in names:
            value = getattr(calibration, name)
            empty = value is None or np.size(value) == 0
            tensor = None if empty else torch.tensor(np.asarray(value, np.float64))
            self.register_buffer(name.rstrip("_"), tensor)

    def forward(self, logits: Tensor) -> Tensor:
        """Calibrate logits."""
        z = logits.double()
        if self.one_column:
            column = z.reshape(-1)
            z = torch.stack([torch.zeros_like(column), column], -1)
        top = z.amax(-1, keepdim=True)
        result = torch.where(top.isfinite(), self._mapped(z, top), torch.nan)
        if self.one_column:
            result = (result[..., 1] - result[..., 0]).reshape(logits.shape)
        return result.to(logits.dtype)

    def _mapped(self, z: Tensor, top: Tensor) -> Tensor:
        gaps = z - torch.where(top.isfinite(), top, 0.0)
        if self.kind == "temperature":
            return gaps / self.temperature
        if self.kind == "ensemble":
            possible = (z > -torch.inf).to(z.dtype)
            equal = possible / possible.sum(-1, keepdim=True)
            sharpened, plain = operators.softmax(gaps / self.temperature, -1), operators.softmax(z, -1)
            return (sharpened * self.mixture[0] + plain * self.mixture[1] + equal * self.mixture[2]).log()
        log_p = operators.log_softmax((gaps if self.shift is None else gaps - self.shift) / self.temperature, -1)
        f = log_p.clamp(min=FLOOR)
        result = log_p + f * self.scale + self.bias
        if self.weights is not None:
            result = result + (f if self.basis is None else f @ self.basis) @ self.weights
        return result
