"""softargmax.torch: operators that PyTorch's own checks accept, and modules that its own samples cannot tell apart."""

import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import (
    ArgumentError,
    DTypeError,
    MissingDependencyError,
    ShapeError,
    TargetError,
    UnsupportedError,
)

torch = pytest.importorskip("torch")
ours = pytest.importorskip("softargmax.torch")
from softargmax.torch import operators  # noqa: E402

nn, F = torch.nn, torch.nn.functional
RNG = np.random.default_rng(0)
ROWS = ("softmax", "log_softmax", "sparsemax", "entmax15", "logsumexp")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # what PyTorch itself calls
    pytest.mark.filterwarnings("ignore:.*forward AD"),
]


def logits(*shape, dtype=torch.float64):
    return torch.tensor(RNG.normal(size=shape) * 2, dtype=dtype)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ROWS)
def test_pytorch_finds_nothing_wrong_with_an_operator(name, dim):
    op = getattr(operators, name)
    torch.library.opcheck(op, (logits(3, 4, 2), dim))
    torch.library.opcheck(op, (logits(3, 4, 2).requires_grad_(), dim))


@pytest.mark.parametrize("name", ["softmax_backward", "log_softmax_backward"])
def test_pytorch_finds_nothing_wrong_with_a_derivative(name):
    forward = getattr(operators, name.removesuffix("_backward"))(logits(3, 4), 1)
    torch.library.opcheck(getattr(operators, name), (logits(3, 4).requires_grad_(), forward.requires_grad_(), 1))


def test_pytorch_finds_nothing_wrong_with_the_loss():
    codes = torch.tensor([1, -100, 3])
    for x in (logits(3, 4), logits(3, 4).requires_grad_()):
        torch.library.opcheck(operators.cross_entropy, (x, codes, x.requires_grad, -100, 0.1))


FUNCTIONS = {
    **{name: getattr(ours, name) for name in ROWS},
    "along axis 0": lambda x: ours.softmax(x, axis=0),
    "masked": lambda x: ours.log_softmax(x, where=torch.tensor([True, True, False, True])).clamp(min=-99),
    "at a temperature": lambda x: ours.softmax(x, temperature=0.7),
    "entropy": lambda x: ours.entropy(logits=x),
    "cross_entropy": lambda x: ours.cross_entropy(x, torch.tensor([1, 0, 3]), label_smoothing=0.1),
    "weighted": lambda x: ours.cross_entropy(
        x, torch.tensor([1, 0, 3]), class_weight=torch.tensor([1.0, 2.0, 0.5, 3.0]).double(), ignore_index=3
    ),
    "of probabilities": lambda x: ours.cross_entropy(x, torch.full((3, 4), 0.25).double(), reduction="none"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_and_second_derivatives_are_those_of_differences(name):
    x = logits(3, 4).requires_grad_()
    assert torch.autograd.gradcheck(FUNCTIONS[name], x)
    assert torch.autograd.gradgradcheck(FUNCTIONS[name], x)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("along axis 0",)])
def test_a_function_mapped_over_rows_is_the_function_of_all(name):
    x = logits(5, 3, 4)
    mapped = torch.func.vmap(FUNCTIONS[name])(x)
    torch.testing.assert_close(mapped, torch.stack([FUNCTIONS[name](part) for part in x]))
    last = torch.func.vmap(FUNCTIONS[name], in_dims=2)(x.movedim(0, 2))
    torch.testing.assert_close(last, mapped)


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("name", ROWS)
def test_a_function_mapped_over_numbers_takes_each_as_a_row_of_one_class(name, size):
    x = logits(size)
    torch.testing.assert_close(
        torch.func.vmap(getattr(ours, name))(x), getattr(sm, name)(x.unsqueeze(-1)).reshape(size)
    )


def test_a_number_keeps_its_shape_when_axes_are_kept():
    assert ours.logsumexp(torch.tensor(3.0), keepdims=True).shape == ()


def test_a_learned_temperature_has_a_gradient():
    temperature = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    x = logits(3, 4)
    assert torch.autograd.gradcheck(lambda t: ours.softmax(x, temperature=t), temperature)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_numbers_are_those_of_the_kernels(dtype):
    x = logits(50, 10, dtype=dtype)
    for name in ROWS:
        found = getattr(ours, name)(x)
        assert found.dtype == dtype
        wide = getattr(sm, name)(x.double())
        torch.testing.assert_close(found.double(), wide, rtol=torch.finfo(dtype).eps * 1.02, atol=1e-7)


