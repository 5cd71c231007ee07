"""The whole way at once: a table in, a calibrated classifier out; or logits in, a calibration and its worth out.

===============  ==================================================================
`classifier`     `TableClassifier`: reads tables, holds what was learned, predicts, evaluates
`fitting`        features and codes → a calibrated, scored network
`calibrating`    `calibrate`: logits from elsewhere → a calibration, measured before and after
`records`        what is asked of a fit, what is remembered of it
`wording`        what a calibration does, in words
`saving`         a classifier as plain data, and back
===============  ==================================================================

`calibrate` needs what the calibration needs, mostly NumPy alone; predicting needs pyarrow and safetensors too; only
fitting a classifier needs scikit-learn and SciPy.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
