"""Predictions as a table: the label of every row, how probable it is, and one probability per class.

=======================  ================================================================
``predicted_<target>``   the label
``probability``          how probable that label is
``probability_<class>``  how probable every class is
=======================  ================================================================
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from softargmax._arrays import Array
from softargmax._atomic import refuse_overwriting
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.schema import Schema
from softargmax.tables.writing import check_output_name, table_writer


def write_predictions(
    predicted: Iterable[tuple[Batch, Array]],
    schema: Schema,
    files: Sequence[str],
    output: str | None,
    keep: Sequence[str],
    bom: bool,
) -> None:
    """Write batches and their probabilities, whole or not at all.

    Parameters
    ----------
    predicted : iterable of (Batch, ndarray)
        Read one by one, while the output is open.
    schema : Schema
    files : sequence of str
        What is read, which the output must not be.
    output : str or None
        A .csv, .csv.gz or .parquet file; None or "-" is CSV on standard output.
    keep : sequence of str
        Columns of the input to copy before the predictions.
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
    with table_writer(output, bom=bom) as writer:
        for batch, probabilities in predicted:
            writer.write(_rows(batch, probabilities, schema, keep))


def _rows(batch: Batch, probabilities: Array, schema: Schema, keep: Sequence[str]) -> Any:
    columns: dict[str, Any] = {}
    for name in keep:
        found = schema.cells(batch, name, "which was to be kept").column
        columns[name] = batch.data.column(batch.names.index(found))
    classes = schema.labels.classes.tolist()
    labels = schema.labels.argmax(probabilities).tolist()
    predicted: dict[str, Any] = {
        f"predicted_{schema.target}": pa.array(labels, pa.array(classes).type),
        "probability": pa.array(probabilities.max(axis=1)),
    }
    for j, label in enumerate(classes):
        predicted[f"probability_{label}"] = pa.array(probabilities[:, j])
    twice = [name for name in columns if name in predicted]
    if twice:
        raise TableError(
            f"keep={twice[0]!r}: the output has a column of that name already; rename it in the input",
            parameter="keep",
        )
    return pa.table(columns | predicted)
