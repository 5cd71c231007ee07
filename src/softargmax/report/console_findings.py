"""What a model of tables has learned, for a terminal: which columns its probabilities need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from softargmax._words import counted
from softargmax.report.screen import escape

if TYPE_CHECKING:
    from softargmax.pipeline import Importance

# So many columns are listed; --json has all.
_LISTED = 5


def important_columns(found: "Importance | None") -> Iterator[RenderableType]:
    """Set the columns that the model needs most, a blank line before them; nothing if it was not measured."""
    if found is None:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(overflow="fold", max_width=44)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for place, one in enumerate(found.columns[:_LISTED]):
        said = "± one standard error" if place == 0 else ""
        table.add_row(escape(one.column), f"{one.increase:+.4f} ± {one.standard_error:.4f}", said)
    rows = counted(found.n_rows, "rows")
    of = rows if found.n_rows == found.of_rows else f"{rows} of {found.of_rows}"
    yield from ("", f"By how much the log loss grows if a column is shuffled, on {of}:", table)
    left = len(found.columns) - _LISTED
    if left > 0:
        yield f"[dim]and {left} more[/dim]"
