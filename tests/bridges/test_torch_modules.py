"""PyTorch's modules come in by what goes into their softmax or sigmoid, or by their output where there is none."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import UnsupportedError

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32) * 30  # margins beyond 40
torch.manual_seed(0)
BODY = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
WANTED = BODY(torch.as_tensor(X)).detach().numpy().astype(np.float64) * 8


class Then(nn.Module):
    """The body, and then what a function makes of its logits."""

    def __init__(self, end, columns=3):
        super().__init__()
        self.body, self.end, self.columns = BODY, end, columns

    def forward(self, x):
        return self.end(self.body(x)[:, : self.columns] * 8)


ENDS = {
    "nothing": lambda z: z,
    "nn.Softmax": nn.Softmax(dim=1),
    "nn.LogSoftmax": nn.LogSoftmax(dim=-1),
    "F.softmax": lambda z: F.softmax(z, dim=1),
    "torch.softmax": lambda z: torch.softmax(z, 1),
    "z.softmax": lambda z: z.softmax(-1),
    "torch.special.softmax": lambda z: torch.special.softmax(z, 1),
    "torch.special.log_softmax": lambda z: torch.special.log_softmax(z, dim=1),
    "reshaped": lambda z: F.softmax(z, dim=1).reshape(-1, 3).to(torch.float64).contiguous(),
    "with another softmax before": lambda z: z + 0 * torch.softmax(z, 1),
}
assert np.abs(WANTED).max() > 40


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_logits_are_what_goes_into_the_last_softmax(end):
    z = sm.logits_of(Then(end), X)
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z, WANTED)


@pytest.mark.parametrize(
    "end",
    [
        nn.Sigmoid(),
        nn.LogSigmoid(),
        torch.sigmoid,
        torch.sigmoid_,
        torch.special.expit,
        F.sigmoid,
        F.logsigmoid,
        lambda z: torch.sigmoid(z).squeeze(-1),
        lambda z: z,
        lambda z: z.flatten(),
    ],
)
def test_a_single_sigmoid_is_two_classes(end):
    z = sm.logits_of(Then(end, columns=1), X)
    np.testing.assert_array_equal(z, np.stack([np.zeros(50), WANTED[:, 0]], axis=1))


def test_several_sigmoids_are_labels():
    np.testing.assert_array_equal(sm.logits_of(Then(nn.Sigmoid()), X), WANTED)
    y = (np.random.default_rng(1).random((50, 3)) < sm.sigmoid(WANTED / 100)).astype(int)
    model = sm.CalibratedModel(Then(nn.Sigmoid()), sm.TemperatureScaling(), cv="prefit").fit(X, y)
    assert model.predict_proba(X).shape == (50, 3)


def test_a_module_is_calibrated_on_its_logits():
    y = sm.sample(WANTED / 50, rng=0)
    model = sm.CalibratedModel(Then(nn.Softmax(dim=1)), sm.TemperatureScaling(), cv="prefit").fit(X, y)
    assert model.calibration_.temperature_ == sm.TemperatureScaling().fit(WANTED, y).temperature_
    assert model.classes_.tolist() == [0, 1, 2]


def test_it_runs_in_evaluation_mode_without_gradients_and_every_part_keeps_its_mode():
    module = Then(nn.Softmax(dim=1)).train()
    module.body[3].eval()  # as people freeze a normalisation
    before = {name: value.clone() for name, value in module.state_dict().items()}
    np.testing.assert_array_equal(sm.logits_of(module, X), WANTED)
    assert [part.training for part in module.body] == [True, True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None for weight in module.parameters())
    module.eval()


def test_tensors_dictionaries_and_other_precisions_come_in():
    class Named(nn.Module):
        def forward(self, *, first, second):
            return first.to(torch.bfloat16) + second

    z = sm.logits_of(Named(), {"first": torch.ones(4, 3), "second": np.zeros((4, 3), np.float16)})
    np.testing.assert_array_equal(z, np.ones((4, 3)))
    np.testing.assert_array_equal(sm.logits_of(Then(ENDS["nothing"]), torch.as_tensor(X)), WANTED)
    np.testing.assert_array_equal(sm.logits_of(Then(ENDS["nothing"]), X.astype(np.float64)), WANTED)
    half = nn.Linear(4, 3).to(torch.bfloat16)
    assert sm.logits_of(half, X).shape == (50, 3)


def test_an_output_with_logits_is_read_by_them():
    class Output:
        logits = torch.ones(50, 3, dtype=torch.bfloat16)

    class Module(nn.Module):
        def forward(self, x):
            return Output()

    np.testing.assert_array_equal(sm.logits_of(Module(), X), np.ones((50, 3)))


def test_what_gives_no_logits_is_refused_by_name():
    with pytest.raises(UnsupportedError, match="got a Then whose forward returns a tuple; let it return one tensor"):
        sm.logits_of(Then(lambda z: (z, z)), X)
    with pytest.raises(UnsupportedError, match="a Then whose softmax runs down the rows"):
        sm.logits_of(Then(nn.Softmax(dim=0)), X)
    with pytest.raises(UnsupportedError, match="a Tensor of PyTorch that is no module"):
        sm.logits_of(torch.ones(3, 3), X)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_compiled_is_read_or_refused():
    compiled = torch.compile(Then(nn.Softmax(dim=1)), backend="eager")
    np.testing.assert_array_equal(sm.logits_of(compiled, X), WANTED)
    traced = torch.jit.trace(nn.Sequential(nn.Linear(4, 3)).eval(), torch.as_tensor(X))
    np.testing.assert_array_equal(sm.logits_of(traced, X), traced(torch.as_tensor(X)).detach().numpy())
    script = torch.jit.trace(nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1)).eval(), torch.as_tensor(X))
    with pytest.raises(UnsupportedError, match="of TorchScript that ends in softmax"):
        sm.logits_of(script, X)
