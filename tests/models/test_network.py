import numpy as np
import pytest

from softargmax._arrays import ROW_BLOCK
from softargmax._moments import FeatureMoments
from softargmax.exceptions import ArgumentError
from softargmax.labels import ClassLabels
from softargmax.models.network import Network
from softargmax.models.outputs import SigmoidOutput, SigmoidsOutput, SoftmaxesOutput, SoftmaxOutput
from softargmax.models.training import AdamW, History


@pytest.fixture
def X(rng):
    return rng.normal(size=(300, 5)) * [1, 10, 0.1, 1, 1] + [0, 100, 0, -5, 1]


def network_for(X, rng, n_outputs=3, clip=None, dtype=np.float64):
    network = Network.initialise(FeatureMoments.of(X, np.ones(len(X))), (X.shape[1], 8, 6, n_outputs), rng, dtype, clip)
    network.flat[:] = rng.normal(size=network.flat.size) * 0.5
    return network


def test_logits_are_the_layers_one_after_the_other(X, rng):
    network = network_for(X, rng, clip=3.0)
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    a = z / np.sqrt(1 + (z / 3) ** 2)
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        a = a @ weight + bias
        a = a / (1 + np.exp(-a))
    np.testing.assert_allclose(network.logits(X), a @ network.weights[-1] + network.biases[-1], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n_rows", [0, 1, ROW_BLOCK - 1, ROW_BLOCK, ROW_BLOCK + 1])
def test_a_row_has_the_same_logits_alone_and_in_any_batch(X, rng, n_rows):
    network = network_for(X, rng, dtype=np.float32)
    batch = network.logits(X[:n_rows]).astype(np.float32)
    alone = [network.logits(row[np.newaxis])[0].astype(np.float32) for row in X[:n_rows]]
    assert np.array_equal(batch, np.array(alone, np.float32).reshape(batch.shape))


@pytest.mark.parametrize("n_units", [100, 131, 203, 266])
def test_a_row_has_the_same_logits_at_every_place_of_a_block_however_wide_its_layers_are(rng, n_units):
    X = rng.normal(size=(1, 64)).astype(np.float32)
    sizes = (64, n_units, n_units)
    network = Network.initialise(FeatureMoments.of(rng.normal(size=(9, 64)), np.ones(9)), sizes, rng, np.float64)
    network.flat[:] = rng.normal(size=network.flat.size)
    logits = network.logits(np.repeat(X, 3 * ROW_BLOCK + 5, axis=0))
    assert np.array_equal(logits, np.broadcast_to(network.logits(X), logits.shape))


EVERY_OUTPUT = pytest.mark.parametrize(
    ("output", "targets"),
    [
        (SoftmaxOutput(ClassLabels.of([0, 1, 2])), lambda rng: rng.integers(0, 3, size=(300, 1))),
        (SigmoidOutput(ClassLabels.of([0, 1])), lambda rng: rng.integers(0, 2, size=(300, 1))),
        (SigmoidsOutput((ClassLabels.of([0, 1]),) * 3), lambda rng: rng.integers(0, 2, size=(300, 3))),
        (
            SoftmaxesOutput((ClassLabels.of([0, 1]), ClassLabels.of([0, 1, 2]))),
            lambda rng: rng.integers(0, 2, size=(300, 2)),
        ),
    ],
    ids=["softmax", "sigmoid", "sigmoids", "softmaxes"],
)


@EVERY_OUTPUT
def test_backward_is_the_derivative(X, rng, output, targets):
    network = network_for(X, rng, output.n_outputs)
    Z, codes = network.standardize(X), targets(rng)
    weight = rng.random(codes.shape)

    def loss(flat):
        moved = Network(network.mean, network.scale, network.layer_sizes, flat)
        return output.loss_and_gradient(moved.forward(Z, 0.0, rng)[0], codes, weight, 0.1)[0]

    raw, trace = network.forward(Z, 0.0, rng)
    gradient = network.backward(output.loss_and_gradient(raw, codes, weight, 0.1)[1], trace)
    direction = rng.normal(size=network.flat.size)
    slope = (loss(network.flat + 1e-6 * direction) - loss(network.flat - 1e-6 * direction)) / 2e-6
    assert gradient @ direction == pytest.approx(slope, rel=1e-5)


@EVERY_OUTPUT
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_has_the_dtype_of_the_network_whatever_the_weights_have(rng, output, targets, dtype):
    raw, codes = rng.normal(size=(300, output.n_outputs)).astype(dtype), targets(rng)
    for smoothing in (0.0, 0.1):
        assert output.loss_and_gradient(raw, codes, rng.random(codes.shape), smoothing)[1].dtype == dtype


def test_dropout_cuts_the_gradient_where_it_cut_the_unit(X, rng):
    network = network_for(X, rng)
    Z = network.standardize(X)
    _, trace = network.forward(Z, 0.5, rng)
    assert 0.3 < np.mean(trace.inputs[1] == 0.0) < 0.7
    assert np.array_equal(trace.inputs[1] == 0.0, trace.slopes[0] == 0.0)
    hidden = network.forward(Z, 0.0, rng)[1].inputs[1]
    draws = [network.forward(Z, 0.5, np.random.default_rng(s))[1].inputs[1] for s in range(2000)]
    np.testing.assert_allclose(np.mean(draws, axis=0), hidden, rtol=0.15, atol=1e-12)

    def loss(flat):
        moved = Network(network.mean, network.scale, network.layer_sizes, flat)
        return moved.forward(Z, 0.5, np.random.default_rng(1))[0].sum()

    raw, trace = network.forward(Z, 0.5, np.random.default_rng(1))
    gradient = network.backward(np.ones_like(raw), trace)
    direction = rng.normal(size=network.flat.size)
    slope = (loss(network.flat + 1e-7 * direction) - loss(network.flat - 1e-7 * direction)) / 2e-7
    assert gradient @ direction == pytest.approx(slope, rel=1e-4)


def test_new_moments_do_not_change_the_function(X, rng):
    network = network_for(X, rng)
    before = network.logits(X)
    network.restandardize(FeatureMoments.of(X * 3 + 7, np.ones(len(X))))
    np.testing.assert_allclose(network.logits(X), before, rtol=1e-9)


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="layer_sizes"):
        Network(np.zeros(2), np.ones(2), (2,), np.zeros(0))
    with pytest.raises(ArgumentError, match="parameters"):
        Network(np.zeros(2), np.ones(2), (2, 3), np.zeros(5))
    with pytest.raises(ArgumentError, match="mean"):
        Network(np.zeros(3), np.ones(2), (2, 3), np.zeros(9))


