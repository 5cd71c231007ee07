"""Decision trees as a node of ONNX lead every row to the leaf that they lead it to."""

import numpy as np
import pytest

from softargmax.models.trees import Trees

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx.forests import outputs_of_trees  # noqa: E402
from softargmax.onnx.graph import Graph  # noqa: E402

N_FEATURES = 4


def random_tree(rng, output, depth, thresholds):
    """Grow a tree whose nodes split at some of the thresholds; of depth 0 it is a leaf."""
    tree = {name: [] for name in ("feature", "threshold", "missing_left", "left", "right", "value")}

    def grow(depth):
        node = len(tree["feature"])
        drawn = rng.integers(N_FEATURES), rng.choice(thresholds), rng.integers(2), node, node, rng.normal()
        for part, number in zip(tree.values(), drawn, strict=True):
            part.append(number)
        if depth and (node == 0 or rng.random() < 0.9):
            tree["left"][node], tree["right"][node] = grow(depth - 1), grow(depth - 1)
        return node

    grow(depth)
    return {"output": output, **{name: np.array(part) for name, part in tree.items()}}


def run(trees, X):
    graph = Graph("a test")
    x = graph.input("x", "float64", ["rows", N_FEATURES])
    graph.output("y", outputs_of_trees(trees, x), ["rows", trees.n_outputs])
    session = runtime.InferenceSession(graph.model("0").SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": X})[0]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_rows_on_and_next_to_thresholds_reach_their_leaves(rng, n_outputs):
    numbers = rng.normal(size=12)
    thresholds = np.array([*numbers, 0.0, np.inf, -np.inf, 1e-310, np.float64(np.float32(0.1))])
    grown = [random_tree(rng, number % n_outputs, number % 6, thresholds) for number in range(60)]
    trees = Trees.joined(N_FEATURES, rng.normal(size=n_outputs), grown)
    near = np.concatenate(
        [numbers, np.nextafter(numbers, np.inf), np.nextafter(numbers, -np.inf), [0.0, -0.0, 0.1, 1e308]]
    )
    X = rng.choice(near, size=(2000, N_FEATURES))
    np.testing.assert_allclose(run(trees, X), trees.logits(X), rtol=0, atol=1e-13)


def test_a_row_with_nan_is_not_led_anywhere(rng):
    trees = Trees.joined(N_FEATURES, np.zeros(1), [random_tree(rng, 0, 3, np.array([0.0]))])
    assert np.isnan(run(trees, np.array([[0.0, np.nan, 0.0, 0.0], [0.0] * 4]))).ravel().tolist() == [True, False]


def test_trees_that_are_leaves_are_a_baseline(rng):
    trees = Trees.joined(
        N_FEATURES, np.array([1.0, 2.0]), [random_tree(rng, place % 2, 0, [0.0]) for place in range(3)]
    )
    X = rng.normal(size=(5, N_FEATURES))
    np.testing.assert_allclose(run(trees, X), trees.logits(X), rtol=1e-15)


def test_no_trees_are_a_baseline(rng):
    trees = Trees.joined(N_FEATURES, np.array([1.0, 2.0]), [])
    X = rng.normal(size=(5, N_FEATURES))
    np.testing.assert_array_equal(run(trees, X), trees.logits(X))
