"""Keras' models come in by what goes into their last softmax or sigmoid, or as they are where they say from_logits."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

import softargmax as sm  # noqa: E402
from softargmax.exceptions import UnsupportedError  # noqa: E402

# What Keras itself asks of NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 4)).astype(np.float32) * 100  # margins beyond 40
layers = keras.layers


def body(n, end="linear", *more):
    keras.utils.set_random_seed(0)
    return keras.Sequential([layers.Input((4,)), layers.Dense(5, "relu"), layers.Dense(n, activation=end), *more])


def functional(n, end):
    keras.utils.set_random_seed(0)
    inputs = layers.Input((4,))
    hidden = layers.Dense(5, "relu")(inputs)
    return keras.Model(inputs, layers.Dense(n, activation=end)(hidden))


def nested(n, end):
    inner = body(n, end)
    inputs = layers.Input((4,))
    return keras.Model(inputs, inner(inputs))


def by_hand(n):
    z = body(n).predict(X, verbose=0)
    assert np.abs(z).max() > 40
    return z.astype(np.float64)


@pytest.mark.parametrize("end", ["softmax", "log_softmax"])
@pytest.mark.parametrize("make", [body, functional, nested])
def test_logits_are_what_goes_into_the_softmax(make, end):
    model = make(3, end)
    before = model.get_weights()
    z = sm.logits_of(model, X)
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z, by_hand(3))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.layers[-1].get_config().get("activation", end) == end


@pytest.mark.parametrize("more", [layers.Softmax, lambda: layers.Activation("softmax")])
def test_a_softmax_may_be_a_layer_of_its_own(more):
    np.testing.assert_array_equal(sm.logits_of(body(3, "linear", more()), X), by_hand(3))


def test_a_sigmoid_is_two_classes_and_several_are_labels():
    z = sm.logits_of(body(1, "sigmoid"), X)
    np.testing.assert_array_equal(z, np.stack([np.zeros(70), by_hand(1)[:, 0]], axis=1))
    model = sm.CalibratedModel(body(3, "sigmoid"), sm.TemperatureScaling(), cv="prefit")
    assert model.fit(X, RNG.binomial(1, sm.sigmoid(by_hand(3) / 50))).predict_proba(X).shape == (70, 3)


@pytest.mark.parametrize(
    ("n", "loss"),
    [
        (3, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        (3, keras.losses.CategoricalCrossentropy(from_logits=True)),
        (1, keras.losses.BinaryCrossentropy(from_logits=True)),
    ],
)
def test_an_output_counts_as_logits_where_the_loss_says_so(n, loss):
    model = body(n)
    model.compile(loss=loss)
    np.testing.assert_array_equal(sm.logits_of(model, X)[:, -n:], by_hand(n))


def test_a_model_is_calibrated_on_its_logits():
    y = sm.sample(by_hand(3) / 50, rng=0)
    model = sm.CalibratedModel(body(3, "softmax"), sm.TemperatureScaling(), cv="prefit").fit(X, y)
    assert model.calibration_.temperature_ == sm.TemperatureScaling().fit(by_hand(3), y).temperature_


def test_what_does_not_say_that_it_gives_logits_is_refused():
    with pytest.raises(UnsupportedError, match="a Sequential that ends in no softmax or sigmoid .* from_logits=True"):
        sm.logits_of(body(3), X)
    for loss in ("mse", keras.losses.SparseCategoricalCrossentropy()):
        model = body(3)
        model.compile(loss=loss)
        with pytest.raises(UnsupportedError, match="ends in no softmax"):
            sm.logits_of(model, X)
    inputs = layers.Input((4,))
    with pytest.raises(UnsupportedError, match="a Functional with 2 outputs"):
        sm.logits_of(keras.Model(inputs, [layers.Dense(2)(inputs), layers.Dense(3)(inputs)]), X)
    with pytest.raises(UnsupportedError, match="a Sequential whose softmax runs along the axis 2"):
        sm.logits_of(keras.Sequential([layers.Input((4, 3)), layers.Softmax(axis=2)]), np.ones((2, 4, 3)))
    with pytest.raises(UnsupportedError, match="a Dense of Keras that is no Model"):
        sm.logits_of(layers.Dense(3), X)


def test_a_model_without_a_graph_counts_by_its_loss_alone():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = body(3)

        def call(self, x):
            return self.inner(x)

    with pytest.raises(UnsupportedError, match="an? Own that ends in no softmax"):
        sm.logits_of(Own(), X)
    model = Own()
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    np.testing.assert_array_equal(sm.logits_of(model, X), by_hand(3))
