"""What type checkers say about decisions.

Functions of single rows: a flat list is one row, a list of lists are rows, an array may be either. Those of a data set
give an array, unless an axis asks for a single row.
"""

from typing import assert_type

import numpy as np
import numpy.typing as npt

import softargmax as sm
from softargmax import decisions

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]

row, rows = [1.0, 3.0, 2.0], [[1.0, 3.0, 2.0], [0.0, 0.5, 2.0]]
array: npt.NDArray[np.float32] = np.array(rows, np.float32)
costs = 1.0 - np.eye(3)

assert_type(sm.argmax(row), np.int64)
assert_type(sm.argmax(rows), Integers)
assert_type(sm.argmax(array), np.int64 | Integers)
assert_type(sm.top_k(rows, 2).codes, Integers)
assert_type(sm.top_k(rows, 2).probabilities, Floats)

assert_type(sm.sample(row, rng=0), np.int64)
assert_type(sm.sample(row, rng=0, size=3), Integers)
assert_type(sm.sample(rows, rng=0), Integers)
assert_type(sm.sample(array, rng=0, size=3), Integers)

assert_type(sm.out_of_distribution_score(row), Floats)
assert_type(sm.out_of_distribution_score(rows, score="max_logit"), Floats)
assert_type(sm.out_of_distribution_score(array, axis=0), np.floating | Floats)
assert_type(sm.false_alarm_threshold(row, risk=0.5), float)

assert_type(sm.expected_cost(costs, logits=array), Floats)
assert_type(sm.bayes_decision(1.0 - np.eye(2), logits=row), Integers)
assert_type(sm.bayes_decision(costs, logits=rows), Integers)
assert_type(sm.bayes_decision(costs, probabilities=[0.5, 0.25, 0.25], axis=-1), np.int64 | Integers)

many = np.tile(array, (50, 1))
y = np.tile([1, 2], 50)
conformal = sm.ConformalClassifier("lac", confidence=0.9).fit(many, y)
assert_type(conformal, sm.ConformalClassifier)
assert_type(conformal.update(many, y), sm.ConformalClassifier)
assert_type(conformal.predict_set(array), npt.NDArray[np.bool_])
assert_type(conformal.p_values(array), npt.NDArray[np.float64])
assert_type(conformal.predict(array), Integers)
assert_type(conformal.evaluate(many, y), decisions.SetQuality)
assert_type(conformal.evaluate(many, y).coverage.low, float)

selective = sm.SelectiveClassifier(risk=0.2).fit(many, y)
assert_type(selective, sm.SelectiveClassifier)
assert_type(selective.predict(array), Integers)
assert_type(selective.accepts(array), npt.NDArray[np.bool_])
assert_type(selective.evaluate(many, y), decisions.SelectiveQuality)
