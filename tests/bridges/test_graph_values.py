"""Arithmetic on values of a graph is the arithmetic of numbers, whatever a runtime makes of the nodes."""

import numpy as np
import pytest

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx import formulas  # noqa: E402
from softargmax.onnx.graph import Graph  # noqa: E402

NEAR_ONE = [1.0 + 1e-9, 1.0 - 1e-9, 1.0 + 2e-8, 1.0 - 2e-8, 1.0 + 3e-15, 1.0]


def run(formula, *columns):
    """Compute a formula of columns of numbers, after a node that keeps a runtime from knowing them."""
    graph = Graph("a test")
    values = [graph.input(f"x{place}", "float64", ["rows", column.shape[1]]) for place, column in enumerate(columns)]
    hidden = [graph.node("Neg", graph.node("Neg", value)) for value in values]
    result = formula(*hidden)
    graph.output("y", graph.node("Neg", result) if result.dtype == "float64" else result, ["rows", "columns"])
    session = runtime.InferenceSession(graph.model("0").SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {f"x{place}": column for place, column in enumerate(columns)})
    return -found if result.dtype == "float64" else found


@pytest.mark.parametrize("factor", NEAR_ONE)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (3,)])
def test_a_factor_next_to_one_is_not_left_out(rng, factor, shape):
    x, c = rng.normal(size=(50, 3)), np.full(shape, factor)
    c = float(c) if shape == () else c
    for formula in (lambda x: x * c, lambda x: c * x, lambda x: x / c):
        np.testing.assert_allclose(run(formula, x), formula(x), rtol=3e-16, atol=0)


@pytest.mark.parametrize(
    "formula",
    [
        lambda x, y: x + y - 2.0 * x / (y + 3.0),
        lambda x, y: 1.0 - x,
        lambda x, y: -x @ np.arange(9.0).reshape(3, 3),
    ],
)
def test_values_are_written_as_numbers_are(rng, formula):
    x, y = rng.uniform(size=(2, 40, 3))
    np.testing.assert_allclose(run(formula, x, y), formula(x, y), rtol=1e-14)


@pytest.mark.parametrize("compare", [lambda x: x < 0.5, lambda x: x <= 0.5, lambda x: x > 0.5, lambda x: x >= 0.5])
def test_values_are_compared_as_numbers_are(compare):
    x = np.array([[0.4, 0.5, 0.6]])
    np.testing.assert_array_equal(run(compare, x), compare(x))


def test_small_logarithms_keep_their_digits(rng):
    x = 10.0 ** rng.uniform(-320, 300, size=(200, 5))
    np.testing.assert_allclose(run(formulas.log1p, x), np.log1p(x), rtol=1e-15)
    z = rng.normal(size=(200, 5)) * 300
    np.testing.assert_allclose(run(formulas.softplus, z), np.logaddexp(0.0, z), rtol=2e-15, atol=1e-305)
    np.testing.assert_allclose(run(formulas.log_sigmoid, z), -np.logaddexp(0.0, -z), rtol=2e-15, atol=1e-305)


def test_a_distribution_keeps_the_digits_of_what_is_nearly_sure(rng):
    mpmath = pytest.importorskip("mpmath")
    gaps = np.concatenate(
        [np.zeros((60, 1)), -np.linspace(0.0, 600.0, 60)[:, None] - rng.uniform(size=(60, 3))], axis=1
    )
    z = gaps + 7.0

    def said(x):
        one = formulas.Distribution(x, 4)
        return formulas.joined([one.log_p, one.log_rest, one.odds])

    found = run(said, z)
    with mpmath.workdps(400):
        for row, (log_p, log_rest, odds) in zip(z, found.reshape(60, 3, 4), strict=True):
            e = [mpmath.exp(mpmath.mpf(float(number))) for number in row]
            p = [each / mpmath.fsum(e) for each in e]
            np.testing.assert_allclose(log_p, [float(mpmath.log(each)) for each in p], rtol=1e-13)
            np.testing.assert_allclose(log_rest, [float(mpmath.log(1 - each)) for each in p], rtol=1e-13, atol=3e-16)
            np.testing.assert_allclose(
                odds, [float(mpmath.log(each / (1 - each))) for each in p], rtol=1e-13, atol=3e-16
            )


def test_names_are_never_given_twice():
    graph = Graph("a test")
    first, second = graph.input("Exp", "float64", ["rows", 1]), graph.input("label", "float64", ["rows", 1])
    assert graph.output("label", formulas.exp(first) + second, ["rows", 1]) == "label_2"
    model = graph.model("0")
    names = [name for node in model.graph.node for name in node.output]
    assert len({*names, "Exp", "label"}) == len(names) + 2
