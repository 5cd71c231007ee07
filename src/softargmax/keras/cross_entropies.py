"""The loss that trains a softmax, of logits."""

from typing import Any

import keras
from keras import ops

from softargmax._options import as_real
from softargmax._renamed import provisional
from softargmax.keras.activations import room_of_backend


@provisional
@keras.saving.register_keras_serializable("softargmax")
class CrossEntropy(keras.losses.Loss):
    r"""Compare logits with codes, or with a probability for every class, in nats.

    .. math:: \ell = -\sum_j q_j \log p_j, \qquad p = \mathrm{softmax}(x)

    Parameters
    ----------
    label_smoothing : float, default 0.0
        The share of the target that is spread over all classes.
    **options
        ``reduction``, ``name`` and ``dtype`` of every loss of Keras.

    Notes
    -----
    A target of the shape of the logits is a probability per class; any other is one code per row, as Keras hands it
    on, as numbers of whatever dtype. It is
    ``keras.losses.SparseCategoricalCrossentropy(from_logits=True)`` and ``CategoricalCrossentropy(from_logits=True)``.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.
    """

    def __init__(self, label_smoothing: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.label_smoothing = float(as_real(label_smoothing, "label_smoothing", low=0.0, high=1.0))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give one loss per row."""
        if tuple(y_true.shape) != tuple(y_pred.shape):
            y_true = ops.cast(ops.reshape(y_true, y_pred.shape[:-1]), "int32")
        return room_of_backend().cross_entropy(y_pred, y_true, label_smoothing=self.label_smoothing, reduction="none")

    def get_config(self) -> dict[str, Any]:
        """Give what a saved network needs to make this again."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
