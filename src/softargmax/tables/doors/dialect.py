"""How the cells of a text are parted: delimiter, comments, and what stands above the table."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from softargmax._words import shortened
from softargmax.exceptions import TableError
from softargmax.tables.doors.beginning import BLANK, MOST, Record, records_of, without_comments
from softargmax.tables.doors.headers import Header, find_head, speak_for_names
from softargmax.tables.doors.looks import is_numeric
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# Delimiters that are looked for, from the likeliest; the others only where all records have one width.
_LIKELY = (",", ";", "\t", "|", "，", "；")
_ODD = ("%", "^", "~", BLANK)
_TABS = (".tsv", ".tab")
# What parts the cells of a table of one column: a character that does not occur in text.
NOTHING = "\x1f"
_WORDS = {"\t": "tabs", BLANK: "runs of blanks", NOTHING: "nothing: a table of one column"}
_COMMENT = "#"
# From this share of even records on, a delimiter parts a table of which some rows are wrong. Chosen by hand.
_EVEN_ENOUGH = 0.8
# What Excel writes into the first line, to say to itself what parts the cells.
_SEP = re.compile(r'"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text is read.

    Attributes
    ----------
    reading : Reading
        With everything about the form of the text decided.
    head : Header
        The names, and where they stand.
    first : Record
        The first record of the table: the names, or a row.
    rows : list of Record
        The first of those below the names.
    n_lines : int
        How many lines stand above the rows, those of comments not counted.
    width : int
        How many cells a row has.
    n_behind : int
        How many more there are behind them, all empty: delimiters at the end of the line.
    notes : tuple of Note
    """

    reading: Reading
    head: Header
    first: Record
    rows: list[Record]
    n_lines: int
    width: int
    n_behind: int
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Parted:
    """The lines of a text parted by one delimiter: the records that are not blank, and how even they are."""

    delimiter: str
    records: list[Record]
    width: int
    above: int
    share: float

    @property
    def is_even(self) -> bool:
        return self.share == 1.0 and self.width > 1

    @property
    def score(self) -> float:
        """Even records first; then many cells, and the likelier delimiter. Chosen by hand."""
        place = 0.02 * _LIKELY.index(self.delimiter) if self.delimiter in _LIKELY else 0.2
        cells = [cell for record in self.records[:60] for cell in record.cells]
        parted_more = sum(any(mark in cell for mark in ";\t|") for cell in cells) / max(1, len(cells))
        width = 0.15 * min(self.width, 12) / 12
        return self.share + 0.5 * self.is_even + width - 0.5 * parted_more - place


def decide_dialect(file: str, lines: list[str], is_whole: bool, reading: Reading) -> Dialect:
    """Look at the first lines of a text, and decide what `reading` leaves open.

    Parameters
    ----------
    file : str
        Its name, which may end in .tsv, and which errors name.
    lines : list of str
    is_whole : bool
        Whether they are the whole file, so that the last line is complete.
    reading : Reading

    Raises
    ------
    TableError
        If it cannot be read as a table.
    """
    begun = _begin(lines, reading, is_whole, file)
    reading, parted, notes = begun.reading, begun.parted, list(begun.notes)
    if not parted.records:
        raise TableError(f"{file}: expected a table, got blank lines only")
    parted, n_behind = _without_ends(parted)
    if n_behind and reading.skip_rows is None:
        notes.append(Note("delimiter", "every line ends in a delimiter: what is behind it is no column"))
    if begun.is_open and not (parted.delimiter == "," or _is_tabs(file, parted.delimiter)):
        words = f"cells are parted by {_called(parted.delimiter)}"
        notes.append(Note("delimiter", words, None, "delimiter"))
    head = find_head(file, parted.records, parted.width, reading)
    top, below = head.top, head.top + head.n_lines
    skipped = begun.n_lines + (parted.records[top].start if top else 0)
    if top:
        shown = shortened("; ".join(" ".join(filter(None, record.cells)) for record in parted.records[:top]))
        words = f"{_lines(top)} above the table left out: {shown!r}"
        notes.append(Note("title-lines", words, None, "skip_rows"))
    decided = replace(
        reading,
        delimiter=parted.delimiter,
        header=head.n_lines > 0,
        header_lines=head.n_lines,
        skip_rows=skipped,
    )
    above = begun.n_lines + parted.records[below - 1].end if head.n_lines else skipped
    return Dialect(
        decided, head, parted.records[top], parted.records[below:], above, parted.width, n_behind, (*notes, *head.notes)
    )


@dataclass(frozen=True)
class _Begun:
    """The text below its comments, and below the lines that are left out in any case."""

    reading: Reading
    n_lines: int
    parted: _Parted
    notes: tuple[Note, ...] = ()
    is_open: bool = False


def _begin(lines: list[str], reading: Reading, is_whole: bool, file: str) -> _Begun:
    """Leave out comments, lines that are to be skipped, and Excel's line about the delimiter."""
    if reading.comment:
        lines = list(without_comments(lines, reading.comment))
    is_open = reading.delimiter is None
    if reading.skip_rows is not None:
        n = reading.skip_rows
        return _Begun(reading, n, _part(file, lines[n:], reading, is_whole), (), is_open)
    said = _SEP.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    if said is not None:
        reading = reading if reading.delimiter else replace(reading, delimiter=said[1])
        note = Note("delimiter", f"the first line says that {_called(said[1])} part the cells", None, "delimiter")
        return _Begun(reading, 1, _part(file, lines[1:], reading, is_whole), (note,) if is_open else ())
    n_comments = sum(1 for _ in itertools.takewhile(lambda line: line.startswith(_COMMENT), lines))
    if reading.comment is None and 0 < n_comments < len(lines):
        return _below_comments(lines, n_comments, reading, is_whole, file)
    return _Begun(reading, 0, _part(file, lines, reading, is_whole), (), is_open)


