"""Arrays of other libraries go in, and the same kind comes out, with the numbers that NumPy's arrays give."""

import functools

import array_api_strict
import numpy as np
import pytest

import softargmax as sm
from softargmax import _libraries
from softargmax.exceptions import ArgumentError, DTypeError, TargetError

ROWS = np.random.default_rng(33).normal(size=(6, 5, 4)) * 4
ROWS[0, 0], ROWS[0, 1, 2], ROWS[0, 2, 1], ROWS[0, 3] = 0.0, -np.inf, np.inf, -np.inf
ROWS[0, 4, 3] = np.nan
FINE = ROWS[1:].copy()
FINE[0, 0], FINE[0, 1, 2], FINE[1, 1, :2] = 2.5, -np.inf, 20.0
MASK = np.random.default_rng(34).random(ROWS.shape) < 0.7
MASK[1, 1] = False
CODES = np.random.default_rng(35).integers(0, 4, FINE.shape[:-1])
SOFT = np.random.default_rng(36).dirichlet(np.ones(4), FINE.shape[:-1])
SOFT[0, 1] = [0.5, 0.5, 0.0, 0.0]
SOFT[2, 2] = [0.0, 1.0, 0.0, 0.0]
PER_ROW = np.random.default_rng(37).random((*ROWS.shape[:-1], 1)) + 0.1
PER_ROW[2, 2] = 0.0

# For every function: what it is called with; keywords among which are arrays too.
CALLS = {
    "softmax": (sm.softmax, [ROWS], {}),
    "softmax, another axis": (sm.softmax, [ROWS], {"axis": 1}),
    "softmax, two axes": (sm.softmax, [ROWS], {"axis": (2, 0)}),
    "softmax, all axes": (sm.softmax, [FINE], {"axis": None}),
    "softmax of a number": (sm.softmax, [np.array(3.0)], {}),
    "softmax, masked": (sm.softmax, [ROWS], {"where": MASK}),
    "softmax, masked along another axis": (sm.softmax, [ROWS], {"where": MASK[:, :1], "axis": 0}),
    "softmax at a temperature": (sm.softmax, [ROWS], {"temperature": 2.5}),
    "softmax at temperature 0": (sm.softmax, [ROWS], {"temperature": 0, "where": MASK}),
    "softmax at a temperature per row": (sm.softmax, [ROWS], {"temperature": PER_ROW}),
    "softmax of nothing": (sm.softmax, [ROWS[:, :, :0]], {}),
    "log_softmax": (sm.log_softmax, [ROWS], {}),
    "log_softmax, masked": (sm.log_softmax, [ROWS], {"where": MASK, "axis": 1}),
    "log_softmax at a temperature": (sm.log_softmax, [ROWS], {"temperature": 0.3}),
    "log_softmax at temperature 0": (sm.log_softmax, [ROWS], {"temperature": 0.0}),
    "logsumexp": (sm.logsumexp, [ROWS], {}),
    "logsumexp, masked": (sm.logsumexp, [ROWS], {"where": MASK, "keepdims": True}),
    "logsumexp, all axes": (sm.logsumexp, [FINE], {"axis": None}),
    "logsumexp of nothing": (sm.logsumexp, [ROWS[:, :, :0]], {}),
    "logsumexp with a sign": (sm.logsumexp, [ROWS], {"return_sign": True}),
    "logsumexp, weighted": (sm.logsumexp, [FINE], {"weights": np.array([1.0, -0.5, 2.0, 0.0]), "return_sign": True}),
    "logsumexp of a negative sum": (sm.logsumexp, [FINE], {"weights": np.array([-1.0, -0.5, 0.0, 0.0])}),
    "sigmoid": (sm.sigmoid, [ROWS], {}),
    "entropy of logits": (sm.entropy, [], {"logits": ROWS}),
    "entropy of probabilities": (sm.entropy, [], {"probabilities": SOFT}),
    "sparsemax": (sm.sparsemax, [ROWS / 4], {}),
    "sparsemax, masked": (sm.sparsemax, [ROWS / 4], {"where": MASK, "axis": 0}),
    "entmax15": (sm.entmax15, [ROWS / 4], {}),
    "entmax15, masked": (sm.entmax15, [ROWS / 4], {"where": MASK, "axis": 0}),
    "argmax": (sm.argmax, [ROWS], {"axis": 1}),
    "argmax, the last": (sm.argmax, [ROWS], {"last": True}),
    "top_k": (sm.top_k, [ROWS, 2], {}),
    "top_k, another axis": (sm.top_k, [FINE, 3], {"axis": 0}),
    "one_hot": (sm.one_hot, [CODES], {}),
    "one_hot, another axis": (sm.one_hot, [CODES], {"n_classes": 6, "axis": 0, "dtype": "float32"}),
    "cross_entropy": (sm.cross_entropy, [FINE, CODES], {}),
    "cross_entropy, each": (sm.cross_entropy, [FINE, CODES], {"reduction": "none"}),
    "cross_entropy, summed": (sm.cross_entropy, [FINE, CODES], {"reduction": "sum", "label_smoothing": 0.1}),
    "cross_entropy of nothing": (sm.cross_entropy, [FINE[:0], CODES[:0]], {}),
    "cross_entropy, another axis": (sm.cross_entropy, [np.moveaxis(FINE, -1, 1), CODES], {"axis": 1}),
    "cross_entropy of probabilities": (sm.cross_entropy, [FINE, SOFT], {"label_smoothing": 0.2}),
    "cross_entropy of one-hot rows": (sm.cross_entropy, [FINE, (CODES[..., None] == np.arange(4)).astype(int)], {}),
    "cross_entropy, weighted classes": (
        sm.cross_entropy,
        [FINE, CODES],
        {"class_weight": np.array([1.0, 2.0, 0.5, 3.0]), "label_smoothing": 0.1, "ignore_index": 3},
    ),
    "cross_entropy, weighted rows": (
        sm.cross_entropy,
        [FINE, CODES],
        {"sample_weight": PER_ROW[1:, :, 0], "class_weight": np.array([1.0, 2.0, 0.5, 3.0])},
    ),
    "cross_entropy, masked": (
        sm.cross_entropy,
        [FINE, CODES],
        {"where": MASK[1:], "label_smoothing": 0.1, "reduction": "none"},
    ),
}


