"""What `softargmax compare` shows: two models, their scores, and the difference."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from softargmax._words import counted
from softargmax.metrics import Comparison, Estimate
from softargmax.metrics.score_lines import score_lines
from softargmax.metrics.scoring import measured_by
from softargmax.report.console import exclaimed, interval
from softargmax.report.screen import named


def comparison_json(compared: Comparison, notes: Sequence[str]) -> dict[str, Any]:
    """Give the same as plain data, for JSON; the scores of a name alone are the differences, second less first."""
    return compared.to_dict() | {"notes": list(notes)}


# So many groups are listed; --json has all.
_LISTED = 10


def _more(compared: Comparison) -> Iterator[tuple[str, Estimate]]:
    """Give what was asked for beside the usual scores: net benefit from a risk on, and groups."""
    if compared.net_benefit is not None:
        yield f"net benefit from {compared.threshold:g}", compared.net_benefit
    groups = compared.groups or ()
    for group in groups[:_LISTED]:
        yield f"log loss, {named(group.column, 30)} {named(group.value, 30)}", group.log_loss


def comparison_summary(compared: Comparison, paths: tuple[str, str], notes: Sequence[str]) -> RenderableType:
    """Set what the command compare shows; ``paths`` are those of the two models."""
    models = Table.grid(padding=(0, 2))
    models.add_column(style="bold", no_wrap=True)
    models.add_column(overflow="fold")
    for word, path in zip(("first", "second"), paths, strict=True):
        models.add_row(word, named(os.path.basename(path), 80))
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "first", "second", "second - first"):
        table.add_column(heading)
    table.add_column("", style="dim", overflow="fold")
    for line in score_lines([compared.first, compared.second, compared], compared.n_classes):
        table.add_row(line.words, *map(interval, line.values), line.better.partition(";")[0])
    for words, difference in _more(compared):
        table.add_row(words, "", "", interval(difference), "")
    left = len(compared.groups or ()) - _LISTED
    if left > 0:
        table.add_row(f"[dim]and {counted(left, 'more groups')}[/dim]")
    head = f"On {counted(compared.n, 'rows', ',')} of {counted(compared.n_classes, 'classes')}:"
    meaning = (
        f"{100 * compared.confidence:g} % intervals in brackets; that of a difference is of the same rows, paired. "
        f"{measured_by(compared.n_classes, compared.of)}"
    )
    verdict = f"[bold]{compared.verdict}[/bold]"
    return Group(models, "", head, table, f"[dim]{meaning}[/dim]", "", verdict, *exclaimed(notes))
