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


def test_the_best_of_ten_starts_is_the_optimum_of_weighted_distances(rng):
    for _ in range(5):
        points, weight = rng.normal(size=(8, 2)), rng.uniform(0.1, 10.0, size=8)

        def cost(of_point, points=points, weight=weight):
            means = [np.average(points[of_point == c], axis=0, weights=weight[of_point == c]) for c in of_point]
            return float(weight @ np.square(points - np.array(means)).sum(axis=1))

        ways = [np.array([(way >> i) & 1 for i in range(8)]) for way in range(1, 128)]
        assert cost(k_means(points, weight, 2, np.random.default_rng(0))) <= min(map(cost, ways)) * 1.02


def test_classes_of_many_rows_decide_what_is_alike():
    codes = np.repeat([0, 1, 2], [40_000, 40_000, 400])
    scores = POINTS[codes, 0].astype(np.complex128)
    of_class = Clusters.of(scores, codes, 3, Fraction(1, 2), 2, 0).of_class
    assert of_class[1] == of_class[2] != of_class[0]
