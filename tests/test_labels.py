import collections
import contextlib
import datetime
import decimal
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import softargmax as sm
from softargmax._state import State
from softargmax.exceptions import ArtifactError, DTypeError, LabelError, ShapeError, TargetError

columns = st.one_of(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4), min_size=1),
    st.lists(st.integers(-(2**40), 2**40), min_size=1),
    st.lists(st.booleans(), min_size=1),
)


@given(columns)
def test_labels_survive_the_way_to_codes_and_back(column):
    labels = sm.ClassLabels.of(column)
    assert labels.labels(labels.codes(column)).tolist() == column


@given(columns)
def test_argmax_of_one_hot_is_the_label(column):
    labels = sm.ClassLabels.of(column)
    assert labels.argmax(labels.one_hot(column)).tolist() == column


def test_worked_example():
    labels = sm.ClassLabels.of([0, 1, 2])
    assert labels.argmax([0.09003057, 0.66524096, 0.24472847]) == 1
    assert labels.one_hot([0, 1, 2]).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_classes_are_sorted_and_know_their_kind():
    assert sm.ClassLabels.of(["b", "a", "b"]).classes.tolist() == ["a", "b"]
    assert sm.ClassLabels.of(["b"]).kind == "text"
    assert sm.ClassLabels.of([True]).kind == "booleans"
    assert sm.ClassLabels.of([1.0, 2.0]).kind == "numbers"
    assert sm.ClassLabels.of(np.array(["x", "y"], object)).kind == "text"


def test_an_unseen_label_is_named_with_its_row_and_the_nearest_class():
    labels = sm.ClassLabels.of([">50K", "<=50K"])
    with pytest.raises(LabelError, match=r"1 of 2 labels .* '<=50K\.', first in row 2; .* did you mean '<=50K'\?"):
        labels.codes([">50K", "<=50K."])


@pytest.mark.parametrize("missing", [None, math.nan, np.datetime64("NaT", "s")])
def test_a_missing_label_is_named_with_its_row(missing):
    with pytest.raises(LabelError, match="1 of 3 are missing, first in row 2"):
        sm.ClassLabels.of(np.array(["a", missing, "b"], object))


# Every kind of container, with the second of three labels missing.
MISSING = {
    "list": ["a", math.nan, "b"],
    "tuple": ("a", math.nan, "b"),
    "deque": collections.deque(["a", math.nan, "b"]),
    "None": ["a", None, "b"],
    "pandas.NA": ["a", pd.NA, "b"],
    "NaT": ["a", pd.NaT, "b"],
    "NumPy's NaN": [np.str_("a"), np.float32("nan"), np.str_("b")],
    "Decimal": ["a", decimal.Decimal("nan"), "b"],
    "booleans": [True, math.nan, False],
    "integers": [1, math.nan, 0],
    "objects": np.array(["a", math.nan, "b"], object),
    "Series": pd.Series(["a", math.nan, "b"]),
    "string": pd.Series(["a", None, "b"], dtype="string"),
    "nullable integers": pd.Series([1, None, 0], dtype="Int64"),
    "Categorical": pd.Categorical(["a", None, "b"]),
}
with contextlib.suppress(ModuleNotFoundError):  # the core's tests run without it
    import pyarrow as pa

    MISSING["Arrow"] = pa.array(["a", None, "b"])
    MISSING["chunks of Arrow"] = pa.chunked_array([["a", None], ["b"]])
if hasattr(np.dtypes, "StringDType"):  # NumPy 2
    MISSING["StringDType"] = np.array(["a", math.nan, "b"], np.dtypes.StringDType(na_object=math.nan))


@pytest.mark.parametrize("column", MISSING.values(), ids=MISSING)
def test_a_missing_label_is_named_with_its_row_in_every_container(column):
    with pytest.raises(LabelError, match="1 of 3 are missing, first in row 2"):
        sm.ClassLabels.of(column)
    with pytest.raises(LabelError, match="1 of 3 are missing, first in row 2"):
        sm.ClassLabels.of(["a", "b", "nan"]).codes(column)


def test_text_that_reads_nan_is_a_label():
    assert sm.ClassLabels.of(["a", "nan", "None", "a"]).classes.tolist() == ["None", "a", "nan"]


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ([1, "a"], LabelError, "one type, got integers and text"),
        ([True, "a"], LabelError, "booleans and text"),
        ([0.5, 1.0], LabelError, "regression"),
        ([math.inf, 1.0], LabelError, "fractional"),
        ([math.nan, 1.0], LabelError, "missing"),
        ([], LabelError, "at least one"),
        ([["a"]], ShapeError, "one column"),
        ([datetime.date(2026, 1, 1)], DTypeError, "expected text, integers or booleans"),
        ([1j], DTypeError, "complex"),
    ],
)
def test_what_is_not_a_class_is_refused(column, error, message):
    with pytest.raises(error, match=message):
        sm.ClassLabels.of(column)


