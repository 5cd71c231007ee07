"""Which mark is decimal in the numbers of a table: decided once, by the cells that leave one reading.

"12.5" is no number with a decimal comma, and "1,234.5" and "1.234.567" leave one reading too; "1.234" does not. A
column votes for the mark with which more of its cells are numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from softargmax.exceptions import TableError
from softargmax.tables.cells import open_cell
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.columns.quantity import Spot
from softargmax.tables.notes import Note
from softargmax.tables.numerals import undressed, value_of


@dataclass(frozen=True)
class DecimalMark:
    """What the columns of a table say about its decimal mark.

    Attributes
    ----------
    mark : str or None
        None where it makes no difference, or is not to be told.
    question : TableError or None
        What is to be asked, where it is not to be told.
    column : str or None
        The column that it is about.
    """

    mark: str | None = None
    question: TableError | None = None
    column: str | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be said where nobody said the mark: a decimal comma, and which column showed it."""
        if self.mark != "," or self.column is None:
            return ()
        said = f"numbers of this table have a decimal comma, as those of {self.column!r} show"
        return (Note("decimal", said, None, "decimal"),)


def decimal_mark(columns: Iterable[ColumnSummary], delimiter: str | None) -> DecimalMark:
    """Decide from columns of which nearly all cells are numbers.

    Parameters
    ----------
    columns : iterable of ColumnSummary
    delimiter : str or None
        What parts the cells of a line. Who writes decimal commas parts cells by semicolons, which speaks where every
        cell of a column is open.
    """
    votes: dict[str, ColumnSummary] = {}
    undecided: list[ColumnSummary] = []
    for column in columns:
        if column.family != "text" or column.unmarked is None:
            continue
        points, commas = column.numbers.n_against, column.commas.n_against
        if min(points, commas) + column.dress.others()[0] > 0.1 * column.n_unmarked:
            continue
        if points != commas:
            votes.setdefault("." if points < commas else ",", column)
        elif column.dress.open is not None:
            undecided.append(column)
    if len(votes) == 2:
        return DecimalMark(None, _two_marks(votes["."], votes[","]), votes[","].name)
    if votes or not undecided:
        return DecimalMark(next(iter(votes), None), None, next((column.name for column in votes.values()), None))
    leanings = {_leaning(column, delimiter) for column in undecided}
    if len(leanings) == 1 and None not in leanings:
        return DecimalMark(leanings.pop(), None, undecided[0].name)
    column = undecided[0]
    assert column.dress.open is not None
    return DecimalMark(None, _question(column, column.dress.open), column.name)


def _leaning(column: ColumnSummary, delimiter: str | None) -> str | None:
    """Say how open cells are read beside a delimiter: thousands commas need quotes beside commas, and have them."""
    text = str(column.dress.open and column.dress.open.value)
    if delimiter == "," and "," in text:
        return "."
    if column.dress.n_open < column.n_unmarked:
        return None
    return "." if delimiter == "," and "." in text else "," if delimiter == ";" and "," in text else None


def _question(column: ColumnSummary, spot: Spot) -> TableError:
    number = undressed(spot.value)
    readings = [value_of(number, mark) for mark in ".,"] if number else []
    point, comma = (f"{reading[0]:.15g}" if reading else "no number" for reading in readings)
    return open_cell(
        column.error(spot, f"a number that can be read in one way (with decimal='.' it is {point}, with ',' {comma})")
    )


def _two_marks(points: ColumnSummary, commas: ColumnSummary) -> TableError:
    """Say that one column is one of numbers with a point only, and another one with a comma only."""
    spots = commas.numbers.against, points.commas.against
    assert spots[0] is not None
    assert spots[1] is not None
    one, other = commas.error(spots[0], "one decimal mark in a table"), points.place(spots[1].position)
    return open_cell(
        TableError(f"{one}, but {spots[1].value!r} in column {points.name!r}, row {other[1]} of {other[0]}")
    )