def test_a_compiled_network_is_the_same_network():
    pytest.importorskip("torch._dynamo")
    codes = torch.tensor([0, 1, 2, 1])

    def network(x, w):
        return ours.cross_entropy(x @ ours.softmax(w, axis=0, temperature=2.0), codes) + ours.logsumexp(x).sum()

    x, w = logits(4, 5).requires_grad_(), logits(5, 3).requires_grad_()
    wanted = torch.autograd.grad(network(x, w), (x, w))
    compiled = torch.compile(network, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, w), network(x, w))
    for found, own in zip(torch.autograd.grad(compiled(x, w), (x, w)), wanted, strict=True):
        torch.testing.assert_close(found, own)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_autocast_chooses_the_dtype_of_pytorchs_own(dtype):
    x = logits(3, 4, dtype=dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert ours.softmax(x).dtype == torch.softmax(x, -1).dtype


def test_on_another_device_it_is_the_plain_formula():
    x = torch.empty(3, 4, device="meta")
    assert ours.softmax(x).device.type == "meta"
    x, codes = logits(3, 4), torch.tensor([1, -100, 3])
    for found, own in zip(
        operators._losses_anywhere(x, codes, True, -100, 0.1),
        operators.cross_entropy(x, codes, True, -100, 0.1),
        strict=True,
    ):
        torch.testing.assert_close(found, own, rtol=1e-12, atol=1e-14)


def test_a_code_that_is_no_class_is_refused():
    with pytest.raises(TargetError, match="target: expected codes between 0 and 3, got 4"):
        ours.cross_entropy(logits(2, 4), torch.tensor([1, 4]))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_tensors_that_are_not_floating_are_refused(name, dtype):
    with pytest.raises(DTypeError, match=f"x: expected a floating tensor, got {dtype}; convert it"):
        getattr(ours, name)(torch.ones(3, dtype=dtype))


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int16, torch.int32])
@pytest.mark.parametrize(
    "options", [{}, {"ignore_index": 3}, {"class_weight": torch.tensor([1.0, 2.0, 0.5, 3.0]), "label_smoothing": 0.1}]
)
def test_narrow_codes_give_the_loss_of_wide_ones(dtype, options):
    x, codes = logits(3, 4, dtype=torch.float32), torch.tensor([0, 3, 0])
    wanted = ours.cross_entropy(x, codes, **options)
    assert torch.equal(ours.cross_entropy(x, codes.to(dtype), **options), wanted)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 2), (2, 4)])
def test_codes_of_another_shape_are_refused(shape):
    with pytest.raises(ShapeError, match=r"targets: expected codes of shape \(2,\) for logits of 4 classes"):
        ours.cross_entropy(logits(2, 4), torch.zeros(shape, dtype=torch.int64))


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 4), (4, 2)])
def test_floating_targets_that_would_broadcast_are_refused(shape):
    with pytest.raises(ShapeError, match=r"targets: floating targets are a probability per class .* \(2, 4\), got"):
        ours.cross_entropy(logits(2, 4), torch.zeros(shape))


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}])
def test_a_weighted_loss_is_that_of_arrays_and_refuses_codes_in_our_words(options):
    x, codes, weight = logits(3, 4), torch.tensor([1, 0, 3]), torch.tensor([1.0, 2.0, 0.5, 0.0]).double()
    found = ours.cross_entropy(x, codes, class_weight=weight, ignore_index=1, **options)
    wanted = sm.cross_entropy(x.numpy(), codes.numpy(), class_weight=weight.numpy(), ignore_index=1, **options)
    torch.testing.assert_close(found, torch.tensor(wanted))
    for code in (4, -1):
        with pytest.raises(TargetError, match=f"target: expected codes between 0 and 3, got {code}"):
            ours.cross_entropy(x, torch.tensor([1, code, 3]), class_weight=weight, **options)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("where", [None, torch.tensor([True, False, True, True])])
def test_temperature_0_is_the_limit_and_a_negative_one_is_refused(name, where):
    x = logits(3, 4)
    masked = None if where is None else where.numpy()
    wanted = getattr(sm, name)(x.numpy(), temperature=0, where=masked)
    assert torch.equal(getattr(ours, name)(x, temperature=0, where=where), torch.tensor(wanted))
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="temperature: expected"):
            getattr(ours, name)(x, temperature=wrong)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (6,), (2, 4)])