def test_classes_given_by_hand_must_be_sorted_and_distinct():
    for wrong in (["b", "a"], ["a", "a"]):
        with pytest.raises(LabelError, match="sorted and distinct"):
            sm.ClassLabels(wrong)


def test_labels_of_another_kind_are_refused():
    with pytest.raises(LabelError, match="expected text"):
        sm.ClassLabels.of(["0", "1"]).codes([0, 1])


def test_no_rows_have_no_codes():
    labels = sm.ClassLabels.of(["a", "b"])
    assert labels.codes([]).shape == (0,)
    assert labels.labels(np.empty(0, int)).tolist() == []


def test_scores_must_have_one_column_per_class_and_no_nan():
    labels = sm.ClassLabels.of(["a", "b"])
    with pytest.raises(ShapeError, match="one per class"):
        labels.argmax([[1.0, 2.0, 3.0]])
    with pytest.raises(TargetError, match="NaN"):
        labels.argmax([[1.0, math.nan]])
    assert labels.argmax([[1.0, 1.0]]) == ["a"]


def test_equal_classes_are_equal():
    assert sm.ClassLabels.of(["a", "b"]) == sm.ClassLabels.of(["b", "a"])
    assert sm.ClassLabels.of(["a"]) != sm.ClassLabels.of(["b"])
    assert len({sm.ClassLabels.of(["a"]), sm.ClassLabels.of(["a"])}) == 1


def test_booleans_and_integers_are_not_the_same_labels():
    with pytest.raises(LabelError, match="one type"):
        sm.ClassLabels.of([True, 2])
    with pytest.raises(LabelError, match="expected integers as at fit"):
        sm.ClassLabels.of([0, 1]).codes([True, False])


def test_large_integers_are_compared_exactly():
    labels = sm.ClassLabels.of(np.array([2**53, 2**53 + 1], np.uint64))
    assert labels.codes(np.array([2**53 + 1])).tolist() == [1]
    assert labels.argmax(np.array([2**62, 2**62 + 1])) == 2**53 + 1
    assert labels.argmax(np.array([2**64 - 2, 2**64 - 1], np.uint64)) == 2**53 + 1


def test_classes_do_not_change_with_the_array_they_came_from():
    array = np.array([0, 1])
    labels = sm.ClassLabels(array)
    array[0] = -9
    assert labels.classes.tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_pandas_columns_are_labels_like_any_others(dtype):
    column = pd.Series(["cat", "dog", "cat"], dtype=dtype)
    assert sm.ClassLabels.of(column).codes(column).tolist() == [0, 1, 0]


def test_a_missing_value_of_pandas_is_named():
    with pytest.raises(LabelError, match="1 of 3 are missing, first in row 2"):
        sm.ClassLabels.of(pd.Series(["a", pd.NA, "b"], dtype="string"))


@pytest.mark.parametrize(
    "classes", [["bird", "cat", "Zürich"], [-3, 0, 7], [2**63 + 1, 2**64 - 1], [False, True], [1.0, 2.0]]
)
def test_classes_come_back_from_a_file(tmp_path, classes):
    labels = sm.ClassLabels.of(classes)
    labels.save(tmp_path / "labels.json")
    for loaded in (sm.ClassLabels.load(tmp_path / "labels.json"), sm.load(tmp_path / "labels.json")):
        assert loaded == labels
        assert loaded.kind == labels.kind


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("class-labels", {"labels": "text", "classes": ["b", "a"]}),
        ("class-labels", {"labels": "text", "classes": ["a", 1]}),
        ("class-labels", {"labels": "integers", "classes": [False, True]}),
        ("class-labels", {"labels": "integers", "classes": [2**70]}),
        ("class-labels", {"labels": "numbers", "classes": [0.5]}),
        ("class-labels", {"labels": "text", "classes": []}),
        ("class-labels", {"labels": "text", "classes": "ab"}),
        ("class-labels", {"labels": "colours", "classes": ["a"]}),
        ("class-labels", {"labels": "text"}),
        ("temperature", {"labels": "text", "classes": ["a"]}),
    ],
)
def test_damaged_classes_are_refused(kind, values):
    with pytest.raises(ArtifactError):
        sm.ClassLabels.from_state(State(kind, 1, values))
