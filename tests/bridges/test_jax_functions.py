"""softargmax.jax: our kernels in what JAX compiles, maps, differentiates and shares among devices."""

import functools
import os
import subprocess
import sys

import numpy as np
import pytest

import softargmax as sm
from softargmax import _kernels
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError

jax = pytest.importorskip("jax")
ours = pytest.importorskip("softargmax.jax")
from jax.test_util import check_grads  # noqa: E402

jnp = jax.numpy
RNG = np.random.default_rng(0)
ROWS = ("softmax", "log_softmax", "logsumexp", "sparsemax", "entmax15")
HARD = RNG.normal(size=(6, 5, 4)) * 4
HARD[0, 0], HARD[0, 1, 2], HARD[0, 2, 1], HARD[0, 3] = 0.0, -np.inf, np.inf, -np.inf
HARD[0, 4, 3] = np.nan
MASK = RNG.random(HARD.shape) < 0.7
MASK[1, 1] = False
CODES = RNG.integers(0, 4, (6, 5))
SOFT = RNG.dirichlet(np.ones(4), (6, 5))
WEIGHT = np.array([1.0, 2.0, 0.5, 3.0])


def logits(*shape, dtype=np.float64):
    return jnp.asarray(np.random.default_rng(1).normal(size=shape) * 2, dtype)


@pytest.fixture(autouse=True)
def in_double():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize(
    ("dtype", "axis"), [("float16", -1), ("bfloat16", -1), ("float32", -1), ("float64", -1), ("float32", 1)]
)
@pytest.mark.parametrize("name", ROWS)
def test_what_is_compiled_has_the_bits_of_the_kernels(name, axis, dtype):
    x = jnp.asarray(HARD, dtype)
    found = jax.jit(functools.partial(getattr(ours, name), axis=axis))(x)
    assert found.dtype == dtype
    wanted = getattr(sm, name)(np.asarray(x), axis=axis)
    np.testing.assert_array_equal(found.astype(np.float64), wanted.astype(np.float64))  # NumPy knows no NaN of bfloat16


@pytest.mark.parametrize("name", ROWS)
def test_what_does_not_count_is_left_out(name):
    found = getattr(ours, name)(jnp.asarray(HARD), where=jnp.asarray(MASK), axis=1)
    np.testing.assert_array_equal(found, getattr(sm, name)(HARD, where=MASK, axis=1))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("temperature", [0.7, np.abs(RNG.normal(size=(6, 1, 4))) + 0.1])
def test_logits_are_divided_by_a_temperature(name, temperature):
    found = getattr(ours, name)(jnp.asarray(HARD), temperature=temperature, axis=1)
    np.testing.assert_allclose(found, getattr(sm, name)(HARD, temperature=temperature, axis=1), rtol=1e-13)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_temperature_0_is_the_limit_and_a_negative_one_is_refused(name):
    found = jax.jit(functools.partial(getattr(ours, name), temperature=0))(jnp.asarray(HARD), where=jnp.asarray(MASK))
    np.testing.assert_array_equal(found, getattr(sm, name)(HARD, temperature=0, where=MASK))
    with pytest.raises(ArgumentError, match="temperature: expected"):
        getattr(ours, name)(jnp.asarray(HARD), temperature=-1.0)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (0, 3)])
@pytest.mark.parametrize("name", ROWS)
def test_nothing_and_single_numbers_are_what_they_are_elsewhere(name, shape):
    np.testing.assert_array_equal(getattr(ours, name)(jnp.ones(shape)), getattr(sm, name)(np.ones(shape)))


def test_integers_become_floating():
    assert ours.softmax(jnp.array([1, 2])).dtype == np.float64
    np.testing.assert_array_equal(ours.softmax([1, 2]), sm.softmax([1, 2]))


LOSSES = {
    "codes": (CODES, {}),
    "narrow codes": (CODES.astype(np.uint8), {}),
    "each": (CODES, {"reduction": "none"}),
    "smoothed": (CODES, {"label_smoothing": 0.1, "reduction": "sum"}),
    "ignored": (CODES, {"ignore_index": 3, "label_smoothing": 0.1}),
    "weighted": (CODES, {"class_weight": WEIGHT, "ignore_index": 3}),
    "weighted and smoothed": (CODES, {"class_weight": WEIGHT, "label_smoothing": 0.1}),
    "probabilities": (SOFT, {}),
    "weighted, smoothed probabilities": (SOFT, {"class_weight": WEIGHT, "label_smoothing": 0.1}),
}
FINE = RNG.normal(size=(6, 5, 4)) * 3
FINE[0, 1, (CODES[0, 1] + 1) % 4] = -np.inf


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_that_of_arrays(name, dtype):
    targets, options = LOSSES[name]
    finite = "probabilities" in name or "label_smoothing" in options
    x = jnp.asarray(np.maximum(FINE, -50.0) if finite else FINE, dtype)
    found = jax.jit(functools.partial(ours.cross_entropy, **options))(x, jnp.asarray(targets))
    wanted = sm.cross_entropy(np.asarray(x), targets, **options)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-13 if dtype == "float64" else 2e-6)


