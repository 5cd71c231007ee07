"""A fitted calibration as a layer: what was learned is saved with the network, and never trained."""

from typing import Any

import keras
import numpy as np
from keras import ops

from softargmax._renamed import provisional
from softargmax._state import State
from softargmax.calibration._affine import AFFINE, FLOOR
from softargmax.exceptions import ArgumentError, NotFittedError, UnsupportedError
from softargmax.keras.activations import room_of_backend
from softargmax.kinds import from_state


@provisional
@keras.saving.register_keras_serializable("softargmax")
class Calibrated(keras.layers.Layer):
    r"""Calibrate the logits of a network: what a fitted calibration's `transform` does, as a layer.

    .. math:: z' = z / T \quad\text{or}\quad z' = \log p + W \log p + b, \qquad p = \mathrm{softmax}(z / T)

    Parameters
    ----------
    calibration : Calibration
        Fitted to logits with a column for each class: temperature, vector, matrix, structured matrix or Dirichlet
        scaling, or an `AutoCalibration` that chose one of them.
    **options
        ``name`` and ``dtype`` of every layer of Keras.

    Raises
    ------
    UnsupportedError
        For a calibration of another kind; NotFittedError before `fit`.

    See Also
    --------
    softargmax.torch.module : the same for PyTorch.

    Notes
    -----
    Computed in float64 on PyTorch's backend, in float32 on JAX'.
    Source of temperature scaling: Guo et al., *ICML* 2017.
    """

    def __init__(self, calibration: Any, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        if isinstance(calibration, dict):  # of a saved network
            calibration = from_state(State.from_json(calibration))
        if not hasattr(calibration, "n_logits_"):
            raise NotFittedError(f"{type(calibration).__name__}: expected a fitted calibration; call fit first")
        chosen = calibration.chosen_
        if calibration.kind == "from-probabilities" or chosen.kind not in ("temperature", *AFFINE):
            raise UnsupportedError(
                f"{type(chosen).__name__}: this calibration has no form as a layer of Keras; those that have are "
                f"temperature, {', '.join(AFFINE)}. softargmax.onnx.export takes the others",
                parameter="calibration",
            )
        if chosen.n_logits_ == 1:
            raise ArgumentError("calibration: expected one of a column for each class, got one of one sigmoid per row")
        self.calibration = chosen

    def call(self, logits: Any) -> Any:
        """Calibrate logits."""
        wide = "float64" if keras.backend.backend() == "torch" else "float32"
        z = ops.cast(logits, wide)
        top = ops.max(z, axis=-1, keepdims=True)
        gaps = z - ops.where(ops.isfinite(top), top, 0.0)
        return ops.cast(ops.where(ops.isfinite(top), self._mapped(gaps, wide), np.nan), logits.dtype)

    def _mapped(self, gaps: Any, wide: str) -> Any:
        fitted = self.calibration

        def learned(name: str) -> Any:
            return ops.convert_to_tensor(np.asarray(getattr(fitted, name), wide), dtype=wide)

        if fitted.kind == "temperature":
            return gaps / float(fitted.temperature_)
        moved = gaps if fitted.shift_ is None else gaps - learned("shift_")
        log_p = room_of_backend().log_softmax(moved / float(fitted.temperature_), axis=-1)
        f = ops.cast(ops.maximum(log_p, FLOOR), wide)
        result = log_p + f * learned("scale_") + learned("bias_")
        if len(fitted.weights_):
            features = f @ learned("basis_") if fitted.basis_.size else f
            result = result + features @ learned("weights_")
        return result

    def get_config(self) -> dict[str, Any]:
        """Give what a saved network needs to make this again: the numbers of the calibration, no code."""
        config = {name: value for name, value in super().get_config().items() if name != "trainable"}
        return {**config, "calibration": self.calibration.to_state().to_json()}