def test_moments_of_parts_merge_to_the_moments_of_the_whole(X, rng):
    weight = rng.random(300)
    merged = FeatureMoments.of(X[:50], weight[:50]).merge(FeatureMoments.of(X[50:], weight[50:]))
    whole = FeatureMoments.of(X, weight)
    for part, all_rows in [(merged.mean, whole.mean), (merged.scale, whole.scale), (merged.weight, whole.weight)]:
        np.testing.assert_allclose(part, all_rows, rtol=1e-12)
    np.testing.assert_allclose(whole.mean, np.average(X, axis=0, weights=weight))


def test_moments_of_nothing_are_neutral(X):
    nothing = FeatureMoments.of(X, np.zeros(300))
    whole = FeatureMoments.of(X, np.ones(300))
    assert np.array_equal(nothing.merge(whole).mean, whole.mean)
    assert nothing.merge(nothing).weight == 0.0
    assert np.array_equal(nothing.scale, np.ones(5))


def test_a_constant_feature_has_scale_one():
    assert FeatureMoments.of(np.full((10, 1), 0.1), np.ones(10)).scale == [1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adamw_takes_its_first_step_of_the_learning_rate_and_decays_weights_only(dtype):
    parameters = np.array([1.0, 1.0], dtype)
    optimizer = AdamW(np.array([1.0, 0.0], dtype))
    optimizer.update(parameters, np.array([3.0, -3.0], dtype), 0.1, 0.5)
    np.testing.assert_allclose(parameters, [1.0 - 0.1 * 0.5 - 0.1, 1.0 + 0.1], rtol=1e-6)


def test_adamw_follows_its_formula(rng):
    parameters = rng.normal(size=50)
    expected, first, second = parameters.copy(), np.zeros(50), np.zeros(50)
    optimizer = AdamW(np.ones(50))
    for step in range(1, 20):
        gradient = rng.normal(size=50)
        optimizer.update(parameters, gradient, 0.01, 0.1)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        root = np.sqrt(second / (1 - 0.99**step)) + 1e-8
        expected -= 0.01 * 0.1 * expected + 0.01 * first / (1 - 0.9**step) / root
    np.testing.assert_allclose(parameters, expected, rtol=1e-10)


def test_the_best_epoch_is_the_last_of_the_lowest():
    assert History([3.0, 2.0, 1.0], [], []).best_epoch == 3
    assert History([], [], [0.5, 0.3, 0.4, 0.3, 0.6]).best_epoch == 4


def test_the_average_forgets_its_start_and_follows():
    parameters = np.zeros(1)
    optimizer = AdamW(np.zeros(1))
    average = optimizer.start_average(parameters, horizon=10)
    parameters[:] = 1.0
    optimizer.update(parameters, np.zeros(1), 0.1, 0.0)
    assert 0.7 < average[0] < 1.0
    parameters[:] = 5.0
    for _ in range(200):
        optimizer.update(parameters, np.zeros(1), 0.1, 0.0)
    assert average[0] == pytest.approx(5.0, abs=1e-6)
