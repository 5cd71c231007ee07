"""Functions of rows and their derivatives, class axis last.

A derivative is a rule for tangents, from which JAX makes that for gradients, by transposing it, and those of higher
order, by differentiating it.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from softargmax._kernels import Function
from softargmax.jax.xla_calls import Call, widened
from softargmax.probabilities import _reference

Rule = Callable[[Any, Any, Any], Any]


def _rows(function: Function, formula: Callable[..., Any], rule: Rule, is_sum: bool = False) -> Callable[[Any], Any]:
    """Make a function of rows. Its rule takes x, the result and a tangent, in float32 at least."""
    call = Call(
        function,
        lambda x: (formula(widened(x), xp=jnp).astype(x.dtype),),
        like_x=not is_sum,
        per_row=is_sum,
    )

    @jax.custom_jvp
    def of_rows(x: Any) -> Any:
        if x.size == 0:
            return jnp.full(x.shape[:-1], -jnp.inf, x.dtype) if is_sum else x
        return call(x)

    @of_rows.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        result = of_rows(x)
        return result, rule(x, widened(result), widened(dx)).astype(result.dtype)

    return of_rows


def _sum(x: Any) -> Any:
    return jnp.sum(x, axis=-1, keepdims=True)


def _softmax_rule(_: Any, p: Any, dx: Any) -> Any:
    return p * (dx - _sum(p * dx))


def _log_softmax_rule(_: Any, log_p: Any, dx: Any) -> Any:
    return dx - _sum(jnp.exp(log_p) * dx)


def _logsumexp_rule(x: Any, _: Any, dx: Any) -> Any:
    return jnp.sum(widened(softmax(x)) * dx, axis=-1)


def _sparsemax_rule(_: Any, p: Any, dx: Any) -> Any:
    inside = (p > 0).astype(p.dtype)
    return inside * (dx - _sum(inside * dx) / _sum(inside))


def _entmax15_rule(_: Any, p: Any, dx: Any) -> Any:
    root = jnp.where(p > 0, jnp.sqrt(jnp.where(p > 0, p, 1.0)), 0.0)
    return root * (dx - _sum(root * dx) / _sum(root))


softmax = _rows(Function.softmax, _reference.softmax, _softmax_rule)
log_softmax = _rows(Function.log_softmax, _reference.log_softmax, _log_softmax_rule)
logsumexp = _rows(Function.logsumexp, _reference.logsumexp, _logsumexp_rule, is_sum=True)
sparsemax = _rows(Function.sparsemax, _reference.sparsemax, _sparsemax_rule)
entmax15 = _rows(Function.entmax15, _reference.entmax15, _entmax15_rule)


@functools.cache
def losses_of_codes(smoothing: float) -> Callable[[Any, Any], Any]:
    """Make the loss of every row for targets that are smoothed so much; a row whose code is no class costs 0."""

    def shares(x: Any, codes: Any) -> tuple[Any, Any]:
        n_classes = x.shape[-1]
        is_class = ((codes >= 0) & (codes < n_classes))[..., None]
        hot = (jnp.arange(n_classes) == codes[..., None]).astype(x.dtype)
        return is_class, (1.0 - smoothing) * hot + smoothing / n_classes

    def formula(x: Any, codes: Any) -> tuple[Any]:
        is_class, q = shares(widened(x), codes)
        return (jnp.where(is_class[..., 0], _reference.cross_entropy(widened(x), q, xp=jnp), 0.0),)

    def formula_of_both(x: Any, codes: Any) -> tuple[Any, Any]:
        is_class, q = shares(widened(x), codes)
        gradient = jnp.where(is_class, _reference.softmax(widened(x), xp=jnp) - q, 0.0)
        return gradient.astype(x.dtype), *formula(x, codes)

    alone = Call(Function.cross_entropy, formula, like_x=False, per_row=True, smoothing=smoothing)
    both = Call(Function.cross_entropy, formula_of_both, per_row=True, smoothing=smoothing)

    def along(gradient: Any, dx: Any) -> Any:
        return jnp.sum(widened(gradient) * widened(dx), axis=-1)

    @jax.custom_jvp
    def losses(x: Any, codes: Any) -> Any:
        return alone(x, codes)

    @jax.custom_jvp
    def gradient_and_losses(x: Any, codes: Any) -> Any:
        return tuple(both(x, codes))

    @losses.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        gradient, loss = gradient_and_losses(*primals)
        return loss, along(gradient, tangents[0])

    @gradient_and_losses.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x, codes), dx = primals, tangents[0]
        gradient, loss = gradient_and_losses(x, codes)
        turned = jnp.where(shares(x, codes)[0], _softmax_rule(x, widened(softmax(x)), widened(dx)), 0.0)
        return (gradient, loss), (turned.astype(gradient.dtype), along(gradient, dx))

    return losses
