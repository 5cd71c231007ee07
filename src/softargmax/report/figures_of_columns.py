"""The figure about columns: what each does for the model, what was done to it, in what rows are unlike those at fit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from softargmax._drawing.digits import count, plain
from softargmax._drawing.dots_and_bars import bar, bars
from softargmax._drawing.markup import Markup, element, foreign, joined
from softargmax.report.blocks import figure, heading, table
from softargmax.report.how_to_read import LEANS_ON, UNLIKE, note
from softargmax.report.sentences import quoted
from softargmax.report.subject import Subject

if TYPE_CHECKING:  # whoever has one has imported it
    from softargmax.pipeline.column_lines import ColumnLine, Odd
    from softargmax.pipeline.records import ColumnImportance

# So many columns are drawn, so many lines stand open, and so many are on the page.
_DRAWN, _OPEN, _MOST = 10, 12, 100
# A range of 95 in 100 reaches so many standard errors to either side.
_REACH = 1.96
_ODD = {
    "missing": "{count} of {of} {are} missing",
    "unknown": "{count} of {of} {were} not seen at fit",
    "outside": "{count} of {of} {lie} beyond all at fit",
    "calendar": "years of another calendar, where none was at fit",
}


def column_by_column(subject: Subject) -> Markup | None:
    """Draw what the columns do for the model; then a line for every column, those that are unlike themselves first."""
    if not subject.columns:
        return None
    lines = sorted(subject.columns, key=_order)
    judged = any(line.odd is not None for line in lines)
    measured = any(line.importance is not None for line in lines)
    head = [
        "Column",
        *(["Log loss grows by"] if measured else []),
        "What was done to it",
        "Missing at fit",
        *(["Here, unlike at fit"] if judged else []),
    ]
    rows = [_row(line, measured, judged) for line in lines[:_MOST]]
    drawn = element("div", table(head, rows[:_OPEN], "The columns of the table", "columns listed"), cls="open")
    words = note("columns", measured=LEANS_ON if measured else "", judged=UNLIKE if judged else "")
    whole = joined(*_bars(subject.columns), drawn, *_more(head, rows, len(lines)))
    return figure("f-columns", _finding(lines, judged), "", whole, words)


def _order(line: "ColumnLine") -> tuple[bool, bool, float]:
    return not line.is_unlike, not line.is_used, 0.0 if line.importance is None else -line.importance.increase


def _bars(lines: "Sequence[ColumnLine]") -> list[Markup]:
    """Draw the columns that the model needs most."""
    found = sorted((line for line in lines if line.importance is not None), key=_order)
    drawn = sorted((line.importance for line in found if line.importance), key=lambda one: -one.increase)[:_DRAWN]
    top = max((one.increase + _REACH * one.standard_error for one in drawn), default=0.0)
    if not top > 0.0:
        return []
    listed = [(foreign(one.column, 40), _bar(one, top), plain(max(one.increase, 0.0), 3)) for one in drawn]
    more = f"; {len(found) - len(drawn):,} more stand in the table" if len(found) > len(drawn) else ""
    return [heading("What it leans on", f"growth of the log loss if a column is shuffled{more}"), bars(listed, "leans")]


def _bar(one: "ColumnImportance", top: float) -> Markup:
    low, high = (max(one.increase + sign * _REACH * one.standard_error, 0.0) / top for sign in (-1.0, 1.0))
    return bar(max(one.increase, 0.0) / top, "accent", ends=(low, high), thick=10)


def _row(line: "ColumnLine", measured: bool, judged: bool) -> list[Any]:
    done = foreign(line.done, 240)
    done = done if line.is_used else joined(element("i", "left out: "), done)
    missing = "" if line.missing is None else plain(line.missing, 3 if line.missing else None)
    grows = [_grows(line.importance)] if measured else []
    return [foreign(line.name, 40), *grows, done, missing, *([_unlike(line.odd)] if judged else [])]


def _grows(found: "ColumnImportance | None") -> str:
    if found is None:
        return ""
    low, high = (found.increase + sign * _REACH * found.standard_error for sign in (-1.0, 1.0))
    return f"{plain(found.increase, 3)} ({plain(low, 3)} to {plain(high, 3)})"


def _unlike(odd: "Sequence[Odd] | None") -> Markup:
    return joined(*(element("small", _said(one), cls="warn" if one.is_drift else None) for one in odd or ()))


def _said(one: "Odd") -> str:
    verbs = ("is", "was", "lies") if one.count == 1 else ("are", "were", "lie")
    said = dict(zip(("are", "were", "lie"), verbs, strict=True))
    return _ODD[one.what].format(count=count(one.count), of=count(one.of), **said)


def _more(head: list[Any], rows: list[list[Any]], n: int) -> list[Markup]:
    if len(rows) <= _OPEN:
        return []
    left = n - len(rows)
    more = f"The next {len(rows) - _OPEN} columns; {left:,} are left out" if left else None
    words = more or f"The other {len(rows) - _OPEN} columns"
    return [
        element("details", element("summary", words), table(head, rows[_OPEN:], "The other columns", "columns listed"))
    ]


def _finding(lines: "Sequence[ColumnLine]", judged: bool) -> Markup:
    """Say how many columns it looks at, which one it needs most, and whether rows are unlike those at fit."""
    used = sum(line.is_used for line in lines)
    out = [line.name for line in lines if not line.is_used]
    words = [f"It looks at {used:,} column{'s' * (used != 1)}{f' and leaves {len(out):,} out' if out else ''}"]
    needed = max((line.importance for line in lines if line.importance), key=lambda one: one.increase, default=None)
    if needed is not None:
        sure = needed.increase > _REACH * needed.standard_error
        most = joined("; it leans most on ", quoted(needed.column, 40))
        words.append(most if sure else "; none of them is surely needed alone")
    words.append(".")
    unlike = [line for line in lines if line.is_unlike]
    if judged and not unlike:
        words.append(" In none of them are these rows unlike those at fit beyond chance.")
    if unlike:
        more = f" and {len(unlike) - 1:,} more" if len(unlike) > 1 else ""
        words.append(joined(" In ", quoted(unlike[0].name, 40), f"{more}, these rows are unlike those at fit."))
    return joined(*words)
