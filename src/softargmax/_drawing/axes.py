"""What all pictures are made of: places, labels, grids, curves."""

from collections.abc import Sequence
from typing import Any

from softargmax._drawing.digits import percent, tick
from softargmax._drawing.markup import Markup, element

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def place(x: float) -> str:
    """Write a place between 0 and 1 in per cent of the plot."""
    return f"{100.0 * min(max(x, -1.0), 2.0):.2f}".rstrip("0").rstrip(".") + "%"


def label(x: float, y: float | str, *text: Any, dx: float = 0, dy: float = 0, cls: str | None = None) -> Markup:
    """Set words at a place; a `y` that is a number is one from 0, the top, to 1."""
    at = y if isinstance(y, str) else place(y)
    return element("text", *text, x=place(x), y=at, dx=dx or None, dy=dy or None, cls=cls)


def curve(cls: str, xs: Sequence[float], ys: Sequence[float]) -> Markup:
    """Draw a curve within `stretched`, in units from 0 to 1, y upwards."""
    return element("path", d="M" + "L".join(_points(xs, ys)), cls=cls)


def area(cls: str, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> Markup:
    """Fill what is between two curves, within `stretched`."""
    points = [*_points(xs, lows), *_points(list(xs)[::-1], list(highs)[::-1])]
    return element("path", d="M" + "L".join(points) + "Z", cls=cls)


def _points(xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    return [f"{1000.0 * x:.1f} {1000.0 - 1000.0 * y:.1f}" for x, y in zip(xs, ys, strict=True)]


def stretched(*curves: Markup) -> Markup:
    """Put curves into a box that stretches over the whole plot, whatever its shape; their lines stay as thin."""
    box = {"view_box": "0 0 1000 1000", "preserve_aspect_ratio": "none"}
    return element("svg", *curves, width="100%", height="100%", **box)


def levels(ticks: Sequence[float], top: float = 1.0, bottom: float = 0.0) -> list[Markup]:
    """Draw a line for every tick of the vertical axis, and its number at the left; the line at 0 is the axis."""
    drawn = []
    for at in ticks:
        y = 1.0 - (at - bottom) / (top - bottom)
        drawn.append(element("line", x1="0", x2="100%", y1=place(y), y2=place(y), cls="grid" if at else "axis"))
        drawn.append(label(0.0, y, tick(at), dx=-7, dy=4, cls="end"))
    return drawn


def ends(ticks: Sequence[float], top: float = 1.0, bottom: float = 0.0, *, dy: int = 18) -> list[Markup]:
    """Write the ticks of the horizontal axis, in per cent, below the plot."""
    written = []
    for at in ticks:
        x = (at - bottom) / (top - bottom)
        cls = "mid" if 0.0 < x < 1.0 else "end" if x else None
        written.append(label(x, "100%", percent(at), dy=dy, cls=cls))
    return written


def spot(x: float, y: float, hue: str) -> Markup:
    """Draw the dot of one point that is spoken of."""
    return element("circle", cx=place(x), cy=place(y), r=4.5, cls=f"spot {hue}")


def picture(key: str, title: str, described: str, *parts: Markup, cls: str = "", height: float | None = None) -> Markup:
    """Give a whole picture, which says what it shows to those who do not see it; `key` is for nothing else."""
    return element(
        "svg",
        element("title", title, id=f"{key}-t"),
        element("desc", described, id=f"{key}-d"),
        *parts,
        cls=f"pic {cls}".strip(),
        role="img",
        width="100%",
        height=height,
        aria_labelledby=f"{key}-t {key}-d",
    )
