"""What a model has learned, for a terminal: which columns it needs; of those told 30 %, how many were."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table

from softargmax._words import counted, cut
from softargmax.metrics.score_lines import told_cells, told_question
from softargmax.report.screen import escape, named

if TYPE_CHECKING:
    from softargmax.metrics import Assessment, Scores
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
        table.add_row(escape(cut(one.column)), f"{one.increase:+.4f} ± {one.standard_error:.4f}", said)
    rows = counted(found.n_rows, "rows")
    of = rows if found.n_rows == found.of_rows else f"{rows} of {found.of_rows}"
    yield from ("", f"By how much the log loss grows if a column is shuffled, on {of}:", table)
    left = len(found.columns) - _LISTED
    if left > 0:
        yield f"[dim]and {left} more[/dim]"


def told_shares(found: "Scores | Assessment", classes: Sequence[Any]) -> Iterator[RenderableType]:
    """Set what happened by what was said, a blank line before it; nothing if it was not measured."""
    if not found.told:
        return
    happened = f"were '{named(classes[-1])}'" if found.of == "positive" else "were right"
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("told", "on average", "rows"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(happened, overflow="fold")
    for share in found.told:
        table.add_row(*told_cells(share))
    yield from ("", f"{told_question(found)}:", table)
