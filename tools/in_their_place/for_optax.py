"""optax: its losses on ours; what it builds on jax.nn goes to ours there."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from softargmax import probabilities as ours

from . import for_jax, put


def put_all() -> None:
    """Put ours into the losses, and into JAX below them."""
    import optax.losses._classification as losses

    for_jax.put_all()
    soft, hard = losses.softmax_cross_entropy, losses.softmax_cross_entropy_with_integer_labels
    binary, divergence = losses.sigmoid_binary_cross_entropy, losses.kl_divergence
    sparse = losses.multiclass_sparsemax_loss

    def on_ours(logits: Any, targets: Any, axis: Any) -> Any:
        return ours.cross_entropy(logits, targets, axis=axis, reduction="none")

    def cross_entropy(theirs: Any) -> Any:
        def called(logits: Any, labels: Any, axis: Any = -1, where: Any = None) -> Any:
            if where is not None:  # classes that are left out: what it is built on is ours
                return theirs(logits, labels, axis, where)
            return for_jax.through(theirs, on_ours, logits, labels, axis=axis)

        return called

    def on_ours_binary(logits: Any, targets: Any) -> Any:
        return ours.binary_cross_entropy(logits, targets, reduction="none")

    def binary_cross_entropy(logits: Any, labels: Any) -> Any:
        return for_jax.through(binary, on_ours_binary, *jnp.broadcast_arrays(logits, labels))

    def on_ours_divergence(log_predictions: Any, targets: Any, axis: Any) -> Any:
        return ours.kl_divergence(targets, np.exp(log_predictions), axis=axis)

    def kl_divergence(log_predictions: Any, targets: Any, axis: Any = -1, where: Any = None) -> Any:
        if where is not None:
            return divergence(log_predictions, targets, axis, where)
        return for_jax.through(divergence, on_ours_divergence, log_predictions, targets, axis=axis)

    def on_ours_sparse(scores: Any, labels: Any) -> Any:
        return ours.sparsemax_loss(scores, labels, reduction="none")

    put(
        losses,
        softmax_cross_entropy=cross_entropy(soft),
        softmax_cross_entropy_with_integer_labels=cross_entropy(hard),
        sigmoid_binary_cross_entropy=binary_cross_entropy,
        kl_divergence=kl_divergence,
        multiclass_sparsemax_loss=lambda scores, labels: for_jax.through(sparse, on_ours_sparse, scores, labels),
    )
