"""Which columns of a table are logits or probabilities, and of which classes; rows that were rounded when written."""

from collections.abc import Sequence

import numpy as np

from softargmax._arrays import Array
from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.tables.names import find, find_column
from softargmax.tables.notes import Note

# What `predict` and `apply` call their columns. Beside them stand the label, and what was kept of the input.
OURS = "probability_"
# What may part a word before the name of a class from it.
_MARKS = "_.-: "
# How far from 1 the sum of a row may be that was rounded: three digits of a hundred classes, or two of ten.
_ROUNDED = 0.05


def chosen_columns(
    file: str, names: Sequence[str], *, label: str | None, drop: Sequence[str], classes: Sequence[str] | None
) -> list[str]:
    """Choose the columns of numbers, in the order of the classes where those are known.

    Parameters
    ----------
    file : str
        What messages call the table.
    names : sequence of str
        All columns.
    label : str or None
        The column of labels, a name or a position.
    drop : sequence of str
        Columns to leave out, likewise.
    classes : sequence of str or None
        What the columns are called, perhaps after a word that all have in common: logit_cat, logit_dog.

    Raises
    ------
    TableError
        For a column that is not there.
    """
    out = {find_column(name, names, file, "drop") for name in drop}
    if label is not None:
        out.add(find_column(label, names, file, "label"))
    left = [name for name in names if name not in out]
    if classes:
        return _columns_of(file, left, classes)
    ours = [name for name in left if name.startswith(OURS)]
    return ours if len(ours) > 1 else left


def _columns_of(file: str, names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Find the columns of known classes, in their order."""
    words = {"": None} | {name.removesuffix(classes[0]): None for name in names if name.endswith(classes[0])}
    found = {}
    for word in words:
        columns = [find(word + name, names) for name in classes]
        if None not in columns:
            found[word] = [str(column) for column in columns]
    if len(found) > 1 and "" not in found:
        raise TableError(
            f"{file}: expected one column for each class, got those after {listed(list(found))}; drop the others",
            parameter="drop",
        )
    if not found:
        raise TableError(
            f"{file}: expected the columns {listed(classes)}, one for each known class, got {listed(names)}"
        )
    return found[""] if "" in found else next(iter(found.values()))


def others_left_out(
    names: Sequence[str], chosen: Sequence[str], label: str | None, drop: Sequence[str]
) -> tuple[Note, ...]:
    """Say which columns are read as nothing, though nobody asked for that."""
    asked = {find_column(name, names, "", "drop") for name in (*drop, *([] if label is None else [label]))}
    others = [name for name in names if name not in chosen and name not in asked]
    return (Note("columns", f"{listed(others)} left out: not of a class", option="drop"),) if others else ()


def class_names(columns: Sequence[str], labels: Array) -> tuple[str, ...]:
    """Name the classes by their columns, without a word that all begin with unless the labels have it too.

    >>> class_names(["logit_cat", "logit_dog"], np.array(["dog", "cat"]))
    ('cat', 'dog')
    >>> class_names(["class_0", "class_1"], np.array(["class_1"]))
    ('class_0', 'class_1')
    """
    if all(find(str(label), columns) for label in set(labels.tolist())):
        return tuple(columns)
    first, last = min(columns), max(columns)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    end = max(first.rfind(mark, 0, common) for mark in _MARKS) + 1
    bare = tuple(column[end:] for column in columns)
    # Numbers alone would say less than class_0, and nothing that their places do not say.
    counts = bare == tuple(map(str, range(len(bare))))
    return bare if all(bare) and not counts else tuple(columns)


def as_probabilities(values: Array, file: str, normalise: bool) -> Array:
    """Give rows of probabilities, if `normalise` is set divided by their sums, which rounding has moved from 1.

    Raises
    ------
    TableError
        If a sum is farther from 1 than rounding explains; without `normalise`, if it is off by as much as rounding.
    """
    if values.ndim < 2 or values.shape[1] < 2:
        return values
    sums = values.sum(axis=1, dtype=np.float64)
    off = np.abs(sums - 1.0)
    far = ~(off <= _ROUNDED)
    # Of what is negative the library says that it is no probability.
    if far.any() and (normalise or not (values < 0.0).any()):
        row = int(np.argmax(far))
        wanted = f"probabilities that sum to 1 up to {_ROUNDED}" if normalise else "probabilities that sum to 1"
        raise TableError(
            f"{file}: row {row + 1}: expected {wanted}, got {sums[row]:.6g}{_advice(float(sums[row]))}",
            parameter="drop",
        )
    if normalise:
        divided: Array = values / sums[:, None]
        return divided
    exact = max(1e-6, float(np.finfo(values.dtype).eps) ** 0.5) if values.dtype.kind == "f" else 1e-6
    if not far.any() and (off > exact).any():
        row = int(np.argmax(off > exact))
        raise TableError(
            f"{file}: row {row + 1}: expected probabilities that sum to 1, got {sums[row]:.6g}; if they were rounded, "
            "pass normalise=True to divide every row by its sum",
            parameter="normalise",
        )
    return values


def _advice(total: float) -> str:
    """Say what may be done about numbers that do not sum to 1."""
    if abs(total - 100.0) < 5.0:
        return "; if they are percentages, divide them by 100"
    return "; a column that is not of a class is left out with drop=" if total > 1.0 else ""