def test_the_class_axis_of_a_loss_may_be_any():
    found = ours.cross_entropy(jnp.moveaxis(jnp.asarray(FINE), -1, 1), jnp.asarray(CODES), axis=1)
    np.testing.assert_allclose(found, sm.cross_entropy(FINE, CODES), rtol=1e-14)


DIFFERENTIATED = {
    **{name: getattr(ours, name) for name in ROWS},
    "along axis 0": lambda x: ours.softmax(x, axis=0),
    "masked": lambda x: ours.softmax(x, where=jnp.array([True, True, False, True])),
    "at a temperature": lambda x: ours.log_softmax(x, temperature=0.7),
    "cross_entropy": lambda x: ours.cross_entropy(x, jnp.array([1, 0, 3]), label_smoothing=0.1),
    "weighted": lambda x: ours.cross_entropy(x, jnp.array([1, 0, 3]), class_weight=WEIGHT, ignore_index=3),
    "of probabilities": lambda x: ours.cross_entropy(x, jnp.full((3, 4), 0.25), reduction="none"),
}


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_of_first_and_second_order_are_those_of_differences(name):
    check_grads(DIFFERENTIATED[name], (logits(3, 4),), order=2, modes=("fwd", "rev"))


def test_a_learned_temperature_has_a_gradient():
    x = logits(3, 4)
    check_grads(lambda t: ours.softmax(x, temperature=t), (1.5,), order=2, modes=("fwd", "rev"))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cross_entropy"])
def test_gradients_of_float32_are_those_of_jax(name):
    x, codes = logits(50, 10, dtype=np.float32), jnp.asarray(RNG.integers(0, 10, 50))
    by = logits(50, 10, dtype=np.float32)
    if name == "cross_entropy":
        mine, own = (
            lambda x: ours.cross_entropy(x, codes),
            lambda x: -jnp.take_along_axis(jax.nn.log_softmax(x), codes[:, None], axis=1).mean(),
        )
    else:
        mine, own = (lambda x, f=f: (f(x) * by).sum() for f in (getattr(ours, name), getattr(jax.nn, name)))
    np.testing.assert_allclose(jax.grad(mine)(x), jax.grad(own)(x), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", [name for name in DIFFERENTIATED if name != "along axis 0"])
def test_a_function_mapped_over_rows_is_the_function_of_all(name):
    x, function = logits(5, 3, 4), DIFFERENTIATED[name]
    one_by_one = jnp.stack([function(part) for part in x])
    np.testing.assert_allclose(jax.vmap(function)(x), one_by_one, rtol=1e-14)
    np.testing.assert_allclose(jax.vmap(function, in_axes=2)(jnp.moveaxis(x, 0, 2)), one_by_one, rtol=1e-14)
    np.testing.assert_allclose(
        jax.vmap(jax.jacobian(function))(x), jnp.stack([jax.jacobian(function)(part) for part in x]), atol=1e-14
    )


def test_codes_alone_may_be_mapped():
    x, codes = logits(3, 4), jnp.asarray(RNG.integers(0, 4, (5, 3)))
    found = jax.vmap(ours.cross_entropy, in_axes=(None, 0))(x, codes)
    np.testing.assert_allclose(found, [ours.cross_entropy(x, part) for part in codes], rtol=1e-14)


@pytest.mark.parametrize("code", [4, -1, 2**31])
@pytest.mark.parametrize("options", [{}, {"class_weight": WEIGHT}, {"label_smoothing": 0.1}, {"ignore_index": 2}])
def test_a_code_that_is_no_class_costs_nan(code, options):
    found = ours.cross_entropy(logits(2, 4), jnp.array([1, code]), reduction="none", **options)
    assert np.isnan(found).tolist() == [False, True]


def test_what_does_not_fit_is_refused():
    x = logits(2, 4)
    with pytest.raises(
        ShapeError, match=r"targets: expected codes of shape \(2,\) for logits of 4 classes, got \(3,\)"
    ):
        ours.cross_entropy(x, jnp.zeros(3, int))
    with pytest.raises(ShapeError, match=r"targets: floating targets are a probability per class .* got \(4,\)"):
        ours.cross_entropy(x, jnp.zeros(4))
    with pytest.raises(ShapeError, match=r"class_weight: expected one weight per class, shape \(4,\), got \(1,\)"):
        ours.cross_entropy(x, jnp.zeros(2, int), class_weight=jnp.ones(1))
    with pytest.raises(ArgumentError, match="label_smoothing: expected"):
        ours.cross_entropy(x, jnp.zeros(2, int), label_smoothing=2.0)
    with pytest.raises(AxisError, match="axis: expected one of the 2 axes of x, got 2"):
        ours.softmax(x, axis=2)
    with pytest.raises(DTypeError, match="x: expected real numbers, got complex128"):
        ours.softmax(jnp.ones(3, complex))


def lowered(function, platform):
    return jax.export.export(
        jax.jit(function),
        platforms=[platform],
        disabled_checks=[jax.export.DisabledSafetyCheck.custom_call("softargmax")],
    )(logits(3, 4)).mlir_module()


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_kernels_run_on_the_processor_and_the_formula_elsewhere(name):
    for function in (DIFFERENTIATED[name], jax.jacrev(DIFFERENTIATED[name])):
        assert "@softargmax" in lowered(function, "cpu")
        assert "@softargmax" not in lowered(function, "cuda")


@pytest.mark.parametrize("name", [*ROWS, "cross_entropy"])
def test_the_formula_and_its_gradient_are_those_of_the_kernels(name, monkeypatch):
    function, x = DIFFERENTIATED[name], logits(3, 4)
    wanted = function(x), jax.jacrev(function)(x)
    from softargmax.jax import xla_calls

    def formula(self, *arrays):
        results = self.formula(*arrays)
        return results if len(results) > 1 else results[0]

    monkeypatch.setattr(xla_calls.Call, "__call__", formula)
    jax.clear_caches()
    found = function(x), jax.jacrev(function)(x)
    jax.clear_caches()
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "call",
    [
        {"function": 13},  # a gradient without its second argument
        {"function": 2},  # logsumexp, into an array of the shape of x
        {"function": 10},  # codes
        {"function": -1},
        {"function": 99},
        {"smoothing": np.float32(0)},
        {},
    ],
)
def test_a_call_that_no_kernel_can_take_is_an_error(call):
    x = logits(3, 4)
    attributes = {"smoothing": np.float64(0)} | call
    if "function" in call:
        attributes["function"] = np.int64(call["function"])
    with pytest.raises(Exception, match="softargmax: "):
        jax.ffi.ffi_call("softargmax", jax.ShapeDtypeStruct(x.shape, x.dtype))(x, **attributes).block_until_ready()


