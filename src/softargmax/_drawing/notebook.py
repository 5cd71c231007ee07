"""Cards for notebooks: a few lines, numbers and a small picture, as HTML that changes nothing around it.

A notebook is light or dark, and has a style sheet of its own. So a card brings neither style sheet nor script: every
element carries its few styles, text has the colour of the text around it, and the two colours of pictures can be seen
on white and on black.
"""

from collections.abc import Sequence
from typing import Any

from softargmax._drawing.markup import Markup, element, joined

_BLUE = "#3f88c5"
_SOFT = "opacity:.72"
_CELL = (
    "text-align:left;padding:2px 14px 2px 0;border:0;background:none;color:inherit;vertical-align:top;font-size:13px"
)
_SIDE = 132
# A small picture has no use for more points.
_POINTS = 60

Numbers = Sequence[float]


def card(title: Any, *parts: Markup | None) -> str:
    """Give a card: a title, and what stands under it."""
    head = element("div", title, style="font-weight:600;margin-bottom:4px")
    style = "font:13px/1.5 system-ui,sans-serif;max-width:58em;color:inherit;font-variant-numeric:tabular-nums"
    return str(element("div", head, *parts, style=style))


def line(*words: Any, soft: bool = False) -> Markup:
    """Give a line of words."""
    return element("div", *words, style=f"margin-bottom:4px;{_SOFT}" if soft else "margin-bottom:4px")


def beside(*parts: Markup) -> Markup:
    """Put parts side by side, under each other where there is no room."""
    return element("div", *parts, style="display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-start")


def grid(head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Markup:
    """Set rows of cells, the first of which says what a row is about."""
    top = (element("th", cell, scope="col", style=f"{_CELL};font-weight:400;{_SOFT}") for cell in head)
    body = (
        element(
            "tr",
            element("th", row[0], scope="row", style=f"{_CELL};font-weight:400"),
            *(element("td", cell, style=_CELL) for cell in row[1:]),
            style="background:none",
        )
        for row in rows
    )
    above = element("thead", element("tr", *top, style="background:none"), style="border:0") if any(head) else None
    return element(
        "table", above, element("tbody", *body), style="border-collapse:collapse;margin:0;color:inherit;border:0"
    )


def more(summary: str, whole: str | Markup) -> Markup:
    """Hide what is long behind a line that opens it; plain text is set as it is, line by line."""
    if not isinstance(whole, Markup):
        lines = (joined(row[:400], Markup("\n")) for row in whole.split("\n"))
        style = "font:12px/1.4 ui-monospace,monospace;overflow-x:auto;margin:4px 0;background:none;color:inherit"
        whole = element("pre", *lines, style=style)
    return element("details", element("summary", summary, style=f"cursor:pointer;{_SOFT}"), whole)


def sketch(title: str, words: str, said: Numbers, happened: Numbers, low: Numbers, high: Numbers) -> Markup:
    """Draw what is said against what happens, with the band of chance, in a small square; and words under it."""
    step = max(1, len(said) // _POINTS)
    kept = [*range(0, len(said) - 1, step), *([len(said) - 1] if said else [])]

    def points(ys: Numbers, order: Sequence[int]) -> str:
        return " ".join(f"{_SIDE * said[i]:.1f},{_SIDE - _SIDE * ys[i]:.1f}" for i in order)

    plain = {"fill": "none", "stroke": "currentColor"}
    parts = [
        element("title", title),
        element("rect", x=0.5, y=0.5, width=_SIDE - 1, height=_SIDE - 1, stroke_opacity=0.3, **plain),
    ]
    if said:
        around = f"{points(low, kept)} {points(high, kept[::-1])}"
        parts.append(element("polygon", points=around, fill="currentColor", fill_opacity=0.16))
    parts.append(element("line", x1=0, y1=_SIDE, x2=_SIDE, y2=0, stroke_opacity=0.5, **plain))
    if said:
        parts.append(element("polyline", points=points(happened, kept), fill="none", stroke=_BLUE, stroke_width=2))
    drawn = element("svg", *parts, role="img", width=_SIDE, height=_SIDE, style="display:block;overflow:visible")
    return element("div", drawn, element("div", words, style=f"font-size:12px;{_SOFT};max-width:{_SIDE + 40}px"))