class Strict:
    """A library that is nothing but the array API standard."""

    name, widest = "array_api_strict", np.float64

    def array(self, x):
        return array_api_strict.asarray(x)

    def numbers(self, x):
        assert isinstance(x, array_api_strict._array_object.Array)
        return np.asarray(x)

    def call(self, function, *arrays, **options):
        return function(*arrays, **options)


class UnseenStrict(Strict):
    """The same on a device that NumPy cannot look into."""

    name = "array_api_strict, unseen"

    def call(self, function, *arrays, **options):
        def seen(self, array):
            raise _libraries.UnseenError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_libraries.Library, "seen", seen)
            return function(*arrays, **options)


class Torch(Strict):
    name = "torch"

    def __init__(self):
        self.torch = pytest.importorskip("torch")

    def array(self, x):
        return self.torch.as_tensor(x)

    def numbers(self, x):
        assert isinstance(x, self.torch.Tensor)
        return x.detach().numpy()


class TorchWithGradient(Torch):
    name = "torch, with a gradient"

    def array(self, x):
        tensor = self.torch.as_tensor(x)
        return tensor.requires_grad_() if tensor.is_floating_point() else tensor


class Jax(Strict):
    name, widest = "jax", np.float32

    def __init__(self):
        self.jax = pytest.importorskip("jax")

    def array(self, x):
        return self.jax.numpy.asarray(x)

    def numbers(self, x):
        assert isinstance(x, self.jax.Array)
        return np.asarray(x)


class CompiledJax(Jax):
    name = "jax, compiled"

    def call(self, function, *arrays, **options):
        fixed = {name: value for name, value in options.items() if not isinstance(value, self.jax.Array)}
        numbers = [x for x in arrays if not isinstance(x, self.jax.Array)]
        if function is sm.one_hot:
            fixed.setdefault("n_classes", 4)

        def called(arrays, given):
            return function(*arrays, *numbers, **fixed, **given)

        given = {name: value for name, value in options.items() if name not in fixed}
        return self.jax.jit(called)([x for x in arrays if isinstance(x, self.jax.Array)], given)


KINDS = {kind.name: kind for kind in (Strict, UnseenStrict, Torch, TorchWithGradient, Jax, CompiledJax)}


@pytest.fixture(params=KINDS.values(), ids=KINDS, scope="module")
def library(request):
    return request.param()


