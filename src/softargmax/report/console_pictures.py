"""Two pictures in letters: what a model says against what happens, and which classes it takes for which."""

from bisect import bisect_left
from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table

from softargmax._drawing.digits import count
from softargmax.metrics import Confusion, Mistake, Reliability
from softargmax.report.screen import BLOCKS, named

# A matrix of so many classes is shown whole; of more, this many of those with the largest confusions.
_WHOLE, _SOME = 10, 7
_NAMED = 5
# From this share of a class on, a confusion is in colour.
_MUCH = 0.05
# Four blanks are less than any border, and columns of a picture stay columns.
_BORDER = (0, 2, 0, 0)


def reliability_picture(curve: Reliability, event: str) -> list[RenderableType]:
    """Draw the curve as a line of blocks, as high as it happened, above that of a model that can be believed.

    ``event`` is the name of the class whose probability is judged, where that is.
    """
    said = f"a probability of {event}" if curve.of == "positive" else "how sure it is"
    head = f"What the model says ({said}, from 0 on the left to 1 on the right), and how often that happened:"
    if not curve.said:
        return ["There are too few rows to draw what the model says against what happens."]
    middles = [(i + 0.5) / len(curve.share) for i in range(len(curve.share))]
    seen = [share > 0.0 for share in curve.share]
    happened, low, high = (
        [_at(x, curve.said, line) for x in middles] for line in (curve.happened, curve.low, curve.high)
    )
    marks = "".join(
        " " if not there else "-" if y < bottom else "+" if y > top else " "
        for there, y, bottom, top in zip(seen, happened, low, high, strict=True)
    )
    top = max(curve.share)
    lines = [
        ("happened", _blocks(happened, seen), "the higher, the more often it happened"),
        ("if believable", _blocks(middles, [True] * len(middles)), "as high as a model that can be believed is"),
        *([("beyond chance", marks, "- it happened less often than said, + more often")] if marks.strip() else []),
        ("rows", _blocks([share / top for share in curve.share], seen), "where the rows are"),
    ]
    picture = Table.grid(padding=_BORDER)
    picture.add_column(no_wrap=True)
    picture.add_column(no_wrap=True)
    picture.add_column(style="dim", overflow="fold")
    for words, drawn, meaning in lines:
        picture.add_row(words, drawn, meaning)
    below = "where the first line is lower than the second, the model claims too much, where it is higher, too little"
    chance = f"{100.0 * curve.inside:.3g} % of the rows lie where chance alone would put such a model"
    return [head, Padding(picture, (0, 0, 0, 2)), f"How to read it: {below}. {chance}."]


def _at(x: float, said: Sequence[float], line: Sequence[float]) -> float:
    """Read a curve off at x; beyond its ends it goes on as it ends."""
    right = bisect_left(said, x)
    if right in (0, len(said)):
        return line[min(right, len(said) - 1)]
    width = said[right] - said[right - 1]
    part = (x - said[right - 1]) / width if width else 1.0
    return line[right - 1] + part * (line[right] - line[right - 1])


def _blocks(heights: Sequence[float], there: Sequence[bool]) -> str:
    """Write heights from 0 to 1 as blocks."""
    most = len(BLOCKS) - 1
    return "".join(
        BLOCKS[max(0, min(most, int(height * len(BLOCKS))))] if shown else " "
        for height, shown in zip(heights, there, strict=True)
    )


def confusion_picture(confusion: Confusion, classes: Sequence[str]) -> list[RenderableType]:
    """Draw a matrix of counts, whole or folded to the classes with the largest confusions, and name these."""
    if not confusion.largest:
        return ["No row was taken for another class."]
    shown = _shown(confusion)
    places = [shown.index(code) if code in shown else len(shown) for code in confusion.order]
    places += [len(shown)] * bool(confusion.folded)
    folded = len(confusion.order) + confusion.folded - len(shown)
    size = len(shown) + bool(folded)
    counts = [[0.0] * size for _ in range(size)]
    for row, values in zip(places, confusion.counts, strict=True):
        for column, value in zip(places, values, strict=True):
            counts[row][column] += value
    names = [classes[code] for code in shown]
    matrix = Table(box=None, padding=_BORDER)
    matrix.add_column("true class", overflow="fold", max_width=26)
    for name in names:
        matrix.add_column(named(name, 10), justify="right", overflow="fold", max_width=12)
    if folded:
        matrix.add_column("others", justify="right")
    rows = [*map(named, names), *([f"{folded} others together"] if folded else [])]
    for place, (name, line) in enumerate(zip(rows, counts, strict=True)):
        of = sum(line)
        matrix.add_row(name, *(_cell(value, of, place == column) for column, value in enumerate(line)))
    head = "Which classes are taken for which (a line for each true class, a column for each answer):"
    most = ", ".join(_mistake(one, classes) for one in confusion.largest[:_NAMED])
    return [head, Padding(matrix, (0, 0, 0, 2)), f"Most often: {most}."]


def _shown(confusion: Confusion) -> list[int]:
    """Choose the classes that have a line of their own, in the order that brings what is mixed up together."""
    if len(confusion.order) + bool(confusion.folded) <= _WHOLE:
        return list(confusion.order)
    chosen: list[int] = []
    for mistake in confusion.largest:
        new = [code for code in (mistake.truth, mistake.answer) if code not in chosen and code in confusion.order]
        if len(chosen) + len(new) > _SOME:
            break
        chosen += new
    return [code for code in confusion.order if code in chosen]


def _cell(value: float, of: float, right: bool) -> str:
    if not value:
        return "[dim].[/dim]"
    if right:
        return f"[bold]{count(value)}[/bold]"
    return f"[yellow]{count(value)}[/yellow]" if value >= _MUCH * of else count(value)


def _mistake(mistake: Mistake, classes: Sequence[str]) -> str:
    truth, answer = named(classes[mistake.truth]), named(classes[mistake.answer])
    return f"{truth} for {answer} ({count(mistake.count)} of {count(mistake.of)})"