def _below_comments(lines: list[str], n_comments: int, reading: Reading, is_whole: bool, file: str) -> _Begun:
    """Read a text that begins with lines of "#": comments, but for a header in the last of them."""
    rest = list(without_comments(lines, _COMMENT))
    parted = _part(file, rest, reading, is_whole)
    marked = [line for line in lines if line.startswith(_COMMENT)]
    widths = [len(record.cells) for record in records_of(marked, parted.delimiter, is_whole=True)]
    last = n_comments - 1
    if parted.width > 1 and len(widths) == len(marked) and widths[last] == parted.width:
        records = records_of([lines[last], *rest], parted.delimiter, is_whole)
        marked_cell, *others = records[0].cells
        records[0] = replace(records[0], cells=(marked_cell.lstrip("# ") or marked_cell, *others))
        if speak_for_names(records[0], records[1:]) and not speak_for_names(records[1], records[2:]):
            below = replace(parted, records=[record for record in records if not record.is_blank])
            return _Begun(reading, last, below, (), reading.delimiter is None)
    if parted.width > 1 and parted.width in widths[n_comments:]:  # what begins with "#" below is a row
        below = _part(file, lines[n_comments:], reading, is_whole)
        return _Begun(reading, n_comments, below, (_comments(n_comments),), reading.delimiter is None)
    decided = replace(reading, comment=_COMMENT)
    return _Begun(decided, 0, parted, (_comments(len(marked)),), reading.delimiter is None)


def _comments(count: int) -> Note:
    return Note("comment", f"{_lines(count)} of comments, which begin with '#', left out", None, "comment")


def _part(file: str, lines: list[str], reading: Reading, is_whole: bool) -> _Parted:
    """Part lines into records by the delimiter that is given, or that leaves them evenest."""
    given = reading.delimiter
    if given is None and _is_tabs(file, "\t") and any("\t" in line for line in lines[:MOST]):
        given = "\t"
    if given is not None:
        return _try(lines, given, is_whole)
    text = "".join(lines[:MOST])
    tried = [_try(lines, mark, is_whole) for mark in likely_delimiters(lines)]
    best = max((parted for parted in tried if parted.width > 1), key=lambda parted: parted.score, default=None)
    if best is None or not best.is_even:
        odd = [_try(lines, mark, is_whole) for mark in _ODD if mark in text or mark == BLANK]
        best = next((parted for parted in odd if parted.is_even and not parted.above and _is_table(parted)), best)
    if best is None or (best.share < _EVEN_ENOUGH and _is_one_column(best)):
        return _one_column(lines, is_whole)
    return best


def likely_delimiters(lines: list[str]) -> list[str]:
    """Give the likely delimiters that occur in a text, the likeliest first; that one where none does."""
    text = "".join(lines[:MOST])
    return [mark for mark in _LIKELY if mark in text] or list(_LIKELY[:1])


def _without_ends(parted: _Parted) -> tuple[_Parted, int]:
    """Take off the last cells of the records, where they are empty in all that have the usual width."""
    n_behind, width = 0, parted.width
    full = [record.cells for record in parted.records if len(record.cells) == width]
    while len(full) > 1 and width > 1 and not any(cells[width - 1] for cells in full):
        n_behind, width = n_behind + 1, width - 1
    if not n_behind:
        return parted, 0
    records = [
        replace(record, cells=record.cells[:width]) if len(record.cells) == parted.width else record
        for record in parted.records
    ]
    return replace(parted, records=records, width=width), n_behind


def _is_one_column(best: _Parted) -> bool:
    """Whether even the best delimiter is missing in the first line."""
    return len(best.records[0].cells) == 1


def _one_column(lines: list[str], is_whole: bool) -> _Parted:
    """Read lines that nothing parts: a comma in a few of them is one of the words."""
    by_commas = _try(lines, ",", is_whole)
    with_commas = sum(len(record.cells) > 1 for record in by_commas.records)
    if 0 < with_commas <= (1 - _EVEN_ENOUGH) * len(by_commas.records):
        return _try(lines, NOTHING, is_whole)
    return by_commas


def _is_table(parted: _Parted) -> bool:
    """Whether a delimiter that also occurs in plain words leaves at least one column of numbers."""
    rows = [record.cells for record in parted.records[1:] if len(record.cells) == parted.width]
    return len(rows) > 1 and any(map(is_numeric, zip(*rows, strict=True)))


def _try(lines: list[str], delimiter: str, is_whole: bool) -> _Parted:
    records = [record for record in records_of(lines, delimiter, is_whole) if not record.is_blank]
    widths = [len(record.cells) for record in records]
    wide = Counter(width for width in widths if width > 1).most_common(1)
    width, count = wide[0] if wide else (1, 0)
    above = widths.index(width) if width in widths else 0
    if width > 1 and (count < above or (count == 1 and above) or widths[above:].count(1) > count):
        width, above = 1, 0  # more lines without the delimiter than with it
    share = widths[above:].count(width) / max(1, len(widths) - above)
    short = above > 0 and widths[above - 1] == width - 1 and width > 2
    return _Parted(delimiter, records, width, above - short, share)


def _is_tabs(file: str, delimiter: str) -> bool:
    """Whether the name of a file says that tabs part its cells."""
    name = file.lower()
    for packed in (".gz", ".bz2", ".xz", ".zst", ".zip"):
        name = name.removesuffix(packed)
    return delimiter == "\t" and name.endswith(_TABS)


def _called(delimiter: str) -> str:
    return _WORDS.get(delimiter, repr(delimiter))


def _lines(count: int) -> str:
    return "one line" if count == 1 else f"{count} lines"
