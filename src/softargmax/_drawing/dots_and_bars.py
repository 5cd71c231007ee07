"""A value and its range in a line of its own: marks in the cells of a table, bars, before and after."""

from collections.abc import Sequence

from softargmax._drawing.axes import picture, place
from softargmax._drawing.markup import Markup, element

Value = tuple[float, float, float]  # a value, and the ends of its range


def mark(value: Value, tick: float | None = None, scale: tuple[float, float] = (0.0, 1.0), *, cls: str = "") -> Markup:
    """Draw a value as a dot with its range, and a tick for what it is compared with; its cell says it in words."""
    low, high = scale

    def at(x: float) -> str:
        return place(min(max((x - low) / (high - low), 0.0), 1.0))

    parts = [
        element("line", x1="0", x2="100%", y1=8, y2=8, cls="track"),
        element("line", x1=at(value[1]), x2=at(value[2]), y1=8, y2=8, cls=f"range {cls}".strip()),
        element("circle", cx=at(value[0]), cy=8, r=3.5, cls=f"dot {cls}".strip()),
    ]
    if tick is not None:
        parts.append(element("line", x1=at(tick), x2=at(tick), y1=1, y2=15, cls="tick"))
    return element("svg", *parts, cls="mark", width="100%", height=16, aria_hidden="true")


def bar(value: float, cls: str, *, ends: tuple[float, float] | None = None, thick: int = 14) -> Markup:
    """Draw a share as a bar in a rail that is 1 long, with its range."""
    parts = [
        element("rect", width="100%", height=thick, cls="rail"),
        element("rect", width=place(value), height=thick, cls=cls),
    ]
    if ends is not None:
        middle = thick / 2
        parts.append(element("line", x1=place(ends[0]), x2=place(ends[1]), y1=middle, y2=middle, cls="whisker"))
    return element("svg", *parts, cls="bar", width="100%", height=thick, aria_hidden="true")


def bars(rows: Sequence[tuple[str, Markup, str]], cls: str) -> Markup:
    """Set bars under each other: name, bar, what it says."""
    lines = [
        element("div", element("dt", name), element("dd", drawn), element("dd", text, cls="value"), cls="row")
        for name, drawn, text in rows
    ]
    return element("dl", *lines, cls=f"bars {cls}")


def before_and_after(key: str, title: str, described: str, before: Value, after: Value) -> Markup:
    """Draw two values with their ranges under each other, from 0: an open dot, then a full one."""
    top = max(before[2], after[2], 1e-12) * 1.04
    parts = [
        element("line", x1="0", x2="0", y1=2, y2=46, cls="axis"),
        element("line", x1=place(before[0] / top), x2=place(after[0] / top), y1=14, y2=35, cls="link"),
    ]
    for (value, low, high), y, cls in ((before, 14, "before"), (after, 35, "after")):
        parts += [
            element("line", x1=place(low / top), x2=place(high / top), y1=y, y2=y, cls=f"range {cls}"),
            element("circle", cx=place(value / top), cy=y, r=5, cls=cls),
        ]
    return picture(key, title, described, *parts, height=48)
