"""Decision trees whose leaves add up to logits: arrays in, arrays out, nothing else needed.

A node sends a row to its left child if the node's feature is at most the node's threshold, and to its right child
otherwise; whether a missing feature (NaN) goes left is said for each node. A leaf leads to itself. All trees lie behind
one another in flat arrays, in which every child comes after its parent: a walk that starts at the first node of a tree
therefore ends, whatever a file holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._engine import LocalEngine, gather
from softargmax._fields import ArrayField, Field, IntegerField
from softargmax.exceptions import ArgumentError

# Rows that a thread takes up at once.
_ROWS = 1 << 11

FIELDS: dict[str, Field] = {
    "n_features": IntegerField(low=1),
    "baseline": ArrayField("outputs"),
    "starts": ArrayField("trees", dtype=np.int32, low=0),
    "output": ArrayField("trees", dtype=np.int32, low=0),
    "feature": ArrayField("nodes", dtype=np.int32, low=0),
    "threshold": ArrayField("nodes", infinite=True),
    "missing_left": ArrayField("nodes", dtype=np.uint8, low=0, high=1),
    "left": ArrayField("nodes", dtype=np.int32, low=0),
    "right": ArrayField("nodes", dtype=np.int32, low=0),
    "value": ArrayField("nodes"),
}
_OF_NODES = {
    "feature": np.int32,
    "threshold": np.float64,
    "missing_left": np.uint8,
    "left": np.int32,
    "right": np.int32,
    "value": np.float64,
}


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees, each of which adds to one of the outputs.

    Attributes
    ----------
    n_features : int
    baseline : ndarray, shape (n_outputs,)
        What every row has before any tree adds to it; one output is one sigmoid for two classes.
    starts : ndarray of int32, shape (n_trees,)
        The first node of every tree.
    output : ndarray of int32, shape (n_trees,)
        The output that every tree adds to.
    feature : ndarray of int32, shape (n_nodes,)
        Which feature a node looks at.
    threshold : ndarray, shape (n_nodes,)
        Up to which number of it a row goes left.
    missing_left : ndarray of uint8, shape (n_nodes,)
        1 where a row without that feature goes left.
    left, right : ndarray of int32, shape (n_nodes,)
        The children; of a leaf, the leaf itself.
    value : ndarray, shape (n_nodes,)
        What a leaf adds; not used of other nodes.

    Raises
    ------
    ArgumentError
        If a walk could leave its tree, or never end.
    """

    n_features: int
    baseline: Array
    starts: Array
    output: Array
    feature: Array
    threshold: Array
    missing_left: Array
    left: Array
    right: Array
    value: Array

    def __post_init__(self) -> None:
        n_nodes = len(self.feature)
        ends = np.append(self.starts, n_nodes)[1:]
        if np.any(ends <= self.starts) or (self.starts[0] if len(self.starts) else n_nodes) != 0:
            raise ArgumentError("starts: expected trees behind one another, each with a node, got others")
        _refuse_outside(self.output, len(self.baseline), "output")
        _refuse_outside(self.feature, self.n_features, "feature")
        if np.isnan(self.threshold).any():
            raise ArgumentError("threshold: expected numbers, got NaN")
        node, end = np.arange(n_nodes), np.repeat(ends, ends - self.starts)
        inner = (node < self.left) & (node < self.right) & (self.left < end) & (self.right < end)
        if not np.all(inner | ((self.left == node) & (self.right == node))):
            raise ArgumentError("left, right: expected children that come after their parents in one tree, got others")

    @property
    def n_outputs(self) -> int:
        """How many logits a row gets; one for two classes."""
        return len(self.baseline)

    @property
    def n_trees(self) -> int:
        """How many trees there are, for all outputs together."""
        return len(self.starts)

    def logits(self, X: Array) -> Array:
        """Give the baseline and the leaves of all trees, added in float64 in the order of the trees.

        Shape (n_rows, n_outputs). A row's bits depend on nothing but the row.
        """
        if X.ndim != 2 or X.shape[1] != self.n_features:
            raise ArgumentError(f"X: expected rows of {self.n_features} features, got shape {X.shape}")
        X = np.ascontiguousarray(X, X.dtype if X.dtype == np.float32 else np.float64)
        out = np.repeat(self.baseline[np.newaxis], len(X), axis=0)
        parts = [slice(start, start + _ROWS) for start in range(0, len(X), _ROWS)]
        gather(partial(self._add, X, out), parts, LocalEngine())
        return out

    def _add(self, X: Array, out: Array, part: slice) -> None:
        nodes = self.feature, self.threshold, self.missing_left, self.left, self.right, self.value
        _kernels.add_leaves(self.starts, self.output, *nodes, X[part], out[part])

    @classmethod
    def joined(cls, n_features: int, baseline: Array, trees: Sequence[Mapping[str, Any]]) -> "Trees":
        """Put trees behind one another, in the order in which they add.

        Each is a mapping of "output", a number, and of the arrays of its nodes, whose children are numbered within it.
        """
        starts = np.cumsum([0, *(len(tree["feature"]) for tree in trees)])[:-1]
        nodes = {name: np.concatenate([tree[name] for tree in trees]) for name in _OF_NODES} if trees else {}
        sizes = np.diff(starts, append=len(nodes.get("feature", ())))
        for name in ("left", "right"):
            nodes[name] = nodes.get(name, np.empty(0, np.int32)) + np.repeat(starts, sizes)
        of_type = {name: np.asarray(nodes.get(name, ()), dtype) for name, dtype in _OF_NODES.items()}
        output = np.array([tree["output"] for tree in trees], np.int32)
        return cls(n_features, np.array(baseline, np.float64), starts.astype(np.int32), output, **of_type)


def _refuse_outside(numbers: Array, end: int, name: str) -> None:
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < end:
        raise ArgumentError(f"{name}: expected numbers from 0 to {end - 1}, got {numbers.min()} to {numbers.max()}")
