"""Labels as a fit is given them: in every container, none missing, each of its own type."""

import collections
import contextlib
import math

import numpy as np
import pandas as pd
import pytest

import softargmax as sm
from softargmax.exceptions import LabelError, ShapeError

X = np.arange(4.0)[:, np.newaxis]
TEXT = ["a", "b", math.nan, "a"]
COLUMNS = [["a", "x"], ["b", "y"], [math.nan, "x"], ["a", "y"]]

ONE_COLUMN = {
    "list": TEXT,
    "tuple": tuple(TEXT),
    "deque": collections.deque(TEXT),
    "list of rows": [[label] for label in TEXT],
    "objects": np.array(TEXT, object),
    "Series": pd.Series(TEXT),
    "string": pd.Series(["a", "b", None, "a"], dtype="string"),
    "Categorical": pd.Categorical(["a", "b", None, "a"]),
    "integers": [1, 0, math.nan, 1],
    "booleans": [True, False, None, True],
}
with contextlib.suppress(ModuleNotFoundError):  # the core's tests run without it
    import pyarrow as pa

    ONE_COLUMN["Arrow"] = pa.array(["a", "b", None, "a"])
TWO_COLUMNS = {"rows": COLUMNS, "objects": np.array(COLUMNS, object), "DataFrame": pd.DataFrame(COLUMNS)}
if hasattr(np.dtypes, "StringDType"):  # NumPy 2
    ONE_COLUMN["StringDType"] = np.array(TEXT, np.dtypes.StringDType(na_object=math.nan))
MISSING = ONE_COLUMN | {f"two columns, {name}": rows for name, rows in TWO_COLUMNS.items()}


def estimators(**options):
    return [sm.SoftmaxRegression(**options), sm.SoftmaxMLP((2,), max_epochs=1, **options)]


@pytest.mark.parametrize("y", MISSING.values(), ids=MISSING)
def test_a_missing_label_is_no_class(y):
    for model in estimators():
        with pytest.raises(LabelError, match="y: 1 of 4 are missing, first in row 3"):
            model.fit(X, y)


def test_a_missing_label_is_not_scored_as_wrong():
    model = sm.SoftmaxRegression().fit(X, ["a", "b", "b", "a"])
    with pytest.raises(LabelError, match="first in row 3"):
        model.score(X, TEXT)


def test_a_missing_class_is_refused_at_the_first_part():
    with pytest.raises(LabelError, match="1 of 3 are missing"):
        sm.SoftmaxMLP((2,)).partial_fit(X, ["a", "b", "b", "a"], classes=["a", "b", math.nan])


def test_text_of_either_kind_gives_the_same_classes():
    text = ["b", "ab", "b", "a"]
    columns = [pd.Series(text, dtype="string"), collections.deque(text)]
    if hasattr(np.dtypes, "StringDType"):
        columns.append(np.array(text, np.dtypes.StringDType()))
    for y in columns:
        assert sm.SoftmaxRegression().fit(X, y).classes_.tolist() == ["a", "ab", "b"]


def test_columns_in_rows_keep_a_type_each():
    model = sm.SoftmaxRegression().fit(X, [("a", 1), ("b", 2), ("c", 1), ("a", 2)])
    assert [classes.tolist() for classes in model.classes_] == [["a", "b", "c"], [1, 2]]


@pytest.mark.parametrize("dtype", [int, bool, float])
def test_one_hot_rows_are_no_independent_columns(dtype):
    for output in ("auto", "softmax"):
        for model in estimators(output=output):
            with pytest.raises(LabelError, match=r"exactly one 1.* y\.argmax\(axis=1\).* output=\"sigmoid\""):
                model.fit(X, np.eye(3, dtype=dtype)[[0, 1, 2, 0]])
    for model in estimators(output="sigmoid"):
        assert model.fit(X, np.eye(3, dtype=int)[[0, 1, 2, 0]]).predict_proba(X).shape == (4, 3)


def test_columns_in_which_a_row_has_no_one_or_two_are_independent():
    for last in ([0, 0, 0], [1, 1, 0]):
        for model in estimators():
            assert model.fit(X, np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], last])).predict_proba(X).shape == (4, 3)


def test_a_part_may_have_one_yes_in_each_row():
    model = sm.SoftmaxMLP((2,)).partial_fit(X, np.eye(3, dtype=int)[[0, 1, 2, 0]])
    assert model.partial_fit(X, np.ones((4, 3), int)).predict_proba(X).shape == (4, 3)


def test_the_argument_at_fault_is_classes():
    with pytest.raises(ShapeError, match="classes: expected one column"):
        sm.SoftmaxMLP((2,)).partial_fit(X, [[0, 1], [1, 0], [1, 1], [0, 1]], classes=[0, 1])
