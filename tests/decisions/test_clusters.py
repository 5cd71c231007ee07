"""Classes with similar scores: a class counts by the square root of its rows, as in the paper."""

from fractions import Fraction

import numpy as np
import pytest

from softargmax.decisions._clusters import Clusters, k_means

# Three points on a line. Together the first two cost w0 w1 / (w0 + w1), the last two 1.21 w1 w2 / (w1 + w2).
POINTS = np.array([[0.0], [1.0], [2.1]])


@pytest.mark.parametrize(("weight", "together"), [([1.0, 1.0, 1.0], (0, 1)), ([10.0, 10.0, 1.0], (1, 2))])
def test_heavy_points_are_not_moved_for_light_ones(weight, together):
    of_point = k_means(POINTS, np.array(weight), 2, np.random.default_rng(0))
    assert len(set(of_point)) == 2
    assert of_point[together[0]] == of_point[together[1]]


def test_classes_of_many_rows_decide_what_is_alike():
    codes = np.repeat([0, 1, 2], [40_000, 40_000, 400])
    scores = POINTS[codes, 0].astype(np.complex128)
    of_class = Clusters.of(scores, codes, 3, Fraction(1, 2), 2, 0).of_class
    assert of_class[1] == of_class[2] != of_class[0]