def same(found, wanted, widest):
    assert type(found) is np.ndarray
    if isinstance(wanted, np.ndarray | np.generic) and wanted.dtype.kind == "i":
        assert found.dtype.kind == "i"
        np.testing.assert_array_equal(found, wanted)
        return
    dtype = min(widest, wanted.dtype, key=lambda kind: np.dtype(kind).itemsize)
    assert found.dtype == dtype
    tolerance = 2e-6 if dtype == np.float32 else 4e-15
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CALLS)
def test_the_same_kind_comes_out_with_the_same_numbers(library, name):
    function, arrays, options = CALLS[name]
    wanted = function(*arrays, **options)
    there = [library.array(x) if isinstance(x, np.ndarray) else x for x in arrays]
    given = {key: library.array(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    found = library.call(function, *there, **given)
    if isinstance(wanted, tuple):
        assert type(found) is type(wanted)
        for part, own in zip(found, wanted, strict=True):
            same(library.numbers(part), own, library.widest)
    else:
        same(library.numbers(found), wanted, library.widest)


@pytest.mark.parametrize("dtype", ["int32", "bool", "float32"])
def test_dtypes_are_those_of_our_conventions(library, dtype):
    x = library.array((np.arange(12).reshape(3, 4) % 3).astype(dtype))
    found = library.numbers(library.call(sm.softmax, x))
    assert found.dtype == (np.float32 if dtype == "float32" else library.widest)
    assert library.numbers(library.call(functools.partial(sm.log_softmax, dtype="float32"), x)).dtype == np.float32


def test_what_is_written_into_is_no_tensor(library):
    x = library.array(FINE)
    with pytest.raises(ArgumentError, match="out: expected None for x of type"):
        sm.softmax(x, out=x)


def test_wrong_codes_are_refused_and_nan_where_nobody_can_know_them(library):
    x, codes = library.array(FINE[0]), library.array(np.array([0, 1, 4, 3, -1]))
    if isinstance(library, CompiledJax):
        losses = library.numbers(library.call(functools.partial(sm.cross_entropy, reduction="none"), x, codes))
        np.testing.assert_array_equal(np.isnan(losses), [False, False, True, False, True])
    else:
        with pytest.raises(TargetError, match="targets: expected codes between 0 and 3"):
            library.call(sm.cross_entropy, x, codes)


def test_complex_numbers_are_refused(library):
    with pytest.raises(DTypeError, match="x: expected float16, bfloat16, float32"):
        library.call(sm.softmax, library.array(np.ones(3, complex)))


GRADIENTS = {
    "softmax": sm.softmax,
    "softmax, masked": functools.partial(sm.softmax, where=np.array([True, True, False, True])),
    "softmax at a temperature": functools.partial(sm.softmax, temperature=0.7),
    "log_softmax": sm.log_softmax,
    "logsumexp": sm.logsumexp,
    "sigmoid": sm.sigmoid,
    "entropy": lambda x: sm.entropy(logits=x),
    "sparsemax": lambda x: sm.sparsemax(x / 9),
    "entmax15": lambda x: sm.entmax15(x / 9),
    "cross_entropy": lambda x: sm.cross_entropy(x, CODES[1:], reduction="none", label_smoothing=0.1),
    "top_k": lambda x: sm.top_k(x, 2).probabilities,
}
# Without a kink near by: no two equal logits here.
SMOOTH = np.random.default_rng(38).normal(size=(4, 5, 4)) * 3


@pytest.mark.parametrize("name", GRADIENTS)
def test_derivatives_are_those_of_differences(name):
    torch = pytest.importorskip("torch")
    assert torch.autograd.gradcheck(GRADIENTS[name], torch.tensor(SMOOTH, requires_grad=True))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "sigmoid", "entropy", "cross_entropy"])
def test_derivatives_are_right_where_logits_are_equal_or_ruled_out(name):
    torch = pytest.importorskip("torch")
    x = torch.zeros(4, 5, 4, dtype=torch.float64)
    x[:, 1] = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert torch.autograd.gradcheck(GRADIENTS[name], x.requires_grad_())
    z = torch.tensor([[0.0, -torch.inf, 1.0]], dtype=torch.float64, requires_grad=True)
    sm.softmax(z).square().sum().backward()
    p, _, q = sm.softmax(z.detach()).numpy()[0]
    np.testing.assert_allclose(z.grad.numpy()[0], 2 * p * q * np.array([p - q, 0.0, q - p]), rtol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "logsumexp", "entropy", "cross_entropy"])
def test_derivatives_of_jax_are_those_of_torch(name):
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    x = SMOOTH.astype(np.float32)
    tensor = torch.tensor(x, requires_grad=True)
    GRADIENTS[name](tensor).sin().sum().backward()
    found = jax.jit(jax.grad(lambda z: jax.numpy.sin(GRADIENTS[name](z)).sum()))(x)
    np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=2e-5, atol=2e-6)


def test_a_function_of_one_row_can_be_mapped_over_many():
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    wanted = sm.log_softmax(SMOOTH)
    np.testing.assert_allclose(torch.func.vmap(sm.log_softmax)(torch.tensor(SMOOTH)).numpy(), wanted, rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(sm.log_softmax)(SMOOTH), wanted, rtol=2e-5)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # what torch itself calls
