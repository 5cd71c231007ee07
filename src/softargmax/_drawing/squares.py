"""A matrix of counts: rows are what was true, columns what was answered."""

from collections.abc import Sequence

from softargmax._drawing.axes import label, picture, place
from softargmax._drawing.digits import count
from softargmax._drawing.markup import Markup, clipped, element, fitted

SIZE = 28
# Beside the rows and above the columns there is room for names of so many letters.
_BESIDE, _ABOVE = 14, 12
# Names of so many letters stand upright over two or three columns beside each other, and of so many over more.
_UPRIGHT, _SHORT = 9, 2
# A digit takes so many pixels, and so many are left between numbers. The cells together are so wide at least: beside
# other things and alone on a screen, and on a phone.
_DIGIT, _BETWEEN = 7.2, 3.0
_BESIDE_OTHERS, _ALONE, _ON_A_PHONE = 275.0, 550.0, 215.0


def matrix(
    key: str, title: str, described: str, names: Sequence[str], counts: Sequence[Sequence[float]], *, rest: bool = False
) -> Markup:
    """Draw counts; off the diagonal a cell is the deeper, the larger its share of its row is.

    If the last line and column stand for several classes together (`rest`), they get no depth: the share of many
    classes cannot be compared with that of one.
    """
    n = len(names)
    drawn = n - rest
    shares = [[cell / max(sum(row), 1e-300) for cell in row] for row in counts]
    largest = max((shares[i][j] for i in range(drawn) for j in range(drawn) if i != j), default=0.0) or 1.0
    longest = max(map(len, names[:drawn]))
    upright = max(map(len, names)) <= (_UPRIGHT if n < 4 else _SHORT)
    needed = _room_for(counts, rest)
    parts = []
    for i, name in enumerate(names):
        cls = "end aside" if rest and i == n - 1 else "end"
        parts.append(label(0.0, str(i * SIZE + 18), fitted(name, _BESIDE), dx=-8, cls=cls))
        parts.append(_head(i, n, name, cls, upright or (longest <= _SHORT and i < drawn)))
        for j, cell in enumerate(counts[i]):
            folded = rest and n - 1 in (i, j)
            depth = 0.62 * min(1.0, shares[i][j] / largest) ** 0.6 if cell and not folded else 0.0
            tip = element(
                "title", f"{clipped(name)} called {clipped(names[j])}: {count(cell)} of {count(sum(counts[i]))}"
            )
            parts.append(
                element(
                    "rect",
                    tip,
                    x=place((j + 0.02) / n),
                    width=place(0.96 / n),
                    y=i * SIZE + 0.5,
                    height=SIZE - 1,
                    cls="cell" + " same" * (i == j) + " rest" * folded,
                    fill_opacity=None if i == j else f"{depth:.2f}",
                )
            )
            if cell and not (folded and i == j) and needed <= _ALONE:
                cls_of_number = "number mid ink strong" if i == j else "number mid ink"
                parts.append(label((j + 0.5) / n, str(i * SIZE + 18), count(cell), cls=cls_of_number))
    cls = "matrix" + " small" * upright + " crowded" * (needed > _ON_A_PHONE)
    return picture(key, title, described, *parts, cls=cls, height=n * SIZE + 2)


def is_wide(counts: Sequence[Sequence[float]], *, rest: bool) -> bool:
    """Tell whether a matrix needs a whole line for its numbers."""
    return _room_for(counts, rest) > _BESIDE_OTHERS


def _room_for(counts: Sequence[Sequence[float]], rest: bool) -> float:
    """Give how many pixels the cells of a row must have for their numbers to stand apart."""
    written = [count(cell) for row in counts for cell in row][: -1 if rest else None]
    return len(counts) * (_DIGIT * max(map(len, written)) + _BETWEEN)


def _head(i: int, n: int, name: str, cls: str, upright: bool) -> Markup:
    """Write the name of a column: upright if all are short, slanted else."""
    if upright:
        return label((i + 0.5) / n, "-8", clipped(name), cls=cls.replace("end", "mid"))
    slanted = element("text", fitted(name, _ABOVE), transform="rotate(58)", cls=cls)
    return element("svg", slanted, x=place((i + 0.6) / n), y=-5, overflow="visible", width=1, height=1)
