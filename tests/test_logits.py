"""Rows of logits and of probabilities come in by one door."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import _logits, exceptions
from softargmax._logits import codes_in, exactly_one, logits_in, probabilities_in, rows_given, steady
from softargmax.exceptions import ArgumentError, ShapeError, TargetError

Z = np.array([1.5, -2.0, 0.25])


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_sigmoid_becomes_the_columns_zero_and_z(shape):
    rows = logits_in(Z.reshape(shape))
    assert np.array_equal(rows.values, np.stack([0.0 * Z, Z], axis=1))
    assert rows.was_sigmoid


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_sigmoid_comes_back_in_the_callers_shape(shape):
    rows = logits_in(Z.reshape(shape))
    assert np.array_equal(rows.restore(3.0 * rows.values), 3.0 * Z.reshape(shape))


def test_columns_come_back_as_columns():
    rows = logits_in(np.ones((4, 3), np.float32))
    assert not rows.was_sigmoid
    assert rows.restore(np.zeros((4, 3))).shape == (4, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_callers_dtype_comes_back(dtype):
    rows = logits_in(np.ones(5, dtype))
    assert rows.restore(rows.values.astype(np.float64)).dtype == dtype


def test_a_table_is_not_copied():
    table = np.ones((4, 3), np.float32)
    assert logits_in(table).values is table


def test_blocks_are_float64_and_cover_every_row_once():
    table = np.arange(30.0, dtype=np.float32).reshape(10, 3)
    parts = list(logits_in(table).blocks(cells=7))
    assert [part.stop - part.start for part, _ in parts] == [2] * 5
    assert np.array_equal(np.concatenate([z for _, z in parts]), table)
    assert {z.dtype for _, z in parts} == {np.dtype(np.float64)}


@pytest.mark.parametrize(("bad", "said"), [(np.nan, "NaN or"), (np.inf, r"\+inf"), (-np.inf, "only -inf")])
def test_a_row_without_a_ranking_is_named(bad, said):
    table = np.zeros((10, 2))
    table[7] = bad
    with pytest.raises(exceptions.ArgumentError, match=f"{said}.* in row 7") as caught:
        list(logits_in(table).blocks(cells=4))
    assert caught.value.parameter == "logits"
    with pytest.raises(exceptions.ArgumentError, match="in row 7"):
        logits_in(table).refuse_unranked()


def test_a_class_may_be_ruled_out():
    logits_in([[0.0, -np.inf], [-np.inf, 2.0]]).refuse_unranked()


@pytest.mark.parametrize("shape", [(), (3, 0), (2, 3, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(exceptions.ShapeError, match=r"one sigmoid per row, got"):
        logits_in(np.zeros(shape))


def test_another_number_of_classes_than_at_fit_is_refused():
    with pytest.raises(exceptions.ShapeError, match=r"\(n_rows, 3\)"):
        logits_in(np.zeros((5, 4)), n_classes=3)
    with pytest.raises(exceptions.ShapeError, match=r"\(n_rows, 3\)"):
        logits_in(np.zeros(5), n_classes=3)
    assert logits_in(np.zeros(5), n_classes=2).n_classes == 2


def test_one_probability_per_row_is_that_of_class_1():
    rows = probabilities_in([0.25, 1.0])
    assert np.array_equal(rows.values, [[0.75, 0.25], [0.0, 1.0]])


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_one_probability_per_row_lies_between_0_and_1(bad):
    with pytest.raises(exceptions.TargetError, match="between 0 and 1"):
        probabilities_in([0.5, bad])


def test_probabilities_that_are_nan_are_named_by_their_row():
    with pytest.raises(exceptions.ArgumentError, match="NaN in row 1"):
        list(probabilities_in([[0.5, 0.5], [np.nan, 0.5]]).blocks())


def test_exactly_one_of_logits_and_probabilities():
    assert exactly_one(logits=[1.0], probabilities=None) == ([1.0], True)
    assert exactly_one(logits=None, probabilities=[1.0]) == ([1.0], False)
    with pytest.raises(exceptions.ArgumentError, match="got none"):
        rows_given()
    with pytest.raises(exceptions.ArgumentError, match="got both"):
        rows_given(logits=Z, probabilities=Z)


def test_what_is_judged_is_what_was_named():
    assert isinstance(rows_given(logits=Z), _logits.Logits)
    assert isinstance(rows_given(probabilities=[0.5]), _logits.Probabilities)


def test_codes_belong_to_rows_one_by_one():
    rows = logits_in(Z)
    assert codes_in([0, 1, 1], rows).tolist() == [0, 1, 1]
    with pytest.raises(exceptions.ShapeError, match=r"\(3,\) and \(2,\)"):
        codes_in([0, 1], rows)
    with pytest.raises(exceptions.TargetError, match="between 0 and 1, got 2"):
        codes_in([0, 1, 2], rows)
    with pytest.raises(exceptions.ShapeError, match="at least one row"):
        codes_in([], logits_in(np.zeros((0, 2))))


def test_steady_numbers_forget_last_bits():
    x = np.random.default_rng(0).normal(size=1000) * 30.0
    assert np.mean(steady(np.nextafter(x, np.inf)) == steady(x)) > 0.999
    assert np.max(np.abs(steady(x) - x)) <= 2.0**-21


def test_steady_numbers_may_be_huge_or_infinite():
    x = np.array([np.inf, -np.inf, 1e300, -(2.0**40)])
    assert np.array_equal(steady(x), x)
    assert np.isnan(steady(np.nan))


def test_codes_of_a_c_long_long_are_codes():
    # NumPy has two types of 64 bits, and array.array("q") brings the other one.
    codes = np.array([0, 0, 1, 1], np.longlong)
    assert sm.TemperatureScaling().fit([[1.0, 0.0], [0.0, 0.5], [0.0, 2.0], [0.0, 1.0]], codes).temperature_ > 0.0


@pytest.mark.parametrize("n", [5, 60_000])
def test_the_row_that_is_no_distribution_is_named(n):
    p, y = np.full((n, 10), 0.1), np.zeros(n, int)
    for value, found in ((0.4, r"sums to 1\.3"), (-0.2, r">= 0, got -0\.2"), (np.nan, "NaN")):
        wrong = p.copy()
        wrong[n - 2, 3] = value
        for call in (
            lambda wrong=wrong: sm.assess(y, probabilities=wrong),
            lambda wrong=wrong: sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(wrong, y),
        ):
            with pytest.raises(ArgumentError, match=f"{found}.* in row {n - 2}") as caught:
                call()
            assert caught.value.parameter == "probabilities"
    with pytest.raises(TargetError, match=r"sums to 1\.5 in row 1, 0"):
        sm.entropy(probabilities=[[[0.5, 0.5]], [[1.0, 0.5]]])
    with pytest.raises(TargetError, match=r"sums to 1\.5$"):
        sm.entropy(probabilities=[1.0, 0.5])
    with pytest.raises(TargetError, match=r"got 1\.3 in row 1"):
        sm.assess([0, 1], probabilities=[0.2, 1.3])


def test_one_column_of_logits_is_sent_to_its_own_loss():
    with pytest.raises(TargetError, match="one sigmoid per row: binary_cross_entropy"):
        sm.cross_entropy(np.zeros((3, 1)), [0, 1, 0])
    with pytest.raises(ShapeError, match="one sigmoid per row: binary_cross_entropy"):
        sm.cross_entropy(np.zeros(3), [1, 1, 0])


def test_groups_are_no_condition():
    with pytest.raises(ArgumentError, match=r"fit\(groups=\)") as caught:
        sm.ConformalClassifier(conditional="group").fit(np.zeros((5, 3)), [0, 1, 2, 0, 1])
    assert caught.value.parameter == "conditional"