def test_a_second_argument_of_another_shape_is_an_error():
    x, gradient = logits(3, 4), np.int64(_kernels.Function.softmax_backward.value)
    call = jax.ffi.ffi_call("softargmax", jax.ShapeDtypeStruct(x.shape, x.dtype))
    with pytest.raises(Exception, match="softargmax: arrays of other shapes"):
        call(x, logits(3, 5), function=gradient, smoothing=np.float64(0)).block_until_ready()


ON_TWO_DEVICES = """
import jax, jax.numpy as jnp, numpy as np, softargmax as sm, softargmax.jax as ours
from jax.sharding import Mesh, NamedSharding, PartitionSpec
mesh = Mesh(np.array(jax.devices()), ("rows",))
rows = NamedSharding(mesh, PartitionSpec("rows"))
x = np.random.default_rng(0).normal(size=(8, 6, 10)).astype("float32")
codes = np.random.default_rng(1).integers(0, 10, (8, 6))
there, labels = jax.device_put(x, rows), jax.device_put(codes, rows)
for function in (ours.softmax, jax.vmap(ours.softmax), jax.grad(lambda x: (ours.log_softmax(x) ** 2).sum())):
    compiled = jax.jit(function)
    p = compiled(there)
    assert len(p.sharding.device_set) == 2 and p.sharding.is_equivalent_to(rows, 3), p.sharding
    assert "all-gather" not in compiled.lower(there).compile().as_text()
    np.testing.assert_allclose(p, function(jnp.asarray(x)), rtol=1e-5, atol=1e-6)
loss = jax.jit(jax.value_and_grad(ours.cross_entropy))
assert "all-gather" not in loss.lower(there, labels).compile().as_text()
np.testing.assert_allclose(loss(there, labels)[0], sm.cross_entropy(x, codes), rtol=1e-6)
assert loss(there, labels)[1].sharding.is_equivalent_to(rows, 3)
classes = jax.device_put(x, NamedSharding(mesh, PartitionSpec(None, None, "rows")))  # of which a kernel needs whole rows
np.testing.assert_array_equal(jax.jit(ours.softmax)(classes), sm.softmax(x))
"""


def test_rows_that_lie_on_several_devices_stay_there():
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", ON_TWO_DEVICES], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_threads_that_call_at_once_do_not_meet():
    from concurrent.futures import ThreadPoolExecutor

    x = [logits(3000, 50, dtype=np.float32) for _ in range(8)]
    wanted = [sm.softmax(np.asarray(part)) for part in x]
    with ThreadPoolExecutor(4) as pool:
        for found, own in zip(pool.map(ours.softmax, x), wanted, strict=True):
            np.testing.assert_array_equal(found, own)
