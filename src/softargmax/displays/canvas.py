"""Axes, colours and words: what all pictures share. matplotlib is loaded when the first of them is drawn."""

from dataclasses import dataclass
from typing import Any

from softargmax._drawing.digits import percent, tick
from softargmax._drawing.markup import clipped
from softargmax._lazy import load
from softargmax.exceptions import ArgumentError

# Marks what a display drew, so that the next one on the same axes looks different.
_CURVE = "softargmax-curve"


@dataclass(frozen=True)
class Colours:
    """Those of the page: blue is as it should be, orange is not, grey is everything else; and looks of curves.

    Every look has a colour, a dash and a marker of its own, so that curves can be told apart without colours.
    """

    ink: str
    soft: str
    band: str
    paper: str
    tint: str
    accent: str
    warn: str
    looks: tuple[tuple[str, str, str], ...]


_LIGHT = Colours(
    "#1c1b19", "#5f5a52", "#dedad1", "#ffffff", "#d4e3f0", "#17609c", "#b5450b",
    (("#17609c", "-", "o"), ("#b5450b", "--", "s"), ("#0b7560", "-.", "^"), ("#7b4a9e", ":", "D")),
)  # fmt: skip
_DARK = Colours(
    "#e8e5df", "#aaa59c", "#33373d", "#15171a", "#1f3b54", "#79b8ec", "#f0955f",
    (("#79b8ec", "-", "o"), ("#f0955f", "--", "s"), ("#5cc9a8", "-.", "^"), ("#cfa0ea", ":", "D")),
)  # fmt: skip


def axes_to_draw_on(ax: Any, width: float, height: float) -> Any:
    """Give the axes, or those of a new figure of so many inches.

    Raises
    ------
    ArgumentError
        For anything else than axes.
    MissingDependencyError
        If matplotlib is not installed, naming the extra that brings it.
    """
    if ax is None:
        _, ax = load("matplotlib.pyplot").subplots(figsize=(width, height), layout="constrained")
    if not isinstance(ax, load("matplotlib.axes").Axes):
        raise ArgumentError(f"ax: expected axes of matplotlib or None, got {type(ax).__name__}", parameter="ax")
    return ax


def colours_on(ax: Any) -> Colours:
    """Give the colours that can be seen on these axes, or on the figure where they are transparent."""
    to_rgba = load("matplotlib.colors").to_rgba
    red, green, blue, opaque = to_rgba(ax.get_facecolor())
    if not opaque:
        red, green, blue, _ = to_rgba(ax.figure.get_facecolor())
    return _DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4 else _LIGHT


def curves_on(ax: Any) -> int:
    """Count the curves that displays drew on these axes."""
    return sum(line.get_gid() == _CURVE for line in ax.lines)


def next_look(ax: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Give how the next curve on these axes looks, but for what the user says of it."""
    looks = colours_on(ax).looks
    colour, dash, _ = looks[curves_on(ax) % len(looks)]
    own = load("matplotlib.cbook").normalize_kwargs(given, load("matplotlib.lines").Line2D)
    return {"color": colour, "linestyle": dash, "linewidth": 2.2, "gid": _CURVE, **own}


def literal(text: object, most: int = 40) -> str:
    """Give a text from elsewhere as it is, cut to what anybody reads: no mathematics, no control characters."""
    return clipped(text, most).replace("$", r"\$")


def ticks_along(axis: Any, *, in_percent: bool = True) -> None:
    """Write the ticks of an axis as the page does: shares in per cent, or numbers."""
    axis.set_major_formatter(load("matplotlib.ticker").FuncFormatter(lambda x, _: (percent if in_percent else tick)(x)))


def calm(ax: Any, *, grid: str = "y") -> None:
    """Take away what is no number: the box around the axes; and let a thin grid lie behind all curves."""
    colours = colours_on(ax)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(True, axis=grid, color=colours.soft, alpha=0.25, linewidth=0.6)
