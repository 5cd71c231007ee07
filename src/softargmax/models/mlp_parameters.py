"""The parameters of `SoftmaxMLP`: checked, and made a recipe for training on so many rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from softargmax._options import as_flag, as_integer, as_real
from softargmax.exceptions import ArgumentError
from softargmax.models.training import Recipe

# Decay by the number of rows: the smaller the table, the stronger, but never above this. Measured on seven tables
# (docs/mlp.md, "What each trick did"): 1 % lower log loss than one decay for all, on the smallest table 11 %.
_DECAY_ROWS, _MOST_DECAY = 400.0, 0.8
# Where nobody knows how many rows will come: what 4000 rows would get.
_DECAY_UNKNOWN = 0.1


def recipe_of(model: Any, n_rows: int, total_weight: float | None) -> Recipe:
    """Give the recipe for so many rows of so much weight together; None if these are one batch of more.

    A weight says how often a row counts, so that the decay goes by the weight. What a step costs goes by the rows that
    there are, and so does the size of the batches.

    Batches have a share of the rows that gives some 32 steps per epoch, and between 32 and 256 rows: smaller ones waste
    the matrix products, larger ones make too few steps.
    """
    size = int(np.clip(n_rows // 32, 32, 256)) if isinstance(model.batch_size, str) else model.batch_size
    decay = model.weight_decay
    if isinstance(decay, str):
        decay = _DECAY_UNKNOWN if total_weight is None else min(_DECAY_ROWS / total_weight, _MOST_DECAY)
    return Recipe(
        model.learning_rate, decay, model.dropout, size, model.max_epochs, model.patience, model.label_smoothing
    )


def check_parameters(model: Any) -> None:
    """Refuse parameters outside of what they mean.

    Raises
    ------
    ArgumentError
        Naming the parameter.
    """
    sizes = model.hidden_layer_sizes
    if isinstance(sizes, str) or not isinstance(sizes, Sequence | np.ndarray):
        raise ArgumentError(f"hidden_layer_sizes: expected a sequence of positive integers, got {sizes!r}")
    for size in sizes:
        as_integer(size, "hidden_layer_sizes", low=1)
    if model.batch_size != "auto":
        as_integer(model.batch_size, 'batch_size (if not "auto")', low=1)
    as_real(model.learning_rate, "learning_rate", low=0.0, high=np.inf, open_low=True, open_high=True)
    as_integer(model.n_members, "n_members", low=1)
    if model.weight_decay != "auto":
        as_real(model.weight_decay, 'weight_decay (if not "auto")', low=0.0, high=np.inf, open_high=True)
    as_real(model.label_smoothing, "label_smoothing", low=0.0, high=1.0, open_high=True)
    as_flag(model.warm_start, "warm_start")
    as_real(model.dropout, "dropout", low=0.0, high=1.0, open_high=True)
    as_real(model.validation_fraction, "validation_fraction", low=0.0, high=1.0, open_low=True, open_high=True)
    as_integer(model.max_epochs, "max_epochs", low=1)
    as_integer(model.patience, "patience", low=1)
    as_flag(model.early_stopping, "early_stopping")