@pytest.mark.parametrize("targets", [torch.tensor([1, 0]), torch.full((2, 4), 0.25)])
def test_weights_of_another_number_of_classes_are_refused(shape, targets):
    with pytest.raises(ShapeError, match=r"class_weight: expected one weight per class, shape \(4,\)"):
        ours.cross_entropy(logits(2, 4), targets, class_weight=torch.ones(shape))


def samples():
    """Give the samples that PyTorch tests its own functions on, as calls of modules."""
    try:
        from torch.testing._internal.common_methods_invocations import op_db
    except ImportError:
        return
    for op in op_db:
        if op.name in ("softmax", "log_softmax", "nn.functional.cross_entropy") and not op.variant_test_name:
            for dtype in (torch.float32, torch.float64):
                torch.manual_seed(0)
                for number, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=True)):
                    yield pytest.param(op.name, sample, id=f"{op.name}-{dtype}-{number}")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of importing PyTorch's own tests
    SAMPLES = list(samples())


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_modules_give_what_pytorchs_own_give_on_its_own_samples(name, sample):
    own, new = {
        "softmax": (nn.Softmax, ours.Softmax),
        "log_softmax": (nn.LogSoftmax, ours.LogSoftmax),
        "nn.functional.cross_entropy": (nn.CrossEntropyLoss, ours.CrossEntropyLoss),
    }[name]
    if name == "nn.functional.cross_entropy":
        targets = sample.args
        make = lambda kind: kind(**sample.kwargs)  # noqa: E731
    else:
        targets = ()
        make = lambda kind: kind(dim=(sample.args or (sample.kwargs["dim"],))[0])  # noqa: E731
    x = sample.input
    found, wanted = make(new)(x, *targets), make(own)(x, *targets)
    torch.testing.assert_close(found, wanted, equal_nan=True, rtol=2e-5, atol=1e-6)
    if x.numel() and not wanted.isnan().any():
        by = torch.rand_like(wanted)
        given, expected = (torch.autograd.grad(y, x, by)[0] for y in (found, wanted))
        torch.testing.assert_close(given, expected, rtol=2e-5, atol=1e-6)


FITTED = {
    "temperature": sm.TemperatureScaling,
    "vector": sm.VectorScaling,
    "matrix": sm.MatrixScaling,
    "structured": sm.StructuredMatrixScaling,
    "dirichlet": sm.DirichletCalibration,
    "ensemble": sm.EnsembleTemperatureScaling,
}


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("kind", FITTED)
def test_a_module_calibrates_as_the_calibration_does(kind, classes):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(300, 3)) * 3 if classes == 3 else rng.normal(size=300) * 3
    y = (
        (z + rng.normal(size=z.shape) * 2).argmax(axis=1)
        if classes == 3
        else (z + rng.normal(size=300) > 0).astype(int)
    )
    fitted = FITTED[kind]().fit(z, y)
    layer = ours.module(fitted)
    probe = z.copy()
    if classes == 3:
        probe[3, 1] = -np.inf
    found = layer(torch.tensor(probe)).numpy()
    assert found.shape == probe.shape
    if classes == 1:
        np.testing.assert_allclose(found, fitted.transform(probe), rtol=1e-11, atol=1e-11)
    else:
        np.testing.assert_allclose(sm.softmax(found), fitted.predict_proba(probe), rtol=1e-11, atol=1e-14)


def test_a_network_is_exported_with_its_calibration(tmp_path):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(300, 3)) * 3
    fitted = sm.MatrixScaling().fit(z, (z + rng.normal(size=z.shape)).argmax(axis=1))
    network = nn.Sequential(nn.Linear(4, 3), ours.module(fitted), ours.Softmax(dim=-1)).eval()
    x = torch.tensor(rng.normal(size=(7, 4)), dtype=torch.float32)
    exported = torch.export.export(network, (x,))
    torch.export.save(exported, tmp_path / "network.pt2")
    torch.testing.assert_close(torch.export.load(tmp_path / "network.pt2").module()(x), network(x))
    assert not list(ours.module(fitted).parameters())


def test_a_calibration_without_a_module_is_named():
    z = RNG.normal(size=(200, 3))
    y = (z + RNG.normal(size=z.shape)).argmax(axis=1)
    with pytest.raises(UnsupportedError, match="IsotonicCalibration: this calibration has no form as a module"):
        ours.module(sm.IsotonicCalibration().fit(z, y))


def test_where_pytorch_is_missing_the_extra_is_named(monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("softargmax.torch")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    import softargmax.torch as fresh

    with pytest.raises(MissingDependencyError, match=r"softargmax\[torch\]"):
        fresh.softmax  # noqa: B018
