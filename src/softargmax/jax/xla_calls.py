"""What JAX' compiler knows of our kernels: how to call one, to map it over an axis more, to share it among devices.

Where it compiles for another device than the processor, the plain formula takes the place of the call.
"""

import functools
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import batching, mlir

from softargmax import _kernels
from softargmax._kernels import Function

_TARGET = "softargmax"
jax.ffi.register_ffi_target(_TARGET, _kernels.xla_handler(), platform="cpu")
jax.ffi.register_ffi_target_as_batch_partitionable(_TARGET)


@dataclass(frozen=True)
class Call:
    """A kernel and what it gives: the shapes of its results and the formula that says the same.

    Parameters
    ----------
    function : Function
        The kernel.
    formula : callable
        Of the same arrays, and as many results, in a tuple.
    like_x : bool
        There is a result of the shape and dtype of the first array.
    per_row : bool
        There is one number for each row, after that.
    smoothing : float
        An option of the loss.
    """

    function: Function
    formula: Callable[..., tuple[Any, ...]]
    like_x: bool = True
    per_row: bool = False
    smoothing: float = 0.0

    def __call__(self, *arrays: Any) -> Any:
        """Call it with arrays whose class axis is last; one result is not wrapped in a tuple."""
        results = _call.bind(*arrays, call=self)
        return results if len(results) > 1 else results[0]


def widened(x: Any) -> Any:
    """Give numbers in the dtype that is computed in: float32 for half precision."""
    return x if x.dtype == np.float64 else x.astype(np.float32)


def _results(x: Any, *_: Any, call: Call) -> list[Any]:
    loss = call.function == Function.cross_entropy and x.dtype != np.float64
    each = x.update(shape=x.shape[:-1], dtype=np.dtype(np.float32) if loss else x.dtype)
    return [x] * call.like_x + [each] * call.per_row


def _mapped(arrays: Any, axes: Any, *, call: Call) -> Any:
    (size,) = {x.shape[at] for x, at in zip(arrays, axes, strict=True) if at is not None}
    moved = [
        jnp.broadcast_to(x, (size, *x.shape)) if at is None else jnp.moveaxis(x, at, 0)
        for x, at in zip(arrays, axes, strict=True)
    ]
    results = _call.bind(*moved, call=call)
    return results, [0] * len(results)


def _on_the_processor(context: Any, *arrays: Any, call: Call) -> Any:
    shapes = [x.shape for x in context.avals_in], [x.shape for x in context.avals_out]
    lower = jax.ffi.ffi_lowering(
        _TARGET,
        extra_attributes={
            # The same in the words of the two programs that share work among devices.
            "mhlo.frontend_attributes": mlir.ir_attribute({"num_batch_dims": str(len(shapes[0][0]) - 1)}),
            "sdy.sharding_rule": mlir.ir.Attribute.parse(_sharing(*shapes)),
        },
    )
    return lower(context, *arrays, function=np.int64(call.function.value), smoothing=np.float64(call.smoothing))


def _sharing(given: list[Any], results: list[Any]) -> str:
    """Say that all axes but the last may be shared among devices, alike in all arrays, and that rows must be whole."""
    letters = string.ascii_lowercase[string.ascii_lowercase.index("i") :]  # after those come z_1, z_2 ...
    names = [letters[i] if i < len(letters) else f"z_{i - len(letters) + 1}" for i in range(len(given[0]))]

    def axes(shapes: list[Any]) -> str:
        return ", ".join(f"[{', '.join(names[: len(shape)])}]" for shape in shapes)

    sizes = ", ".join(f"{name}={size}" for name, size in zip(names, given[0], strict=True))
    whole = f"need_replication={{{names[-1]}}}"
    return f"#sdy.op_sharding_rule<({axes(given)})->({axes(results)}) {{{sizes}}} {whole}, custom>"


def _formula(*arrays: Any, call: Call) -> tuple[Any, ...]:
    return call.formula(*arrays)


@functools.partial(jax.jit, static_argnames="call")
def _compiled(*arrays: Any, call: Call) -> Any:
    return _call.bind(*arrays, call=call)


_call = Primitive("softargmax")
_call.multiple_results = True
_call.def_impl(_compiled)
_call.def_abstract_eval(_results)
batching.primitive_batchers[_call] = _mapped
mlir.register_lowering(_call, mlir.lower_fun(_formula, multiple_results=True))
mlir.register_lowering(_call, _on_the_processor, platform="cpu")
