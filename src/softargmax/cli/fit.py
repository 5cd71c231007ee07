"""``softargmax fit``: a table in, a model file out."""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables, say_notes, worded
from softargmax.cli.output import progress_shown, say, show, tables_json
from softargmax.cli.pages import WORST, write_page_of_fit
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.tables.opening import Table as OpenTable

ColumnKind = Literal["number", "boolean", "category", "date", "text"]


def fit(
    *tables: Table,
    target: Annotated[
        str | None, Parameter(help="Column of class labels: its name, or its position (-1 is the last).")
    ] = None,
    output: Annotated[str | None, Parameter(alias="-o", help="The model file to write.")] = None,
    model: Annotated[
        Literal["auto", "mlp", "regression", "trees", "ensemble"],
        Parameter(help="A network, softmax regression, boosted trees, all of them weighed, or what suits the table."),
    ] = "auto",
    hidden: Annotated[str, Parameter(help="Units per hidden layer, separated by commas.")] = "256,256",
    max_epochs: Annotated[int, Parameter(help="How often the network sees the data at most.")] = 100,
    time_limit: Annotated[
        float | None, Parameter(help="Seconds for the fit: cheap models come first, dear ones as time remains.")
    ] = None,
    balanced: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Let every class count the same, however rare it is.")
    ] = False,
    weight: Annotated[str | None, Parameter(help="Column that says how often a row counts.")] = None,
    group: Annotated[
        str | None,
        Parameter(help="Column whose equal values stay together, as all rows of a patient: new ones are scored."),
    ] = None,
    time: Annotated[
        str | None, Parameter(help="Column that says when a row is from: the newest rows are scored.")
    ] = None,
    folds: Annotated[
        int | None,
        Parameter(help="Score and calibrate by so many fits that leave rows out in turn; keep none aside."),
    ] = None,
    drop: Annotated[
        tuple[str, ...], Parameter(negative=(), show_default=False, help="Column to leave out; repeat for more.")
    ] = (),
    kind: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            show_default=False,
            help="COLUMN=KIND, to decide that a column is a number, boolean, category, date or text.",
        ),
    ] = (),
    calibration_fraction: Annotated[float, Parameter(help="Share of the rows kept aside to calibrate on.")] = 0.1,
    score_fraction: Annotated[float, Parameter(help="Share of the rows kept aside to score on.")] = 0.1,
    confidence: Annotated[
        float | None,
        Parameter(
            help="Keep rows aside to promise sets that hold the true class so often, as .95; predict gives them."
        ),
    ] = None,
    risk: Annotated[
        float | None,
        Parameter(help="Keep rows aside to promise that at most this share of the answers is wrong, as .02."),
    ] = None,
    positive: Annotated[
        str | None,
        Parameter(
            help="Choose a threshold that tells this class from all others, by rows kept aside: of the largest F1."
        ),
    ] = None,
    recall: Annotated[
        float | None, Parameter(help="Choose it so that this share of the rows of that class is found, as .9.")
    ] = None,
    promise_fraction: Annotated[float, Parameter(help="Share of the rows kept aside for these promises.")] = 0.2,
    refit: Annotated[
        bool, Parameter(help="After scoring, let the model that is written learn from all rows in the same way.")
    ] = True,
    seed: Annotated[int, Parameter(help="Decides everything random.")] = 0,
    report: Annotated[
        str | None, Parameter(help="A page to write about the model and the rows it was scored on, an .html file.")
    ] = None,
    dry_run: Annotated[
        bool,
        Parameter(
            negative=(), show_default=False, help="Read the table and say what would be done; learn and write nothing."
        ),
    ] = False,
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Learn to predict a column from the others: train, calibrate, score, and write a model file.

    Parameters
    ----------
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.

    Examples
    --------
    softargmax fit customers.csv --target left --output left.softargmax
    """
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.pipeline import FitOptions
    from softargmax.pipeline.preparing import plan_fit
    from softargmax.report import console
    from softargmax.tables.files import resolve
    from softargmax.tables.opening import open_table

    check_tables(tables)
    if target is None:
        raise _asked_for_target(open_table(tables, read.reading(), again=True))
    files = resolve(tables)
    if output is not None:
        refuse_unwritable(output)
        refuse_overwriting(output, files)
    elif not dry_run:
        raise ArgumentError("--output: expected the name of the model file to write, like -o animals.softargmax")
    if report is not None:
        _check_page(report, files, output, folds is not None or score_fraction > 0.0)
    options = FitOptions(
        model=model,
        hidden_layer_sizes=_sizes(hidden),
        max_epochs=max_epochs,
        time_limit=time_limit,
        balanced=balanced,
        calibration_fraction=calibration_fraction,
        score_fraction=score_fraction,
        confidence=confidence,
        risk=risk,
        positive=positive,
        recall=recall,
        promise_fraction=promise_fraction,
        refit=refit,
        random_state=seed,
        weight=weight,
        group=group,
        time=time,
        folds=folds,
        drop=drop,
        kinds=_kinds(kind),
    )
    opened = open_table(files, replace(read.reading(), target=target), again=True)
    if output is None or dry_run:
        with progress_shown() as progress:
            plan = plan_fit(opened, target, options, progress=progress)
        say_notes(plan.notes)
        show(json, console.plan_json(plan) | tables_json(plan.notes), lambda: console.plan_summary(plan))
        return
    from softargmax.pipeline.fitting import fit_table
    from softargmax.pipeline.measuring_tables import measure_fit

    judged: list[Any] = []
    with progress_shown() as progress:
        learned = fit_table(opened, target, options, progress=progress, tell=lambda *said: judged.extend(said))
    learned.save(output)
    say_notes(learned.notes)
    show(json, console.fit_json(learned) | tables_json(learned.notes), lambda: console.fit_summary(learned))
    say(f"model written to {printable(output)}")
    if report is not None:
        with progress_shown() as progress:
            read_again = opened.told(progress, "reading", "measuring")
            measured = measure_fit(learned, read_again, *judged, keep_worst=WORST)
        write_page_of_fit(report, learned, measured, output, files)


def _check_page(report: str, files: Sequence[str], output: str | None, scores: bool) -> None:
    """Refuse a page that could not be written, before anything is learned."""
    from softargmax._atomic import refuse_overwriting, refuse_unwritable

    refuse_unwritable(report)
    refuse_overwriting(report, files)
    if output is not None and os.path.realpath(report) == os.path.realpath(output):
        raise ArgumentError(f"--report: expected another file than that of the model, got {report} for both")
    if not scores:
        raise ArgumentError("--report: expected rows to score the model on, got --score-fraction 0")


def _asked_for_target(table: "OpenTable") -> ArgumentError:
    """Show what is in the table, and ask which of its columns is meant."""
    from softargmax.report import screen, table_look
    from softargmax.tables.looking import look

    found = look(table)
    screen.show(table_look.look_summary(found, worded), sys.stderr)
    names = [column.name for column in found.candidates] or [column.name for column in found.columns[-1:]]
    near = ", ".join(f"{column.name!r} ({column.distinct})" for column in found.candidates[:10]) or "none"
    return ArgumentError(
        f"--target: expected the column of classes, like --target {shlex.quote(names[0])}; "
        f"columns with few different values are {near}"
    )


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(f"--hidden: expected numbers separated by commas, like 256,256, got {text!r}") from None


def _kinds(pairs: Sequence[str]) -> dict[str, str]:
    known = get_args(ColumnKind)
    kinds = {}
    for pair in pairs:
        name, _, kind = pair.rpartition("=")
        if not name or kind not in known:
            raise ArgumentError(f"--kind: expected COLUMN=KIND, with one of {', '.join(known)}, got {pair!r}")
        kinds[name] = kind
    return kinds
