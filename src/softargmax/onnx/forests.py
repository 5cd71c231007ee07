"""Decision trees as one node, TreeEnsemble: which leaf a row is led to is compared in float64, as the model does.

The node keeps inner nodes and leaves apart, and a child is either; a tree that is a leaf only has no place in it and is
added to the baseline.
"""

from typing import Any

import numpy as np
from onnx import numpy_helper

from softargmax._arrays import Array
from softargmax.models.trees import Trees
from softargmax.onnx.formulas import total
from softargmax.onnx.graph import ML, Value

# Of the words of the operator: go left where the feature is at most the threshold; add what the leaves hold; no link.
_AT_MOST, _SUM, _NONE = 0, 1, 0


def outputs_of_trees(trees: Trees, x: Value) -> Value:
    """Give the outputs of trees, float64, shape (rows, n_outputs), for features in float64; NaN gives NaN."""
    # A row that holds NaN is one that predict refuses, and is led to a leaf all the same.
    guard = total(x * 0.0)
    leaf = trees.left == np.arange(len(trees.left))
    rooted = leaf[trees.starts]
    baseline = trees.baseline + np.bincount(
        trees.output[rooted], trees.value[trees.starts[rooted]], minlength=trees.n_outputs
    )
    if rooted.all():
        return guard + baseline
    inner, place = ~leaf, np.where(leaf, np.cumsum(leaf), np.cumsum(~leaf)) - 1
    tree_of = np.repeat(np.arange(trees.n_trees), np.diff(trees.starts, append=len(leaf)))
    sums = x.graph.node(
        "TreeEnsemble",
        x,
        domain=ML,
        aggregate_function=_SUM,
        post_transform=_NONE,
        n_targets=trees.n_outputs,
        tree_roots=place[trees.starts[~rooted]].tolist(),
        nodes_modes=numpy_helper.from_array(np.full(np.count_nonzero(inner), _AT_MOST, np.uint8)),
        nodes_featureids=trees.feature[inner].tolist(),
        nodes_splits=numpy_helper.from_array(trees.threshold[inner]),
        nodes_missing_value_tracks_true=trees.missing_left[inner].tolist(),
        **_children("true", trees.left[inner], leaf, place),
        **_children("false", trees.right[inner], leaf, place),
        leaf_targetids=trees.output[tree_of[leaf]].tolist(),
        leaf_weights=numpy_helper.from_array(trees.value[leaf]),
    )
    return sums + (guard + baseline)


def _children(side: str, child: Array, leaf: Array, place: Array) -> dict[str, Any]:
    """Give where the children on one side stand, and which of them are leaves."""
    return {
        f"nodes_{side}nodeids": place[child].tolist(),
        f"nodes_{side}leafs": leaf[child].astype(int).tolist(),
    }
