"""Decision trees as flat arrays."""

import math

import numpy as np
import pytest

import softargmax as sm
from softargmax._fields import fields_of, state_of
from softargmax._state import State
from softargmax.exceptions import ArgumentError, ArtifactError
from softargmax.models.trees import FIELDS, Trees

N_FEATURES = 4


def random_tree(rng, output, depth):
    """Grow a tree whose nodes split at random."""
    tree = {"output": output, "feature": [], "threshold": [], "missing_left": [], "left": [], "right": [], "value": []}

    def grow(depth):
        node = len(tree["feature"])
        tree["feature"].append(int(rng.integers(N_FEATURES)))
        tree["threshold"].append(float(rng.normal()))
        tree["missing_left"].append(int(rng.integers(2)))
        tree["value"].append(float(rng.normal()))
        tree["left"].append(node)
        tree["right"].append(node)
        if depth and rng.random() < 0.9:
            tree["left"][node] = grow(depth - 1)
            tree["right"][node] = grow(depth - 1)
        return node

    grow(depth)
    return {name: part if name == "output" else np.array(part) for name, part in tree.items()}


@pytest.fixture
def trees(rng):
    grown = [random_tree(rng, output=number % 3, depth=number % 7) for number in range(60)]
    return Trees.joined(N_FEATURES, np.array([0.5, -1.0, 2.0]), grown)


@pytest.fixture
def X(rng):
    X = rng.normal(size=(700, N_FEATURES))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def leaf_of(trees, start, row):
    node = start
    while trees.left[node] != node:
        x = row[trees.feature[node]]
        goes_left = trees.missing_left[node] == 1 if math.isnan(x) else x <= trees.threshold[node]
        node = (trees.left if goes_left else trees.right)[node]
    return node


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_are_the_baseline_and_the_leaves_one_walks_to(trees, X, dtype):
    X = X.astype(dtype)
    found = trees.logits(X[:100])
    for row, logits in zip(X[:100], found, strict=True):
        for output in range(3):
            leaves = [
                trees.value[leaf_of(trees, start, row)]
                for start, its in zip(trees.starts, trees.output, strict=True)
                if its == output
            ]
            assert logits[output] == pytest.approx(math.fsum([trees.baseline[output], *leaves]), rel=1e-12, abs=1e-12)


def test_a_threshold_goes_left_and_so_does_everything_below_an_infinite_one():
    stump = {"output": 0, "feature": [0, 0, 0], "missing_left": [0, 0, 0], "left": [1, 1, 2], "right": [2, 1, 2]}
    stump |= {"value": [9.0, 1.0, 2.0]}
    for threshold, expected in ((0.5, [1.0, 1.0, 2.0, 2.0]), (np.inf, [1.0, 1.0, 1.0, 2.0])):
        one = Trees.joined(1, np.zeros(1), [{**stump, "threshold": [threshold, 0.0, 0.0]}])
        assert one.logits(np.array([[0.0], [0.5], [0.6], [np.nan]])).ravel().tolist() == expected


def test_a_row_has_the_same_bits_alone_in_any_batch_and_on_any_threads(trees, X):
    many = np.tile(X, (7, 1))
    before = sm.get_num_threads()
    try:
        sm.set_num_threads(1)
        alone = trees.logits(many)
        sm.set_num_threads(3)
        assert np.array_equal(trees.logits(many), alone)
    finally:
        sm.set_num_threads(before)
    assert np.array_equal(trees.logits(many[::-2]), alone[::-2])
    for row in (0, 5, 699):
        assert np.array_equal(trees.logits(X[row : row + 1])[0], alone[row])
    assert trees.logits(X[:0]).shape == (0, 3)


def test_no_tree_leaves_the_baseline():
    none = Trees.joined(2, np.array([1.0, 2.0, 3.0]), [])
    assert none.logits(np.zeros((2, 2))).tolist() == [[1.0, 2.0, 3.0]] * 2


def test_trees_come_back_from_their_state(trees, X):
    state = state_of("trees", 1, FIELDS, vars(trees))
    for carried in (state, State.from_json(state.to_json())):
        again = Trees(**fields_of(carried, FIELDS, newest=1))
        assert np.array_equal(again.logits(X), trees.logits(X))


HOSTILE = {
    "a child that is its parent's parent": ("left", lambda a: a.__setitem__(1, 0)),
    "a child in another tree": ("right", lambda a: a.__setitem__(1, len(a) - 1)),
    "half a leaf": ("right", lambda a: a.__setitem__(1, 1)),
    "a child beyond all nodes": ("left", lambda a: a.__setitem__(1, 2**31 - 1)),
    "a child before all nodes": ("left", lambda a: a.__setitem__(1, -1)),
    "a feature that rows do not have": ("feature", lambda a: a.__setitem__(2, N_FEATURES)),
    "a feature before all others": ("feature", lambda a: a.__setitem__(2, -1)),
    "an output beyond the baseline": ("output", lambda a: a.__setitem__(0, 3)),
    "a tree before all nodes": ("starts", lambda a: a.__setitem__(0, 1)),
    "trees out of order": ("starts", lambda a: a.__setitem__(1, a[2])),
    "a tree beyond all nodes": ("starts", lambda a: a.__setitem__(-1, 10**9)),
    "a threshold that is no number": ("threshold", lambda a: a.__setitem__(1, np.nan)),
    "a leaf that is no number": ("value", lambda a: a.__setitem__(-1, np.nan)),
    "an infinite leaf": ("value", lambda a: a.__setitem__(-1, np.inf)),
    "another way for missing values": ("missing_left", lambda a: a.__setitem__(0, 2)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_trees_of_a_hostile_file_are_refused(trees, what):
    state = state_of("trees", 1, FIELDS, vars(trees))
    field, harm = HOSTILE[what]
    harm(state.arrays[field])
    with pytest.raises((ArtifactError, ArgumentError)):
        Trees(**fields_of(state, FIELDS, newest=1))


@pytest.mark.parametrize(
    ("field", "other"),
    [("left", np.float64), ("feature", np.float32), ("starts", np.bool_), ("threshold", np.bool_)],
)
def test_arrays_of_another_type_are_refused(trees, field, other):
    state = state_of("trees", 1, FIELDS, vars(trees))
    state.arrays[field] = state.arrays[field].astype(other)
    with pytest.raises(ArtifactError, match=field):
        fields_of(state, FIELDS, newest=1)


@pytest.mark.parametrize("field", ["left", "threshold", "output"])
def test_arrays_of_another_length_are_refused(trees, field):
    state = state_of("trees", 1, FIELDS, vars(trees))
    state.arrays[field] = state.arrays[field][:-1]
    with pytest.raises(ArtifactError, match="along an axis"):
        fields_of(state, FIELDS, newest=1)


def test_rows_of_another_width_are_refused(trees):
    with pytest.raises(ArgumentError, match="expected rows of 4 features"):
        trees.logits(np.zeros((3, N_FEATURES + 1)))
