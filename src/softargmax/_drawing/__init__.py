"""Pictures of plain numbers: SVG and the HTML around it. Nothing here knows of a classifier.

===============  ===================================================================
`markup`         elements, and text made harmless: what is not `Markup` is escaped
`digits`         how a number is written, on an axis and in a cell
`axes`           places in per cent, ticks, grids, labels, curves, and what makes a whole picture
`lines`          a curve with its band in a square; the bars of where rows are; falling and rising curves
`dots_and_bars`  a value with its range; bars; a value before and after
`squares`        a matrix of counts
`notebook`       cards for notebooks, which bring their few styles along
===============  ===================================================================

A horizontal place is per cent of the plot, and so is a vertical one in square plots; sizes are pixels. So a picture is
as wide as its column, its text never shrinks, and a coordinate *is* its number: tests parse it back. Colours and type
stand in ``drawing.css``, and those of cards in `notebook`.
"""

from pathlib import Path


def style() -> str:
    """Give the style sheet that the pictures need."""
    return Path(__file__).with_name("drawing.css").read_text(encoding="utf-8")
