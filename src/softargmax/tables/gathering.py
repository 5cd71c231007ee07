"""The batches of a table, made ready to be looked at column by column: one type for each column, and enough rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pyarrow as pa

from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch

# Work on a column has a price per batch, so small batches are joined; not beyond a few dozen megabytes, or some
# kilobytes for each of thousands of columns.
_ENOUGH_ROWS, _ENOUGH_BYTES, _PER_COLUMN = 1 << 16, 1 << 25, 1 << 13

Types = Mapping[str, Any]


class WiderTypesError(Exception):
    """A file holds a column in a type that the type of the files before it does not include.

    Attributes
    ----------
    types : dict
        The types that include both.
    """

    def __init__(self, types: Types) -> None:
        super().__init__("other types")
        self.types = types


class Gathered:
    """Batches of one or several files as larger ones, whose columns are of the same types throughout.

    Parameters
    ----------
    batches : iterable of Batch
    types : dict
        What is known of the types of columns; those of others are the ones they have in the first rows.

    Attributes
    ----------
    types : dict
        The types of all columns that rows were seen of.
    """

    def __init__(self, batches: Iterable[Batch], types: Types) -> None:
        self.types: dict[str, Any] = dict(types)
        self._met = {name: [kind] for name, kind in types.items()}
        self._batches = batches
        self._first: Batch | None = None
        self._seen = self._wanted = pa.schema([])

    def __iter__(self) -> Iterator[Batch]:
        """Give the batches; at least one, also if there are no rows.

        Raises
        ------
        WiderTypesError
            If what was given before should have been of other types.
        TableError
            If the files have other columns, or columns whose types do not go together.
        """
        waiting: list[Batch] = []
        n_rows = n_bytes = 0
        batches = iter(self._batches)
        for batch in batches:
            try:
                checked = self._checked(batch)
            except _NoTypeError:
                self._read_types(batches)
            joins = waiting and checked.file == waiting[0].file and checked.data.schema.equals(waiting[0].data.schema)
            enough = max(_ENOUGH_BYTES, _PER_COLUMN * checked.data.num_columns)
            if waiting and not (joins and n_rows < _ENOUGH_ROWS and n_bytes < enough):
                yield _joined(waiting)
                waiting, n_rows, n_bytes = [], 0, 0
            waiting.append(checked)
            n_rows, n_bytes = n_rows + checked.data.num_rows, n_bytes + checked.data.nbytes
        yield _joined(waiting)

    def _checked(self, batch: Batch) -> Batch:
        """Give a batch with columns of the types that are wanted."""
        self._first = self._first or batch
        schema = batch.data.schema
        if not schema.equals(self._seen):
            _check_names(batch, self._first)
            if not batch.data.num_rows:
                return batch  # which decides no types
            self._meet(batch)
            wide = self._wide()
            if any(wide[name] != kind for name, kind in self.types.items()):
                raise WiderTypesError(wide)
            self.types, self._seen = wide, schema
            self._wanted = pa.schema([(name, wide[name]) for name in schema.names])
        if schema.equals(self._wanted):
            return batch
        columns = [_cast(column, field, batch) for column, field in zip(batch.data.columns, self._wanted, strict=True)]
        return replace(batch, data=pa.RecordBatch.from_arrays(columns, schema=self._wanted))

    def _read_types(self, batches: Iterator[Batch]) -> NoReturn:
        """Two types do not go together, unless a later file holds text and makes text of both."""
        for batch in batches:
            if batch.data.num_rows:
                self._meet(batch)
        try:
            raise WiderTypesError(self._wide())
        except _NoTypeError as error:
            raise TableError(f"{self._first and self._first.file}: {error}") from None

    def _meet(self, batch: Batch) -> None:
        for field in batch.data.schema:
            met, kind = self._met.setdefault(field.name, []), _plain(field.type)
            if kind not in met:
                met.append(kind)

    def _wide(self) -> dict[str, Any]:
        return {name: kinds[0] if len(kinds) == 1 else _including(kinds, name) for name, kinds in self._met.items()}


class _NoTypeError(Exception):
    """No type includes all types of a column."""


def _plain(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _including(kinds: list[Any], name: str) -> Any:
    """Give the type that includes all: text, if one of them is text, since text is understood again later."""
    if any(map(pa.types.is_string, kinds)):
        kinds = [pa.string() if _has_text(kind) else kind for kind in kinds]
    try:
        schemas = [pa.schema([(name, kind)]) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowException, TypeError) as error:
        raise _NoTypeError(f"column {name!r} differs from file to file: {error}") from None


def _has_text(kind: Any) -> bool:
    try:
        return bool(pa.types.is_string(pa.array([], kind).cast(pa.string()).type))
    except pa.ArrowException:
        return False


def _cast(column: Any, field: Any, batch: Batch) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.type == field.type:
        return column
    try:
        if pa.types.is_timestamp(column.type) and pa.types.is_string(field.type):
            column = column.cast(pa.timestamp("us", column.type.tz and "UTC"), safe=False)
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise TableError(f"{batch.file}: column {field.name!r} differs from file to file: {error}") from None


def _check_names(batch: Batch, first: Batch) -> None:
    if batch.names == first.names:
        return
    if sorted(batch.names) != sorted(first.names):
        missing = [name for name in first.names if name not in batch]
        extra = [name for name in batch.names if name not in first]
        raise TableError(
            f"{batch.file}: expected the columns of {first.file}; "
            f"missing: {listed(missing)}; additional: {listed(extra)}"
        )


def _joined(batches: list[Batch]) -> Batch:
    first = batches[0]
    if len(batches) == 1:
        return first
    data = pa.Table.from_batches([batch.data for batch in batches]).combine_chunks().to_batches()[0]
    return replace(first, data=data)
