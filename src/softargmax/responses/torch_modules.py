"""Logits of PyTorch's modules and of Hugging Face's: the tensor that comes out, or what went into a softmax at the end.

A module's output is taken for logits, as PyTorch's own losses do. Whether it is none is seen while it runs: calls of a
softmax or sigmoid are noted, and where the output is the result of one, what went into it is the answer, bit for bit.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from softargmax.responses.answer import Response, imported, refuse

# By the names of functions, methods and operators, torch.special's and those of nn.functional among them.
_SOFTMAX = ("softmax", "log_softmax")
_SIGMOID = ("sigmoid", "sigmoid_", "expit", "logsigmoid", "log_sigmoid")
# What leaves every number as it is. `softmax(...)[:, 1]` does not: half of what it needs is gone.
_RESHAPING = (
    *("squeeze", "unsqueeze", "flatten", "reshape", "view", "contiguous", "clone", "detach", "cpu"),
    *("to", "float", "double"),
)
_INSTEAD = "let its forward return what goes into its softmax or sigmoid"


def of_torch(module: Any, X: Any) -> Response:
    """Run a module in evaluation mode without gradients, on its own device; its mode stays as it was."""
    torch = imported("torch")
    module = getattr(module, "_orig_mod", module)  # what torch.compile was given; compiled, it shows no calls
    if not isinstance(module, torch.nn.Module):
        refuse(module, "of PyTorch that is no module", "give a torch.nn.Module; a tensor of logits needs no reader")
    if isinstance(module, torch.jit.ScriptModule):
        _refuse_compiled(module)
    seen = _links(torch)
    with _evaluating(module), torch.no_grad(), seen:
        given = _run(torch, module, X)
        return of_output(given, module) if hasattr(given, "logits") else _of_tensor(torch, module, given, seen)


def of_output(output: Any, model: Any = None) -> Response:
    """Read ``.logits`` of what a model of Hugging Face gave."""
    given = getattr(output, "logits", None)
    if given is None:
        named = ", ".join(output) if isinstance(output, Mapping) else "no names"
        refuse(output, f"with {named}", "give one with logits, as models for classification have it")
    labels = getattr(getattr(model, "config", None), "problem_type", None) == "multi_label_classification"
    return Response.of_logits(_numbers(given), are_labels=labels)


def of_transformers(thing: Any, X: Any) -> Response:
    """Read an output of a model of Hugging Face as it is; ask a model for one."""
    torch = sys.modules.get("torch")  # an output may have been made by another library
    if torch is not None and isinstance(thing, torch.nn.Module):
        return of_torch(thing, X)
    if callable(thing):
        refuse(thing, "of Hugging Face", "give its .model, and the rows as its .tokenizer(texts, return_tensors='pt')")
    return of_output(thing)


def _run(torch: Any, module: Any, X: Any) -> Any:
    if isinstance(X, Mapping):
        return module(**{name: _tensor(torch, module, each) for name, each in X.items()})
    return module(_tensor(torch, module, X))


def _tensor(torch: Any, module: Any, x: Any) -> Any:
    """Give rows as a tensor where the module is; floating numbers that are no tensor yet in its precision."""
    own = next(module.parameters(), None)
    is_tensor = isinstance(x, torch.Tensor)
    tensor = x if is_tensor else torch.as_tensor(x)
    if own is None:
        return tensor
    converts = not is_tensor and tensor.is_floating_point() and own.is_floating_point()
    return tensor.to(device=own.device, dtype=own.dtype if converts else tensor.dtype)


def _of_tensor(torch: Any, module: Any, given: Any, seen: Any) -> Response:
    if not isinstance(given, torch.Tensor):
        refuse(module, f"whose forward returns a {type(given).__name__}", "let it return one tensor of logits")
    if given is not seen.result:
        return Response.of_logits(_numbers(given))
    if seen.link == "softmax of rows":
        refuse(module, "whose softmax runs down the rows instead of along the classes", _INSTEAD)
    are_labels = seen.link == "sigmoid" and seen.z.ndim == 2 and seen.z.shape[1] > 1
    return Response.of_logits(_numbers(seen.z), are_labels=are_labels)


def _numbers(tensor: Any) -> Any:
    """Give a tensor's numbers in float64, which holds those of every shorter type."""
    return tensor.detach().cpu().double().numpy() if hasattr(tensor, "detach") else tensor


def _links(torch: Any) -> Any:
    """Make what notes the softmaxes and sigmoids of a run; the base class is PyTorch's, so it is made here."""

    class Links(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        """What the last softmax or sigmoid gave, and of what. Of all of them memory would hold the attention's too."""

        result: Any = None
        link: str | None = None
        z: Any = None

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            name = getattr(function, "__name__", "").removeprefix("special_")
            came = args[0] if args else kwargs.get("input")
            # What works in place leaves nothing of what came.
            kept = came.clone() if name == "sigmoid_" else came
            result = function(*args, **kwargs)
            if name in _SOFTMAX:
                dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
                link = "softmax" if dim in (None, -1, result.ndim - 1) else "softmax of rows"
                self.result, self.link, self.z = result, link, kept
            elif name in _SIGMOID:
                self.result, self.link, self.z = result, "sigmoid", kept
            elif name in _RESHAPING and args and came is self.result:
                self.result, self.z = result, function(self.z, *args[1:], **kwargs)
            return result

    return Links()


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Put a module and all in it into evaluation mode, and each of them back into the mode that it was in."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def _refuse_compiled(module: Any) -> None:
    """Refuse a TorchScript module that ends in a softmax or sigmoid: it runs where no call of Python's is seen."""
    graph = module.inlined_graph  # a name of its own: its nodes go with it
    last = next(graph.outputs()).node().kind().partition("::")[2]
    if last in (*_SOFTMAX, *_SIGMOID):
        refuse(module, f"of TorchScript that ends in {last}", _INSTEAD + ", and compile it again")
