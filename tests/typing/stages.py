"""What type checkers say about the stages after logits: labels, calibration, decisions, measuring."""

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import softargmax as sm
from softargmax import metrics
from softargmax.decisions import TopK

Array = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]

rng = np.random.default_rng(0)
y: Integers = np.arange(90) % 3
logits: npt.NDArray[np.float64] = rng.normal(size=(90, 3)) + 2.0 * np.eye(3)[y]

# Labels.
labels = sm.ClassLabels.of(["cat", "dog", "bird"])
assert_type(labels, sm.ClassLabels)
assert_type(labels.codes(["dog"]), Array)
assert_type(labels.argmax(logits), Array)
assert_type(len(labels), int)

# Calibration.
scaling = sm.TemperatureScaling().fit(logits, y)
assert_type(scaling, sm.TemperatureScaling)
assert_type(scaling.transform(logits), Array)
assert_type(scaling.predict_proba(logits), Array)

# Decisions.
assert_type(sm.argmax(logits), np.int64 | Integers)
assert_type(sm.top_k(logits, 2), TopK)
assert_type(sm.sample(logits, rng=0), np.int64 | Integers)

# Measuring.
assessment = sm.assess(y, logits=logits)
assert_type(assessment, metrics.Assessment)
assert_type(metrics.log_loss(y, logits=logits), metrics.Estimate)
assert_type(metrics.log_loss(y, logits=logits).value, float)
assert_type(sm.compare(y, logits=(logits, scaling.transform(logits))), metrics.Comparison)

# The machine.
assert_type(sm.get_num_threads(), int)
assert_type(sm.cpu_features().used, str)
