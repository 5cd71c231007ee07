"""How a table is read: decided once, when it is opened to learn from, and kept with the model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from softargmax._fields import optional_text
from softargmax.exceptions import ArgumentError

_MARKS = ("delimiter", "decimal", "comment")


@dataclass(frozen=True)
class Reading:
    """How a table is read. What is None is decided by looking at the file; what is not needed for its kind is ignored.

    Attributes
    ----------
    encoding : str or None
        How text was written as bytes: the name of a codec of Python.
    delimiter : str or None
        The character that parts the cells of a line.
    header : bool or None
        Whether the first line that is not skipped holds the names of the columns.
    skip_rows : int or None
        How many lines stand above it: a title, a note.
    comment : str or None
        Lines that begin with this are left out.
    decimal : str or None
        The decimal mark of numbers: "." or ",".
    member : str or None
        The file inside an archive.
    sheet : str or None
        The sheet of a workbook: its name, or its position from 1.
    table, query : str or None
        The table of a database, or the question to ask it: a SELECT.
    names : tuple of str or None
        The names of all columns as they lie in the file, for files of the same kind that have no header.
    target : str or None
        The one of `names` that a file without a header may lack: the labels, where they are to be predicted.

    See Also
    --------
    softargmax.tables.opening.open_table : reads with it, and gives it back with everything decided.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    skip_rows: int | None = None
    comment: str | None = None
    decimal: str | None = None
    member: str | None = None
    sheet: str | None = None
    table: str | None = None
    query: str | None = None
    names: tuple[str, ...] | None = None
    target: str | None = None

    def __post_init__(self) -> None:
        for name in _MARKS:
            mark = getattr(self, name)
            if mark is not None and (not isinstance(mark, str) or len(mark) != 1 or mark in '"\r\n'):
                raise ArgumentError(f"{name}: expected one character, got {mark!r}", parameter=name)
        if self.decimal not in (None, ".", ",", "٫"):
            raise ArgumentError(f"decimal: expected '.' or ',', got {self.decimal!r}", parameter="decimal")
        if self.skip_rows is not None and (not isinstance(self.skip_rows, int) or self.skip_rows < 0):
            raise ArgumentError(
                f"skip_rows: expected a number of lines, 0 or more, got {self.skip_rows!r}", parameter="skip_rows"
            )

    def but(self, other: "Reading | None") -> "Reading":
        """Give this reading, but what `other` says where it says anything."""
        if other is None:
            return self
        return replace(self, **{name: value for name, value in vars(other).items() if value is not None})

    def to_json(self) -> dict[str, Any]:
        """Give what was decided as plain data."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return values | ({} if self.names is None else {"names": list(self.names)})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError."""
        names = data.get("names")
        if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise ValueError("names of columns must be a list of text")
        header, skip_rows = data.get("header"), data.get("skip_rows")
        if header not in (None, True, False) or isinstance(skip_rows, bool):
            raise ValueError(f"unknown layout of a table {data}")
        texts = ("encoding", "delimiter", "comment", "decimal", "member", "sheet", "table", "query", "target")
        return cls(
            **{name: optional_text(data, name) for name in texts},
            header=header,
            skip_rows=skip_rows,
            names=None if names is None else tuple(names),
        )
