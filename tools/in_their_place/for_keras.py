"""Keras: our activations in the place of its own, and our loss where its losses are given logits."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
from keras.src import activations, ops
from keras.src.activations import activations as home

import softargmax.keras as ours
from softargmax.keras.activations import room_of_backend

from . import counted, put

Loss = Callable[..., Any]


def _of_logits(theirs: Loss, codes: bool) -> Loss:
    """Give a loss that is ours for logits, and theirs for probabilities."""

    def loss(target: Any, output: Any, axis: int = -1) -> Any:
        output = ops.convert_to_tensor(output)
        wanted = "int32" if codes else output.dtype
        return room_of_backend().cross_entropy(output, ops.cast(target, wanted), axis=axis, reduction="none")

    mine = counted(loss, theirs)

    def called(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
        return mine(target, output, axis=axis) if from_logits else theirs(target, output, from_logits, axis)

    return called


def put_all() -> None:
    """Put ours into keras.activations, and into the operations that its losses call."""
    for module in (home, activations, keras.activations):
        put(module, softmax=ours.softmax, log_softmax=ours.log_softmax, sparsemax=ours.sparsemax)
    ops.categorical_crossentropy = _of_logits(ops.categorical_crossentropy, codes=False)
    ops.sparse_categorical_crossentropy = _of_logits(ops.sparse_categorical_crossentropy, codes=True)
