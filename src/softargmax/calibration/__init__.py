"""logits → logits that mean what they say. NumPy only."""

from softargmax.calibration.temperature import TemperatureScaling

__all__ = ["TemperatureScaling"]
