"""Logits of Keras 3: what goes into the softmax or sigmoid that a model ends in.

A model's graph names its last layer. Where that has the activation, a copy of the layer without it takes its place,
with the same weights and after the same layers; the user's model stays as it is. A model without a softmax at its end
gives logits only if it was compiled with a loss that says so, ``from_logits=True``: regressions end in the same layers.
"""

from typing import Any

from softargmax.responses.answer import Response, imported, refuse

_SOFTMAX, _SIGMOID = ("softmax", "log_softmax"), ("sigmoid", "log_sigmoid")
_INSTEAD = "compile it with a loss that has from_logits=True if its output is logits, or give what it predicts yourself"


def of_keras(model: Any, X: Any) -> Response:
    """Run a model up to its last softmax or sigmoid."""
    keras = imported("keras")
    if not isinstance(model, keras.Model):
        refuse(model, "of Keras that is no Model", "give a keras.Model")
    found = _without_link(keras, model)
    if found is not None:
        bare, link = found
        z = bare.predict(X, verbose=0)
        return Response.of_logits(z, are_labels=link in _SIGMOID and z.ndim == 2 and z.shape[1] > 1)
    if not _says_logits(model):
        refuse(model, "that ends in no softmax or sigmoid whose input is there to be read", _INSTEAD)
    z = model.predict(X, verbose=0)
    binary = "binary" in type(model.loss).__name__.lower()
    return Response.of_logits(z, are_labels=binary and z.ndim == 2 and z.shape[1] > 1)


def _without_link(keras: Any, model: Any) -> tuple[Any, str] | None:
    """Give a model up to its softmax or sigmoid, and which it is; None where it ends in neither or has no graph."""
    outputs = getattr(model, "outputs", None)
    if not outputs:
        return None
    if len(outputs) > 1:
        refuse(model, f"with {len(outputs)} outputs", "give a model that ends in the one you mean")
    end = outputs[0]._keras_history
    layer = end.operation
    (came, *others) = layer._inbound_nodes[end.node_index].input_tensors
    if others:
        return None
    if isinstance(layer, keras.Model):  # a model as the last layer of another
        inner = _without_link(keras, layer)
        return None if inner is None else (keras.Model(model.inputs, inner[0](came)), inner[1])
    if isinstance(layer, keras.layers.Softmax):
        _require_classes_last(model, layer.axis)
        return keras.Model(model.inputs, came), "softmax"
    link = getattr(getattr(layer, "activation", None), "__name__", "linear")
    if link not in (*_SOFTMAX, *_SIGMOID):
        return None
    if isinstance(layer, keras.layers.Activation):
        return keras.Model(model.inputs, came), link
    bare = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    z = bare(came)
    bare.set_weights(layer.get_weights())
    return keras.Model(model.inputs, z), link


def _require_classes_last(model: Any, axis: Any) -> None:
    if axis not in (-1, 1):
        refuse(model, f"whose softmax runs along the axis {axis}", "let it run along the classes, the last one")


def _says_logits(model: Any) -> bool:
    """Tell whether the loss that a model was compiled with takes logits."""
    return getattr(getattr(model, "loss", None), "from_logits", False) is True
