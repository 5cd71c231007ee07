"""Class labels ↔ integer codes ↔ one-hot ↔ labels (argmax).

A label is what the user has (a string, an integer, a boolean); a code is its position 0 ... n_classes-1 in
the sorted classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeGuard

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array, as_numbers
from softargmax._codes import as_codes, check_codes
from softargmax._fields import Field, PlainField, TextField, fields_of, state_of, text_array
from softargmax._saved import Saved
from softargmax._state import State, shown
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import ArtifactError, DTypeError, LabelError, ShapeError, TargetError
from softargmax.probabilities.one_hot import one_hot

_KINDS = {"U": "text", "i": "integers", "u": "integers", "b": "booleans", "f": "numbers"}
# What JSON has for them; True is an integer to Python, so the types are compared, not asked of instances.
_TYPES = {"text": str, "integers": int, "booleans": bool, "numbers": float}
_FIELDS: dict[str, Field] = {"labels": TextField(choices=tuple(_TYPES)), "classes": PlainField()}


@dataclass(frozen=True, eq=False)
class ClassLabels(Saved):
    """The classes of one target, in their sorted order; position is the code.

    Parameters
    ----------
    classes : array-like, shape (n_classes,)
        Sorted and distinct; `ClassLabels.of` finds them in a column of labels.

    Raises
    ------
    LabelError
        For missing, mixed or unsorted labels.

    See Also
    --------
    softargmax.one_hot : from codes, when no labels are involved.

    Notes
    -----
    As scikit-learn's ``LabelEncoder`` with the way back from probabilities; mixed types are refused rather
    than turned into text. Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.1.2.

    Examples
    --------
    >>> import softargmax as sm
    >>> labels = sm.ClassLabels.of(["cat", "dog", "bird", "dog"])
    >>> labels.codes(["dog", "bird"])
    array([2, 0])
    >>> labels.argmax([[0.1, 0.7, 0.2]])
    array(['cat'], dtype='<U4')
    >>> sm.ClassLabels.from_state(labels.to_state()) == labels
    True
    """

    classes: Array

    def __post_init__(self) -> None:
        classes = as_labels(self.classes, "classes").copy()
        if classes.size == 0:
            raise LabelError("classes: expected at least one class, got none")
        if np.any(classes[1:] <= classes[:-1]):
            raise LabelError(f"classes: expected sorted and distinct labels, got {listed(classes.tolist())}")
        object.__setattr__(self, "classes", classes)

    @classmethod
    def of(cls, labels: npt.ArrayLike) -> "ClassLabels":
        """Find the classes in a column of labels."""
        column = as_labels(labels, "labels")
        if column.size == 0:
            raise LabelError("labels: expected at least one label, got none")
        return cls(np.unique(column))

    @property
    def kind(self) -> str:
        """What the labels are: "text", "integers", "numbers" or "booleans"."""
        return _KINDS[self.classes.dtype.kind]

    def __len__(self) -> int:
        return len(self.classes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClassLabels) and bool(np.array_equal(self.classes, other.classes))

    def __hash__(self) -> int:
        return hash(tuple(self.classes.tolist()))

    def to_state(self) -> State:
        """Give the classes as plain data."""
        return state_of("class-labels", 1, _FIELDS, {"labels": self.kind, "classes": self.classes.tolist()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild class labels from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        if state.kind != "class-labels":
            raise ArtifactError(f"expected the state of class labels, got one of {shown(state.kind)}")
        values = fields_of(state, _FIELDS, newest=1)
        classes, kind = values["classes"], _TYPES[values["labels"]]
        if not isinstance(classes, list) or any(type(label) is not kind for label in classes):
            raise ArtifactError(f"the state of 'class-labels' is damaged: expected a list of {values['labels']}")
        try:
            return cls(text_array(classes) if kind is str else np.array(classes))
        except (LabelError, DTypeError, ValueError) as error:
            raise ArtifactError(f"the state of 'class-labels' is damaged: {error}") from None

    def codes(self, labels: npt.ArrayLike) -> Array:
        """Turn labels into codes; labels that are none of the classes are an error that names them."""
        column = as_labels(labels, "labels")
        if column.size == 0:
            return np.empty(column.shape, np.int64)
        if _family(column) != _family(self.classes):
            raise LabelError(
                f"labels: expected {self.kind} as at fit ({listed(self.classes.tolist())}), "
                f"got {_KINDS[column.dtype.kind]} ({listed(column.tolist())})"
            )
        codes = np.minimum(np.searchsorted(self.classes, column), len(self) - 1)
        unseen = self.classes[codes] != column
        if unseen.any():
            raise LabelError(self._unseen_message(column, unseen))
        return codes

    def _unseen_message(self, column: Array, unseen: Array) -> str:
        names = np.unique(column[unseen])
        row = int(np.argmax(unseen)) + 1
        message = (
            f"{unseen.sum()} of {column.size} labels are not among the classes seen at fit: "
            f"{listed(names.tolist())}, first in row {row}; the classes are {listed(self.classes.tolist())}"
        )
        return message + did_you_mean(str(names[0]), map(str, self.classes.tolist()))

    def one_hot(self, labels: npt.ArrayLike) -> Array:
        """Turn labels into one-hot rows."""
        return np.asarray(one_hot(self.codes(labels), n_classes=len(self)))

    def labels(self, codes: npt.ArrayLike) -> Array:
        """Turn codes back into labels."""
        array = as_codes(codes, "codes")
        check_codes(array, len(self), "codes")
        return np.asarray(self.classes[array])

    def argmax(self, scores: npt.ArrayLike, /) -> Array:
        """Give the label of the largest of n_classes scores per row: logits, probabilities or one-hot.

        The first of equal maxima wins. A row with NaN has no largest score and is an error.
        """
        array = as_numbers(scores, "scores")
        if array.ndim == 0 or array.shape[-1] != len(self):
            raise ShapeError(f"scores: expected one per class, shape (..., {len(self)}), got {array.shape}")
        if np.isnan(array).any():
            raise TargetError("scores: expected numbers, got NaN; a row with NaN has no largest score")
        return np.asarray(self.classes[array.argmax(axis=-1)])


def _family(column: Array) -> str:
    """Labels of one family may be compared: text, booleans, or numbers."""
    return {"U": "text", "b": "booleans"}.get(column.dtype.kind, "numbers")


def as_labels(labels: npt.ArrayLike, name: str) -> Array:
    """Bring a column of labels in: text, integers, whole numbers or booleans, all of one kind, none missing."""
    if is_plain_sequence(labels):
        # NumPy turns [1, "a"], and NaN among text, into text, and [True, 2] into integers; look before it does.
        refuse_unlike(labels, name)
    array = as_array(labels, name)
    if array.ndim != 1:
        raise ShapeError(f"{name}: expected one column, shape (n_rows,), got shape {array.shape}")
    if array.dtype.kind in "OT":
        array = _from_objects(array, name)
    if array.dtype.kind not in _KINDS:
        raise DTypeError(f"{name}: expected text, integers or booleans, got {array.dtype}")
    if array.dtype.kind == "f":
        missing = np.isnan(array)
        if missing.any():
            raise LabelError(_missing_message(missing, name))
        odd = array[(array != np.floor(array)) | np.isinf(array)]
        if odd.size:
            raise LabelError(
                f"{name}: expected classes, got fractional or infinite numbers ({listed(odd.tolist())}); "
                "a quantity needs regression, or binning into classes first"
            )
    if array.dtype.kind == "u" and array.size and array.max() <= np.iinfo(np.int64).max:
        array = array.astype(np.int64)  # compared with signed integers, larger ones would go through float64
    return array


def is_plain_sequence(values: Any) -> TypeGuard[Sequence[Any]]:
    """Tell a list, a tuple, a deque and the like from arrays, columns, which have a dtype of their own, and text."""
    return isinstance(values, Sequence) and not isinstance(values, str | bytes) and not hasattr(values, "__array__")


def refuse_unlike(labels: Sequence[Any], name: str) -> None:
    """Refuse labels of which some are missing, or which are of several types.

    Raises
    ------
    LabelError
        Naming the first row without a label, or the types.
    """
    missing = np.fromiter(map(_is_missing, labels), np.bool_, len(labels))
    if missing.any():
        raise LabelError(_missing_message(missing, name))
    kinds = set(map(_kind_of, labels))
    if len(kinds) > 1 and kinds != {"integers", "numbers"} and "list" not in kinds:
        raise LabelError(
            f"{name}: expected labels of one type, got {' and '.join(sorted(kinds))}; convert them to text first"
        )


def _from_objects(array: Array, name: str) -> Array:
    values = array.tolist()
    refuse_unlike(values, name)
    return np.array(values) if values else np.empty(0, np.str_)


def _is_missing(value: Any) -> bool:
    # None, NaN, NaT and pandas.NA are the values that do not equal themselves, or are None; an array is no value.
    if type(value) is str:
        return False  # by far the most common case
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True  # pandas.NA is neither equal nor unequal to itself
    except ValueError:
        return False


def _kind_of(value: Any) -> str:
    for kind, name in [
        (str, "text"),
        (bool | np.bool_, "booleans"),
        (int | np.integer, "integers"),
        (float | np.floating, "numbers"),
    ]:
        if isinstance(value, kind):
            return name
    return type(value).__name__


def _missing_message(missing: Array, name: str) -> str:
    return (
        f"{name}: {missing.sum()} of {missing.size} are missing, first in row {int(np.argmax(missing)) + 1}; "
        "remove those rows or give them a label"
    )
