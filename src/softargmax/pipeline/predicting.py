"""Predictions as a table: what is decided about every row, and how probable it is.

=======================  ================================================================
``predicted_<target>``   the label, or "unsure" where none is given
``probability``          how probable the label is, or the likeliest one of an unsure row
``set_<target>``         with a confidence: a set of classes, the likeliest first
``set_size``             how many these are
``probability_<class>``  how probable every class is
``top1_<target>`` ...    instead of these: the likeliest classes
``top1_probability`` ..  how probable each of them is
=======================  ================================================================

Before them stand the columns of the input that are kept, and where only the likeliest rows are written, ``row``, their
number in the table, and ``file`` if there are several.

A set is text, with ``|`` between its classes; one within the name of a class has a backslash before it, and so has a
backslash. Of an unsure row it is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._atomic import refuse_overwriting
from softargmax._options import as_integer
from softargmax.exceptions import ArgumentError, TableError
from softargmax.pipeline.deciding import Decided
from softargmax.pipeline.likeliest_rows import LikeliestRows, places, probability_of, ranked_by
from softargmax.pipeline.table_decisions import UNSURE
from softargmax.tables.batch import Batch
from softargmax.tables.schema import Schema
from softargmax.tables.writing import check_output_name, table_writer


@dataclass(frozen=True)
class Wanted:
    """What is to be written about rows.

    Attributes
    ----------
    keep : sequence of str
        Columns of the input to copy before the predictions.
    top : int or None
        Write so many of the likeliest classes, instead of the probability of each.
    rows : int or None
        Write only so many rows, the likeliest first.
    by : str or None
        By what column these are ranked: "probability", or that of a class.
    """

    keep: Sequence[str] = ()
    top: int | None = None
    rows: int | None = None
    by: str | None = None

    def __post_init__(self) -> None:
        if self.rows is not None:
            as_integer(self.rows, "rows", low=1)
        elif self.by is not None:
            raise ArgumentError("by: expected it with rows=100 or as many as are wanted", parameter="by")

    def check(self, schema: Schema) -> int | None:
        """Refuse what does not fit the classes, and give the code of the class that rows are ranked by, if any."""
        if self.top is not None:
            as_integer(self.top, "top", low=1, high=len(schema.labels))
        return ranked_by(self.by, schema.labels.classes.tolist())


def write_predictions(
    predicted: Iterable[tuple[Batch, Decided]],
    schema: Schema,
    files: Sequence[str],
    output: str | None,
    wanted: Wanted,
    bom: bool,
) -> None:
    """Write batches and what was decided about their rows, whole or not at all.

    Parameters
    ----------
    predicted : iterable of (Batch, Decided)
        Read one by one, while the output is open.
    schema : Schema
    files : sequence of str
        What is read, which the output must not be.
    output : str or None
        A .csv, .csv.gz or .parquet file; None or "-" is CSV on standard output.
    wanted : Wanted
    bom : bool
        Whether CSV begins with a UTF-8 byte order mark.

    Raises
    ------
    ArgumentError, TableError
        For an output that cannot be written, and a column to keep that is not there.
    """
    if output is not None and output != "-":
        check_output_name(output)
        refuse_overwriting(output, files)
    code = wanted.check(schema)
    with table_writer(output, bom=bom) as writer:
        if wanted.rows is None:
            for batch, decided in predicted:
                writer.write(_rows(batch, decided, schema, wanted, {}))
            return
        likeliest = LikeliestRows(wanted.rows)
        for batch, decided in predicted:
            numbered = places(batch, len(files) > 1)
            likeliest.add(_rows(batch, decided, schema, wanted, numbered), probability_of(decided, code))
        if (table := likeliest.table()) is not None:
            writer.write(table)


def _rows(batch: Batch, decided: Decided, schema: Schema, wanted: Wanted, numbered: dict[str, Any]) -> Any:
    columns: dict[str, Any] = {}
    for name in wanted.keep:
        found = schema.cells(batch, name, "which was to be kept").column
        columns[name] = batch.data.column(batch.names.index(found))
    predicted = numbered | _columns(decided, schema.target, wanted.top)
    twice = [name for name in columns if name in predicted]
    if twice:
        raise TableError(
            f"keep={twice[0]!r}: the output has a column of that name already; rename it in the input",
            parameter="keep",
        )
    return pa.table(numbered | columns | predicted)


def _columns(decided: Decided, target: str, top: int | None) -> dict[str, Any]:
    """Give the columns of the output; a batch without rows has them too."""
    probabilities, codes = decided.probabilities, decided.codes
    classes = decided.classes.tolist()
    columns: dict[str, Any] = {}
    if decided.answered is None:
        columns[f"predicted_{target}"] = pa.array(decided.labels.tolist(), pa.array(classes).type)
    else:
        texts = np.array([*(_text(label) for label in classes), UNSURE], object)
        said = texts[np.where(decided.answered, codes, len(classes))]
        columns[f"predicted_{target}"] = pa.array(said.tolist(), pa.string())
    columns["probability"] = pa.array(probabilities[np.arange(len(codes)), codes])
    if decided.sets is not None:
        sizes, unsure = decided.sets.sum(axis=1), None if decided.answered is None else ~decided.answered
        columns[f"set_{target}"] = pa.array(_set_texts(decided), pa.string(), mask=unsure)
        columns["set_size"] = pa.array(sizes, pa.int64(), mask=unsure)
    if top is not None:
        return columns | _top_columns(decided, target, top)
    for j, label in enumerate(classes):
        columns[f"probability_{label}"] = pa.array(probabilities[:, j])
    return columns


def _top_columns(decided: Decided, target: str, top: int) -> dict[str, Any]:
    """Give the likeliest classes and their probabilities, of equal ones the first."""
    columns: dict[str, Any] = {}
    order = np.argsort(-decided.probabilities, axis=1, kind="stable")
    kind = pa.array(decided.classes.tolist()).type
    for place in range(top):
        codes = order[:, place]
        columns[f"top{place + 1}_{target}"] = pa.array(decided.classes[codes].tolist(), kind)
        columns[f"top{place + 1}_probability"] = pa.array(decided.probabilities[np.arange(len(codes)), codes])
    return columns


def _set_texts(decided: Decided) -> list[str]:
    """Write every set as text, the likeliest class first."""
    assert decided.sets is not None
    names = [_text(label).replace("\\", "\\\\").replace("|", "\\|") for label in decided.classes.tolist()]
    order = np.argsort(-decided.probabilities, axis=1, kind="stable")
    inside = np.take_along_axis(decided.sets, order, axis=1)
    rows = zip(order.tolist(), inside.tolist(), strict=True)
    return ["|".join(names[code] for code, is_in in zip(*row, strict=True) if is_in) for row in rows]


def _text(label: Any) -> str:
    """Write a label as CSV has it."""
    return str(label).lower() if isinstance(label, bool) else str(label)
