"""Curves: what is said against what happens, where the rows are, and a quantity along a share."""

from collections.abc import Sequence

from softargmax._drawing.axes import QUARTERS, area, curve, ends, label, levels, picture, place, spot, stretched
from softargmax._drawing.digits import count, nice_step
from softargmax._drawing.markup import Markup, element

Numbers = Sequence[float]
# The tallest bar leaves room for words above it.
_TALLEST = 0.75
# Where all rows say nearly the same, a curve this short cannot be seen, of all the way from 0 to 1.
_SHORT = 0.02


def is_dot(said: Numbers) -> bool:
    """Tell whether a curve over these places is too short to be seen, so that a dot is drawn in its place."""
    return bool(said) and said[-1] - said[0] < _SHORT


def said_and_happened(
    key: str,
    title: str,
    described: str,
    band: tuple[Numbers, Numbers, Numbers],
    happened: Numbers,
    *,
    hue: str = "accent",
    point: tuple[float, float, str, str] | None = None,
    corners: tuple[str, str] = ("", ""),
    bottom: float = 0.0,
) -> Markup:
    """Draw a curve against the diagonal, in a square from `bottom` to 1.

    Parameters
    ----------
    key, title, described : str
        As for `picture`.
    band : tuple of three sequences
        What was said, ascending, and the ends of the band there.
    happened : sequence of float
        The curve.
    hue : str
        "accent" or "warn".
    point : tuple, optional
        Said, happened, and two lines about that point.
    corners : tuple of two str
        What stands above and below the diagonal.
    bottom : float
        Where both axes begin.
    """

    def scaled(values: Numbers) -> list[float]:
        return [(value - bottom) / (1.0 - bottom) for value in values]

    said, low, high = map(scaled, band)
    ticks = [bottom + (1.0 - bottom) * quarter for quarter in QUARTERS]
    parts = levels(ticks, bottom=bottom)
    curves = [curve("ideal", (0.0, 1.0), (0.0, 1.0))]
    if said:
        curves = [area("band", said, low, high), area(f"gap {hue}", said, scaled(happened), said), *curves]
        curves.append(curve(f"curve {hue}", said, scaled(happened)))
    parts.append(element("svg", stretched(*curves), width="100%", height="100%", cls="window"))
    parts += [label(0.03, 0.07, corners[0], cls="aside"), label(0.99, 0.97, corners[1], cls="aside end")]
    if point is not None:
        x, y = ((value - bottom) / (1.0 - bottom) for value in point[:2])
        if y > 0.25:
            parts.append(element("line", x1=place(x), x2=place(x), y1=place(1.0 - y), y2="77%", cls="leader"))
        at, cls = (x, "mid strong") if 0.45 <= x <= 0.75 and y > 0.3 else (0.99, "end strong")
        parts += [spot(x, 1.0 - y, hue), label(at, 0.82, point[2], cls=cls), label(at, 0.82, point[3], dy=15, cls=cls)]
    return picture(key, title, described, *parts, cls="square")


def where_rows_are(key: str, shares: Numbers, rows: float) -> Markup:
    """Draw a bar for every share, under a plot from 0 to 1, and say how many rows the tallest stands for."""
    most, n = max(*shares, 1e-300), len(shares)
    peak = list(shares).index(max(shares))
    parts = []
    for k, share in enumerate(shares):
        tall = _TALLEST * share / most
        x, y = place((k + 0.06) / n), place(1.0 - tall)
        parts.append(element("rect", x=x, width=place(0.88 / n), y=y, height=place(tall), cls="mass"))
    words = f"{count(round(most * rows))} of {count(rows)} rows"
    at = (peak + 0.5) / n
    cls = None if at < 0.3 else "end" if at > 0.7 else "mid"
    parts.append(label(0.0 if at < 0.3 else 1.0 if at > 0.7 else at, "10", words, cls=cls))
    parts += ends(QUARTERS, dy=16)
    described = f"{words} lie in the fullest of {n} bins of equal width."
    return picture(key, "Where the rows are", described, *parts, cls="masses", height=58)


def along_share(
    key: str,
    title: str,
    described: str,
    lines: Sequence[tuple[str, Numbers, Numbers]],
    *,
    top: float,
    bottom: float = 0.0,
    right: float = 1.0,
    band: tuple[Numbers, Numbers, Numbers] | None = None,
    points: Sequence[tuple[float, float, str, str]] = (),
    words: Sequence[tuple[float, float, str, str]] = (),
    below: str = "",
    cls: str = "",
    height: float | None = 250,
) -> Markup:
    """Draw curves above an axis of shares from 0 to `right`.

    Parameters
    ----------
    lines : sequence of (class, xs, ys)
    top, bottom : float
        The ends of the vertical axis; what is beyond is cut off.
    band : (xs, lows, highs), optional
    points : sequence of (x, y, line, line)
        Points to mark; the words stand at their left where they have room.
    words : sequence of (x, y, class, text)
        Names of curves.
    below : str
        What the horizontal axis is.
    """

    def up(values: Numbers) -> list[float]:
        return [min(max((value - bottom) / (top - bottom), -1.0), 2.0) for value in values]

    def along(values: Numbers) -> list[float]:
        return [value / right for value in values]

    step = nice_step(top - bottom)
    first = -int(-bottom / step + 1e-9)
    ticks = [step * k for k in range(first, int(top / step + 1e-9) + 1)]
    curves = [] if band is None else [area("band", along(band[0]), up(band[1]), up(band[2]))]
    curves += [curve(cls, along(xs), up(ys)) for cls, xs, ys in lines]
    parts = levels([round(at, 10) for at in ticks], top, bottom)
    parts.append(element("svg", stretched(*curves), width="100%", height="100%", cls="window"))
    taken = 9.0
    for x, y, *said in points:
        at = 1.0 - up([y])[0]
        parts.append(element("line", x1=place(x / right), x2=place(x / right), y1=place(at), y2="100%", cls="leader"))
        parts.append(spot(x / right, at, "accent"))
        if abs(at - taken) > 0.15 and 0.14 < at < 0.94 and x / right > 0.3:  # no label on another, or outside
            parts += [
                label(x / right, at, text, dx=-9, dy=dy, cls="end strong")
                for text, dy in zip(said, (-22, -7), strict=True)
            ]
            taken = at
    parts += [
        label(x / right, 1.0 - up([y])[0], text, dx=8 if c != "end" else -8, dy=4, cls=c) for x, y, c, text in words
    ]
    parts += ends([right * quarter for quarter in QUARTERS], right)
    parts.append(label(0.0, "100%", below, dy=36))
    return picture(key, title, described, *parts, cls=cls, height=height)