def test_a_tangent_is_not_lost():
    torch = pytest.importorskip("torch")
    x, along = torch.tensor(SMOOTH[0]), torch.ones(5, 4, dtype=torch.float64).cumsum(1)
    with torch.autograd.forward_ad.dual_level():
        dual = sm.softmax(torch.autograd.forward_ad.make_dual(x, along))
        found = torch.autograd.forward_ad.unpack_dual(dual).tangent
    wanted = torch.func.jvp(lambda z: torch.softmax(z, -1), (x,), (along,))[1]
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_stays_half_precision_and_losses_are_single(dtype):
    torch = pytest.importorskip("torch")
    x = torch.tensor(SMOOTH).to(getattr(torch, dtype))
    found, true = sm.softmax(x), torch.softmax(x.double(), -1)
    assert found.dtype == x.dtype
    ulp = torch.finfo(x.dtype).eps * 2.0 ** torch.floor(torch.log2(true))
    assert ((found.double() - true).abs() <= 0.51 * ulp.clamp(min=torch.finfo(x.dtype).tiny * 2**-7)).all()
    assert sm.cross_entropy(x, CODES[1:]).dtype == torch.float32
    assert sm.logsumexp(x).dtype == x.dtype


def test_a_tensor_without_gradients_around_it_goes_to_the_kernels(monkeypatch):
    torch = pytest.importorskip("torch")
    from softargmax.probabilities import _elsewhere

    monkeypatch.delattr(_elsewhere, "softmax")
    with pytest.raises(AttributeError):
        sm.softmax(torch.zeros(3))
    monkeypatch.undo()
    x = torch.tensor(SMOOTH, dtype=torch.float32)
    with torch.no_grad():
        bits = sm.softmax(torch.nn.Parameter(x)).numpy()
    np.testing.assert_array_equal(bits, sm.softmax(SMOOTH.astype(np.float32)))


def test_a_sparse_tensor_is_refused_with_what_to_do():
    torch = pytest.importorskip("torch")
    with pytest.raises(DTypeError, match=r"expected a dense tensor, .* use .to_dense\(\)"):
        sm.softmax(torch.eye(3).to_sparse())


def test_an_array_on_another_device_stays_there():
    device = array_api_strict.Device("device1")
    x = array_api_strict.asarray(FINE[1], device=device)
    assert sm.softmax(x).device == sm.entropy(logits=x).device == device
    assert UnseenStrict().call(sm.softmax, x).device == device


def test_what_is_meta_has_a_shape_only():
    torch = pytest.importorskip("torch")
    found = sm.softmax(torch.empty(3, 4, device="meta"))
    assert (found.shape, found.device.type) == ((3, 4), "meta")


def test_a_summary_takes_tensors_of_a_training_loop():
    torch = pytest.importorskip("torch")
    from softargmax import metrics

    z, codes = SMOOTH.reshape(-1, 4).astype(np.float32), CODES[1:].reshape(-1)
    wanted = metrics.Summary(4).update(codes, logits=z)
    assert metrics.Summary(4).update(torch.tensor(codes), logits=torch.tensor(z, requires_grad=True)) == wanted
    halves = torch.tensor(z).bfloat16()
    same_rows = metrics.Summary(4).update(codes, logits=halves.float().numpy())
    assert metrics.Summary(4).update(torch.tensor(codes), logits=halves) == same_rows


def test_groups_are_measured_of_tensors_as_all_rows_are():
    torch = pytest.importorskip("torch")
    from softargmax import metrics

    z, codes, group = np.linspace(-1.0, 1.0, 40), np.arange(40) % 2, np.arange(40) // 20
    weight = np.arange(40.0) + 1.0
    wanted = metrics.by_group(metrics.auc, codes, logits=z, groups=group, sample_weight=weight)
    tensors = {"logits": torch.tensor(z, requires_grad=True), "sample_weight": torch.tensor(weight, requires_grad=True)}
    assert metrics.by_group(metrics.auc, torch.tensor(codes), groups=group, **tensors) == wanted
    pair = (torch.tensor(z, requires_grad=True), torch.tensor(z[::-1].copy(), requires_grad=True))
    found = metrics.by_group(sm.compare, torch.tensor(codes), logits=pair, groups=group)
    assert found == metrics.by_group(sm.compare, codes, logits=(z, z[::-1]), groups=group)


def test_ensembles_that_numpy_cannot_read_are_refused_in_words():
    torch = pytest.importorskip("torch")
    from softargmax.decisions import ensemble_uncertainty

    with pytest.raises(DTypeError, match="logits: expected what NumPy can read"):
        ensemble_uncertainty(member_axis=0, logits=torch.zeros(2, 3, 4, requires_grad=True))
