"""What `softargmax assess` and `evaluate` show: the verdict, scores, two pictures, a line for each class and group."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from softargmax._drawing.digits import count
from softargmax._words import counted
from softargmax.metrics import Assessment, DecisionCurve
from softargmax.metrics._plain import plain
from softargmax.metrics.score_lines import score_lines
from softargmax.report.console import always_called, as_kept, beside, in_brackets, interval, scores_of_both
from softargmax.report.console_findings import important_columns, told_shares
from softargmax.report.console_pictures import confusion_picture, reliability_picture
from softargmax.report.screen import named
from softargmax.report.subject import Subject
from softargmax.report.verdict import headline

if TYPE_CHECKING:
    from softargmax.pipeline import Evaluation

# So many classes and groups are listed; --json has all.
_LISTED = 10


def assessment_json(
    measured: Assessment, classes: Sequence[str] | None, acting: DecisionCurve | None = None
) -> dict[str, Any]:
    """Give everything that was measured as plain data, for JSON; codes of classes are places in ``class_names``.

    What acting from a risk on gains stands under ``acting``, where it was asked for.
    """
    more = {} if acting is None else {"acting": acting.to_dict()}
    return {"class_names": None if classes is None else list(classes), **measured.to_dict(), **more}


def assessment_summary(
    measured: Assessment, classes: Sequence[str] | None, acting: DecisionCurve | None = None
) -> RenderableType:
    """Set what the command assess shows."""
    subject = Subject.of(measured, classes)
    parts: list[RenderableType] = [f"[bold]{headline(subject)}.[/bold]", "", _scores(subject), *_gains(acting)]
    return Group(*parts, *_pictures(subject), *_each(subject))


def _gains(acting: DecisionCurve | None) -> Iterator[RenderableType]:
    """Say what acting from a risk on gains, and what it gains over acting on everyone."""
    if acting is None:
        return
    yield ""
    numbers = (acting.threshold, acting.net_benefit, acting.low, acting.high)
    for risk, value, low, high in zip(*numbers, strict=True):
        gain = f"{value:.4f} \\[{low:.4f}, {high:.4f}]"
        yield f"Acting from a risk of {risk:g} on has the net benefit {gain}; acting on nobody has 0."
    for value, low, high in zip(acting.gain_over_all, acting.gain_low, acting.gain_high, strict=True):
        yield f"That is {value:.4f} \\[{low:.4f}, {high:.4f}] more than acting on everyone."


def evaluation_json(evaluation: "Evaluation") -> dict[str, Any]:
    """Give everything that was measured of a model of tables as plain data, for JSON."""
    found: dict[str, Any] = plain(evaluation)
    return found


def evaluation_summary(evaluation: "Evaluation") -> RenderableType:
    """Set what the command evaluate shows: scores before and after calibration, and all else of what is so after."""
    subject = Subject.of(evaluation.assessment, evaluation.classes)
    return Group(
        f"[bold]{headline(subject)}.[/bold]",
        "",
        f"On {counted(evaluation.n_rows, 'rows')}:",
        scores_of_both(evaluation.before, evaluation.after, evaluation.n_classes, always_called(evaluation.classes)),
        *as_kept(evaluation.kept),
        *_pictures(subject),
        *_each(subject),
        *important_columns(evaluation.importance),
        *beside(evaluation.rare, evaluation.notes),
    )


def _pictures(subject: Subject) -> Iterator[RenderableType]:
    """Draw what is said against what happens, and what is mixed up, with a blank line before each."""
    curve, confusion = subject.now.reliability, subject.now.confusion
    if curve is not None:
        yield from ("", *reliability_picture(curve, named(subject.classes[-1])))
    yield from told_shares(subject.now, subject.classes)
    if confusion is not None:
        yield from ("", *confusion_picture(confusion, subject.classes))


def _each(subject: Subject) -> Iterator[RenderableType]:
    """Set a line for every class and every group, with a blank line before each of the two lists."""
    yield from ("", "Class by class, those with most errors first:", Padding(_classes(subject), (0, 0, 0, 2)))
    if subject.now.groups:
        yield from (
            "",
            "Group by group, those first of which most is claimed wrongly; all these intervals hold at once:",
        )
        yield Padding(_groups(subject), (0, 0, 0, 2))


def _scores(subject: Subject) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    occurring, known = len(subject.occurring), len(subject.classes)
    of = f"{known} classes" if occurring == known else f"{known} classes, of which {occurring} occur"
    table.add_row("rows", count(sum(line.rows for line in subject.occurring)), f"of {of}")
    for line in score_lines([subject.now], known, always_called(subject.classes)):
        table.add_row(line.words, *map(interval, line.values), line.better)
    for row in _risks(subject.now):
        table.add_row(*row)
    return Group(table, in_brackets(subject.now))


def _risks(measured: Assessment) -> Iterator[tuple[str, str, str]]:
    """Say how good the probability of the second of two classes is."""
    risks, curve = measured.risks, measured.reliability
    if risks is None:
        return
    if risks.slope is not None:
        yield "calibration slope", interval(risks.slope), "1 is right; below, probabilities are too extreme"
    if risks.intercept is not None:
        yield "calibration intercept", interval(risks.intercept), "0 is right; below, probabilities are too high"
    if risks.observed_expected is not None:
        yield "observed / expected", interval(risks.observed_expected), "1 is right; above, probabilities are too low"
    if curve is not None and curve.of == "positive":
        yield "mean probability", f"{curve.said_mean:.4f}", f"of the second class, which is {curve.happened_mean:.4f}"


def _classes(subject: Subject) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("class", overflow="fold", max_width=28)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("found of them", no_wrap=True)
    table.add_column("right when named", no_wrap=True)
    for line in subject.lines[:_LISTED]:
        table.add_row(named(subject.name(line.code)), count(line.rows), interval(line.recall), interval(line.precision))
    left = len(subject.lines) - _LISTED
    return Group(table, f"[dim]and {left} more[/dim]") if left > 0 else table


def _groups(subject: Subject) -> RenderableType:
    groups = subject.now.groups or ()
    happened = f"share of {named(subject.classes[-1])}" if subject.is_event else "right"
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("group", overflow="fold", max_width=40)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column(happened, overflow="fold")
    table.add_column("said", no_wrap=True)
    for group in groups[:_LISTED]:
        name = f"{named(group.column)} = {named(group.value)}"
        table.add_row(name, count(group.rows), interval(group.happened), f"{group.said:.4f}")
    left = len(groups) - _LISTED
    return Group(table, f"[dim]and {left} more[/dim]") if left > 0 else table
