"""From the column of labels to the classes: which there are, which are the same in two forms, and which look amiss."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.label_cells import A_CLASS, label_kind, labels_in, missing_labels
from softargmax.tables.names import note_on_look_alikes, of_one_width
from softargmax.tables.notes import Note

# Classes are all counted, unlike the values of other columns; a million of them are none.
MOST_CLASSES = 1 << 20
# More whole numbers than this, of fewer rows each, look like a quantity.
_MANY, _FEW_ROWS = 30, 10
_NO_CLASSES = "classes must repeat to be learned. If it is an identifier or a quantity, choose another target"


def learn_target(summary: ColumnSummary, decimal: str = ".") -> tuple[ClassLabels, tuple[Note, ...]]:
    """Give the classes, and what is to be said about them; `decimal` is the mark of numbers that are text.

    Raises
    ------
    TableError
        For labels that nothing can be learned from.
    """
    where = f"{summary.origins[0].file}: target column {summary.name!r}"
    n_rows = summary.n_present
    labels = labels_of(summary, decimal)
    notes = []
    if summary.n_missing and summary.first_missing is not None:
        file, row = summary.place(summary.first_missing)
        said = (
            f"{summary.n_missing} of {summary.n_rows} rows have no label in {summary.name!r}, first row {row} of {file}"
        )
        notes.append(Note("unlabelled", f"{said}: left out", summary.name, "missing"))
    if labels.kind == "text":
        counts, joined = _joined(summary.name, Counter({str(key): n for key, n in summary.counts().items()}))
        labels = ClassLabels.of(np.array(list(counts), np.str_))
        alike = note_on_look_alikes("labels", summary.name, dict(_by_frequency(counts)))
        notes += [*joined, *_differ_in_case(summary.name, counts), *alike]
    if n_rows == 1:
        raise TableError(f"{summary.origins[0].file}: expected many rows to learn from, got one")
    if len(labels) == 1:
        raise TableError(f"{where}: expected at least two classes, got only {labels.classes[0].item()!r}")
    # Twenty classes of one row each may be a small example; beyond that, classes of less than two rows on average are
    # no classes but something every row has its own of.
    if len(labels) > max(20, n_rows // 2):
        raise TableError(f"{where}: {len(labels)} different values in {n_rows} rows; {_NO_CLASSES}")
    if labels.kind == "integers" and len(labels) > _MANY and n_rows < _FEW_ROWS * len(labels):
        said = f"{summary.name!r} holds {len(labels)} different whole numbers in {n_rows} rows"
        notes.append(Note("quantity", f"{said}: a quantity, rather than classes?", summary.name))
    return labels, tuple(notes)


def labels_of(summary: ColumnSummary, decimal: str = ".") -> ClassLabels:
    """Give the classes of a column of labels; rows without one are none.

    Raises
    ------
    TableError
        If there are none, or they are no classes.
    """
    file = summary.origins[0].file
    if not summary.is_counted:
        raise TableError(
            f"{file}: target column {summary.name!r}: more than {summary.distinct.most} different values; {_NO_CLASSES}"
        )
    if not summary.n_present:
        raise missing_labels(*summary.place(summary.start), summary.name)
    # Every label once, as if it were a table of its own.
    values = summary.distinct.values
    once = Batch(file, 1, pa.RecordBatch.from_arrays([values], names=[summary.name]), decimal=decimal)
    cells = Cells(once, summary.name, values, summary.family == "text")
    kind = label_kind(cells)
    numbers = summary.numbers
    if summary.family == "number" and numbers.infinite is not None:
        raise summary.error(numbers.infinite, "a finite number")
    if numbers.fraction is not None and not numbers.n_against and not summary.marks:
        raise summary.error(numbers.fraction, A_CLASS)
    return ClassLabels.of(labels_in(cells, kind))


def _joined(name: str, counts: Counter[str]) -> tuple[Counter[str], list[Note]]:
    """Make one class of labels that differ in width or blanks only, under the spelling of most rows."""
    groups = _groups(counts, of_one_width)
    joined = Counter({spellings[0]: sum(counts[label] for label in spellings) for spellings in groups})
    said = [listed([_shown(spelling) for spelling in spellings]) for spellings in groups if len(spellings) > 1]
    text = f"labels in {name!r} that differ only in width or blanks are one class: {'; '.join(said[:5])}"
    return joined, [Note("label-forms", text, name)] if said else []


def _differ_in_case(name: str, counts: Counter[str]) -> list[Note]:
    """Point out classes that differ in case only; they stay apart, because it may mean something."""
    groups = [labels for labels in _groups(counts, str.casefold) if len(labels) > 1]
    said = [" and ".join(f"{label!r} ({counts[label]})" for label in labels) for labels in groups[:5]]
    text = f"labels in {name!r} that differ only in case are different classes: {'; '.join(said)}"
    return [Note("label-case", text, name)] if said else []


def _groups(counts: Counter[str], form: Callable[[str], str]) -> list[list[str]]:
    """Put labels of one form together, the most frequent first."""
    groups = defaultdict(list)
    for label, _ in _by_frequency(counts):
        groups[form(label)].append(label)
    return list(groups.values())


def _by_frequency(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _shown(label: str) -> str:
    """Name the blanks of a label that are not the common one, which nobody sees."""
    names = {letter: f"<{unicodedata.name(letter, 'blank')}>" for letter in label if letter.isspace() and letter != " "}
    return "".join(names.get(letter, letter) for letter in label)
