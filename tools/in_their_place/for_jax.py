"""JAX, and what optax builds on it: ours are called by a compiled program, and differentiate as JAX's own do.

A test that compares a derivative with differences of values then compares JAX's derivative with our values.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special
import numpy as np

from softargmax import probabilities as ours

from . import put

Function = Callable[..., Any]


def through(theirs: Function, host: Function, *arrays: Any, **options: Any) -> Any:
    """Call `host` on arrays that may be traced; shapes, dtypes and derivatives are those of `theirs`."""
    return _compiled(theirs, host, tuple(sorted(options.items())))(*map(jnp.asarray, arrays))


@functools.cache  # JAX's tests look whether a second call compiles anything
def _compiled(theirs: Function, host: Function, options: tuple[tuple[str, Any], ...]) -> Function:
    wanted = functools.partial(theirs, **dict(options))

    def cast(*arrays: Any) -> Any:
        found = host(*map(np.asarray, arrays), **dict(options))
        return jax.tree.map(lambda part, like: np.asarray(part, like.dtype), found, jax.eval_shape(wanted, *arrays))

    @jax.custom_jvp
    def called(*arrays: Any) -> Any:
        return jax.pure_callback(cast, jax.eval_shape(wanted, *arrays), *arrays, vmap_method="sequential")

    @called.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        return called(*primals), jax.jvp(wanted, primals, tangents)[1]

    return jax.jit(called)


def _rows(theirs: Function, host: Function, over: Any = -1) -> Function:
    def theirs_masked(x: Any, where: Any, **options: Any) -> Any:
        return theirs(x, where=where, **options)

    def host_masked(x: Any, where: Any, **options: Any) -> Any:
        return host(x, where=where, **options)

    def called(x: Any, axis: Any = over, where: Any = None, keepdims: Any = None, **_: Any) -> Any:
        options = {"axis": axis} if keepdims is None else {"axis": axis, "keepdims": keepdims}
        if where is None:
            return through(theirs, host, x, **options)
        return through(theirs_masked, host_masked, x, where, **options)

    return called


def _elementwise(theirs: Function, host: Function) -> Function:
    return lambda *arrays: through(theirs, host, *arrays)


def _logsumexp(theirs: Function) -> Function:
    def on_theirs(a: Any, *more: Any, names: tuple[str, ...], **options: Any) -> Any:
        return theirs(a, **dict(zip(names, more, strict=True)), **options)

    def on_ours(a: Any, *more: Any, names: tuple[str, ...], **options: Any) -> Any:
        given = dict(zip(names, more, strict=True))
        return ours.logsumexp(a, weights=given.get("b"), where=given.get("where"), **options)

    def called(
        a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False, where: Any = None
    ) -> Any:
        more = {name: value for name, value in (("b", b), ("where", where)) if value is not None}
        options = {"axis": axis, "keepdims": keepdims, "return_sign": return_sign, "names": tuple(more)}
        return through(on_theirs, on_ours, a, *more.values(), **options)

    return called


def _one_hot(theirs: Function) -> Function:
    def on_ours(x: Any, *, num_classes: int, dtype: Any, axis: int) -> Any:
        return ours.one_hot(x, n_classes=num_classes, axis=axis, dtype=dtype)

    def called(x: Any, num_classes: Any, *, dtype: Any = jnp.float32, axis: int = -1) -> Any:
        if isinstance(num_classes, jax.core.Tracer):  # JAX's own error
            return theirs(x, num_classes, dtype=dtype, axis=axis)
        return through(theirs, on_ours, x, num_classes=num_classes, dtype=dtype, axis=axis)

    return called


def put_all() -> None:
    """Put ours into jax.nn and jax.scipy.special."""
    nn, special = jax.nn, jax.scipy.special
    logsumexp = _logsumexp(special.logsumexp)
    put(
        nn,
        softmax=_rows(nn.softmax, ours.softmax),
        log_softmax=_rows(nn.log_softmax, ours.log_softmax),
        logsumexp=logsumexp,
        logmeanexp=_rows(nn.logmeanexp, ours.logmeanexp),
        one_hot=_one_hot(nn.one_hot),
        **{
            name: _elementwise(getattr(nn, name), getattr(ours, name))
            for name in ("sigmoid", "log_sigmoid", "softplus")
        },
        log1mexp=_elementwise(nn.log1mexp, lambda x: ours.log1mexp(-x)),
    )
    put(
        special,
        softmax=_rows(special.softmax, ours.softmax, over=None),
        log_softmax=_rows(special.log_softmax, ours.log_softmax, over=None),
        logsumexp=logsumexp,
        expit=_elementwise(special.expit, ours.sigmoid),
        kl_div=_elementwise(special.kl_div, lambda p, q: ours.rel_entr(p, q) - p + q),
        **{
            name: _elementwise(getattr(special, name), getattr(ours, name))
            for name in ("logit", "entr", "xlogy", "rel_entr")
        },
    )
