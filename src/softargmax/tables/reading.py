"""How a table is read: decided once, when it is opened to learn from, and kept with the model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from softargmax._fields import optional_text
from softargmax._options import as_choice
from softargmax.exceptions import ArgumentError
from softargmax.tables.dates.calendars import CALENDARS
from softargmax.tables.dates.date_form import ORDERS

_MARKS = ("delimiter", "decimal", "comment")
_COUNTS = ("header_lines", "skip_rows")


@dataclass(frozen=True)
class Reading:
    """How a table is read. What is None is decided by looking at the file; what is not needed for its kind is ignored.

    Attributes
    ----------
    encoding : str or None
        How text was written as bytes: the name of a codec of Python.
    delimiter : str or None
        The character that parts the cells of a line; a blank stands for runs of blanks and tabs.
    header : bool or None
        Whether the first line that is not skipped holds the names of the columns.
    skip_rows : int or None
        How many lines stand above them: a title, a note.
    comment : str or None
        Lines that begin with this are left out, before any are counted.
    decimal : str or None
        The decimal mark of numbers: "." or ",".
    date_order : str or None
        The order of dates where it cannot be seen: "dmy", "mdy" or "ymd".
    calendar : str or None
        The calendar of years outside 1900 to 2100: "gregorian", "buddhist", "roc" (of Taiwan) or "persian".
    member : str or None
        The file inside an archive.
    sheet : str or None
        The sheet of a workbook: its name, or its position from 1.
    table, query : str or None
        The table of a database, or the question to ask it: a SELECT.
    names : tuple of str or None
        The names of all columns as they lie in the file, for files of the same kind that have no header.
    target : str or None
        The column of labels. A first line with its name is a header; a file without a header may lack it where labels
        are to be predicted.
    header_lines : int or None
        How many lines hold the names, where it is more than one: units below them, or a second language.
    index : bool or None
        Whether a first column without a name, which counts the rows, is left out.
    short_rows : bool or None
        Whether rows lacked cells at their end by habit; then rows of later files may too.
    missing : tuple of str or None
        What stands for a missing value in any column, the target included, beside an empty cell. Beside numbers and
        dates more marks are known (`tables.vocabulary`).

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
    header_lines: int | None = None
    index: bool | None = None
    short_rows: bool | None = None
    missing: tuple[str, ...] | None = None
    date_order: str | None = None
    calendar: str | None = None

    def __post_init__(self) -> None:
        if self.missing is not None:
            given: Any = self.missing
            marks = (given,) if isinstance(given, str) else tuple(given)
            if not all(isinstance(mark, str) for mark in marks):
                raise ArgumentError(f"missing: expected texts, got {given!r}", parameter="missing")
            object.__setattr__(self, "missing", marks)
        for name in _MARKS:
            mark = getattr(self, name)
            if mark is not None and (not isinstance(mark, str) or len(mark) != 1 or mark in '"\r\n'):
                raise ArgumentError(f"{name}: expected one character, got {mark!r}", parameter=name)
        if self.decimal not in (None, ".", ",", "٫"):
            raise ArgumentError(f"decimal: expected '.' or ',', got {self.decimal!r}", parameter="decimal")
        for name, words in (("date_order", ORDERS), ("calendar", CALENDARS)):
            if getattr(self, name) is not None:
                as_choice(getattr(self, name), name, words)
        for name in _COUNTS:
            count = getattr(self, name)
            if count is not None and (not isinstance(count, int) or count < 0):
                raise ArgumentError(f"{name}: expected a number of lines, 0 or more, got {count!r}", parameter=name)
        self._refuse_what_is_no_text()

    def _refuse_what_is_no_text(self) -> None:
        """Refuse bytes that came as text, as Python makes of an argument that its locale cannot read."""
        for name, value in vars(self).items():
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str):
                    try:
                        text.encode()
                    except UnicodeEncodeError:
                        raise ArgumentError(f"{name}: expected text in UTF-8, got {text!r}", parameter=name) from None

    def but(self, other: "Reading | None") -> "Reading":
        """Give this reading, but what `other` says where it says anything."""
        if other is None:
            return self
        return replace(self, **{name: value for name, value in vars(other).items() if value is not None})

    def to_json(self) -> dict[str, Any]:
        """Give what was decided as plain data."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return values | {name: list(values[name]) for name in ("names", "missing") if name in values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError."""
        texts_of = {name: data.get(name) for name in ("names", "missing")}
        if not all(value is None or _are_texts(value) for value in texts_of.values()):
            raise ValueError("names of columns and marks must be lists of text")
        choices = {name: data.get(name) for name in ("header", "index", "short_rows")}
        counts = {name: data.get(name) for name in _COUNTS}
        if any(choice not in (None, True, False) for choice in choices.values()) or any(
            isinstance(count, bool) for count in counts.values()
        ):
            raise ValueError(f"unknown layout of a table {data}")
        texts = (
            "encoding",
            "delimiter",
            "comment",
            "decimal",
            "member",
            "sheet",
            "table",
            "query",
            "target",
            "date_order",
            "calendar",
        )
        values: dict[str, Any] = {name: optional_text(data, name) for name in texts}
        lists: dict[str, Any] = {name: None if value is None else tuple(value) for name, value in texts_of.items()}
        return cls(**values, **choices, **counts, **lists)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
