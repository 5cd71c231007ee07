"""softargmax.networks beside PyTorch's and JAX' own functions, and with their tensors."""

import numpy as np
import pytest

from softargmax.exceptions import ArgumentError, UnsupportedError
from softargmax.networks import (
    attention,
    attention_backward,
    cosine_temperature,
    exponential_temperature,
    gumbel_softmax,
    load_balancing_loss,
    top_k_gates,
)

torch = pytest.importorskip("torch")
F = torch.nn.functional
RNG = np.random.default_rng(0)


def arrays(n, m, d, e, *leading):
    return tuple(RNG.normal(size=(*leading, *shape)).astype(np.float32) for shape in ((n, d), (m, d), (m, e)))


def half(n, m):
    mask = RNG.random((n, m)) < 0.5
    mask[2] = False
    return mask


def added(n, m):
    return np.where(half(n, m), RNG.normal(size=(n, m)), -np.inf).astype(np.float32)


CASES = {
    "odd sizes": (17, 333, 7, 5, {}),
    "long": (130, 2100, 64, 64, {}),
    "Booleans": (37, 53, 16, 16, {"mask": half(37, 53)}),
    "scores that are added": (37, 53, 16, 16, {"mask": added(37, 53)}),
    "causal": (300, 300, 16, 16, {"causal": True}),
    "causal, more keys": (37, 53, 16, 16, {"causal": True}),
    "scaled": (37, 53, 16, 16, {"scale": 0.3}),
}


@pytest.mark.parametrize("name", CASES)
def test_attention_and_its_derivatives_are_those_of_torch(name):
    *sizes, options = CASES[name]
    given, gradient = arrays(*sizes, 2), RNG.normal(size=(2, sizes[0], sizes[3])).astype(np.float32)
    tensors = [torch.tensor(x, requires_grad=True) for x in given]
    mask = None if "mask" not in options else torch.tensor(options["mask"])
    wanted = F.scaled_dot_product_attention(
        *tensors, attn_mask=mask, is_causal=options.get("causal", False), scale=options.get("scale")
    )
    np.testing.assert_allclose(attention(*given, **options), wanted.detach(), rtol=1e-6, atol=1e-6)
    derivatives = torch.autograd.grad(wanted, tensors, torch.tensor(gradient))
    for mine, own in zip(attention_backward(gradient, *given, **options), derivatives, strict=True):
        np.testing.assert_allclose(mine, own, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize("name", [*CASES, "causal and masked"])
def test_attention_of_tensors_is_attention_of_arrays(name, library):
    *sizes, options = CASES.get(name, (37, 53, 16, 16, {"causal": True, "mask": half(37, 53)}))
    given = arrays(*sizes, 2, 3)
    make = torch.tensor if library == "torch" else pytest.importorskip("jax").numpy.asarray
    tensors = {key: make(value) if key == "mask" else value for key, value in options.items()}
    found = attention(*map(make, given), **tensors)
    assert type(found) is type(make(given[0]))
    np.testing.assert_allclose(found, attention(*given, **options), rtol=1e-5, atol=2e-6)


def test_attention_of_a_library_that_has_none_is_refused():
    import array_api_strict

    given = [array_api_strict.asarray(x) for x in arrays(3, 4, 2, 2)]
    with pytest.raises(UnsupportedError, match="query: expected an array of NumPy, PyTorch or JAX"):
        attention(*given)
    with pytest.raises(UnsupportedError, match="logits: expected an array of NumPy, PyTorch or JAX"):
        gumbel_softmax(given[0])


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_soft_draw_is_the_one_of_torch(hard, axis):
    x = torch.tensor(RNG.normal(size=(50, 6)), requires_grad=True)
    torch.manual_seed(5)
    wanted = F.gumbel_softmax(x, tau=0.7, hard=hard, dim=axis)
    found = gumbel_softmax(x, temperature=0.7, hard=hard, axis=axis, rng=torch.Generator().manual_seed(5))
    torch.testing.assert_close(found, wanted)
    by = torch.rand_like(wanted)
    torch.testing.assert_close(torch.autograd.grad(found, x, by), torch.autograd.grad(wanted, x, by))


def test_a_soft_draw_of_jax_has_the_derivative_of_its_soft_form():
    jax = pytest.importorskip("jax")
    x, key, by = (jax.numpy.asarray(RNG.normal(size=(5, 4))), jax.random.key(0), RNG.normal(size=(5, 4)))
    hard = gumbel_softmax(x, hard=True, rng=key)
    np.testing.assert_allclose(hard, np.eye(4)[np.argmax(hard, axis=1)], atol=1e-6)
    slopes = [jax.grad(lambda x, h=h: (gumbel_softmax(x, hard=h, rng=key) * by).sum())(x) for h in (False, True)]
    np.testing.assert_allclose(*slopes, rtol=1e-5)
    with pytest.raises(ArgumentError, match="rng: expected a key of JAX"):
        gumbel_softmax(x)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_gates_and_their_balance_are_those_of_arrays(library):
    x = RNG.normal(size=(7, 9, 5)).astype(np.float32)
    make = torch.tensor if library == "torch" else pytest.importorskip("jax").numpy.asarray
    codes, weights = top_k_gates(make(x), 2)
    wanted = top_k_gates(x, 2)
    np.testing.assert_array_equal(codes, wanted.codes)
    np.testing.assert_allclose(weights, wanted.weights, rtol=1e-6)
    found = load_balancing_loss(make(x), codes)
    assert float(found) == pytest.approx(float(load_balancing_loss(x, wanted.codes)), rel=1e-6)


def test_gates_are_those_of_torch_with_their_derivative():
    x = torch.tensor(RNG.normal(size=(7, 5)), requires_grad=True)
    codes, weights = top_k_gates(x, 2)
    top = torch.topk(x, 2)
    assert torch.equal(codes, top.indices)
    by = torch.rand_like(weights)
    own = torch.autograd.grad(torch.softmax(top.values, -1), x, by)[0]
    torch.testing.assert_close(torch.autograd.grad(weights, x, by)[0], own)


def test_a_balance_is_a_kth_of_what_transformers_computes():
    """Its formula, of ``load_balancing_loss_func`` in models/mixtral, is written out here."""
    x, k = torch.tensor(RNG.normal(size=(40, 6)), requires_grad=True), 2
    codes = top_k_gates(x, k).codes
    per_expert = F.one_hot(codes, 6).double().mean(dim=0)
    theirs = (per_expert * torch.softmax(x, -1).mean(dim=0)).sum() * 6
    mine = load_balancing_loss(x, codes)
    torch.testing.assert_close(mine, theirs / k)
    torch.testing.assert_close(torch.autograd.grad(mine, x)[0], torch.autograd.grad(theirs / k, x)[0])


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (exponential_temperature, lambda by: torch.optim.lr_scheduler.ExponentialLR(by, (0.25 / 2.0) ** (1 / 10))),
        (cosine_temperature, lambda by: torch.optim.lr_scheduler.CosineAnnealingLR(by, 10, 0.25)),
    ],
)
def test_temperatures_fall_as_torchs_rates_do(mine, theirs):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=2.0)
    schedule = theirs(optimizer)
    for step in range(11):
        assert mine(step, steps=10, start=2.0, end=0.25) == pytest.approx(schedule.get_last_lr()[0], rel=1e-12)
        schedule.step()
