"""Summaries for the terminal, from the frozen dataclasses of the pipeline. Computes nothing."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table

from softargmax._words import counted, cut, cut_within, listed, shortened
from softargmax.calibration.wording import COMPARED, contenders, said, said_of, what_it_does
from softargmax.metrics import Scores
from softargmax.metrics._plain import plain
from softargmax.metrics.score_lines import always_code, score_lines
from softargmax.pipeline.calibrating import share_and_mean
from softargmax.pipeline.records import RARE
from softargmax.report.console_findings import important_columns, told_shares
from softargmax.report.console_promises import kept, promised, promises_json
from softargmax.report.screen import escape, named

if TYPE_CHECKING:  # whoever has one of these to show has imported it
    from softargmax.metrics import Assessment, Estimate
    from softargmax.pipeline import CalibrationReport, FitPlan, FitRecord, Split, TableModel
    from softargmax.pipeline.kept_promises import KeptPromises
    from softargmax.tables.drift_notes import DriftReport
    from softargmax.tables.schema import Schema


def fit_summary(model: "TableModel") -> RenderableType:
    """Set what the commands fit and inspect show: the model, its columns, and its scores."""
    record = model.record
    head = _pairs(
        [
            *_rows_and_columns(record.rows, record.class_counts, model.schema, record.split),
            ("model", _model(model, record)),
            *([("why", record.choice)] if record.choice else []),
            ("calibration", _calibration(model)),
            *(("promise", said) for said in promised(model.decisions, list(map(str, model.classes_.tolist())))),
        ]
    )
    parts: list[RenderableType] = [head, "", _columns(model.schema)]
    labels = model.schema.labels.classes.tolist()
    if record.before is not None and record.after is not None:
        folds = None if record.split is None else record.split.folds
        promises = as_kept(record.kept)
        left_out = "kept aside" if folds is None else f"that {folds} fits left out in turn"
        parts += [
            "",
            f"On {counted(record.after.accuracy.n, 'rows')} {left_out}:",
            scores_of_both(record.before, record.after, len(labels), always_called(labels)),
            *promises,
            *([] if record.split is None else [*([""] if promises else []), escape(record.split.meaning)]),
            *told_shares(record.after, labels),
            *important_columns(record.importance),
        ]
    return Group(*parts, *beside(record.rare, record.notes))


def as_kept(promises: "KeptPromises | None") -> list[RenderableType]:
    """Set how promises were kept, after a blank line; nothing if there are none."""
    lines = list(kept(promises))
    return ["", _pairs(lines)] if lines else []


def plan_summary(plan: "FitPlan") -> RenderableType:
    """Set what the command fit shows of a dry run: what would be learned from what, and what the score would mean."""
    options = plan.options
    sizes = listed(options.hidden_layer_sizes)
    network = f"softmax network with {sizes} hidden units, {counted(options.max_epochs, 'epochs')} at most"
    every = f"{network}; boosted trees; softmax regression"
    models = {
        "mlp": network,
        "regression": "softmax regression",
        "trees": "boosted trees",
        "ensemble": f"{every}: weighed by rows left out",
        "auto": f"{every}: which of them, rows left out say",
    }
    model = models[options.model]
    head = _rows_and_columns(plan.rows, plan.class_counts, plan.schema, plan.split)
    pairs = _pairs([*head, ("model", model), ("score", plan.split.meaning)])
    return Group(pairs, "", _columns(plan.schema), "", "Nothing was learned, and nothing written.")


def plan_json(plan: "FitPlan") -> dict[str, Any]:
    """Give the same as plain data, for JSON."""
    return {
        "dry_run": True,
        **_schema_json(plan.schema),
        "rows": plan.rows,
        "class_counts": plan.class_counts,
        "model": plan.options.model,
        "split": asdict(plan.split),
    }


def fit_json(model: "TableModel") -> dict[str, Any]:
    """Give the same numbers as plain data, for JSON."""
    return {
        **_schema_json(model.schema),
        "members": [
            {**member.to_json(), "weight": weight} for member, weight in zip(model.members, model.weights, strict=True)
        ],
        "calibration": model.calibration.kind,
        "temperature": model.calibration.temperature_,  # type: ignore[attr-defined]
        "promises": promises_json(model.decisions, list(map(str, model.classes_.tolist()))),
        **plain(model.record),
    }


def drift_json(drift: "DriftReport") -> dict[str, Any]:
    """Give what new rows are unlike at fit in as plain data, for JSON."""
    return {"n_rows": drift.n_rows, "drift": asdict(drift)}


def calibration_summary(result: "CalibrationReport") -> RenderableType:
    """Set what the command calibrate shows: the calibration, and scores before and after."""
    parts: list[RenderableType] = [
        _pairs(
            [
                ("rows", str(result.before.n)),
                ("classes", str(result.before.n_classes)),
                ("calibration", said(result.calibration, bool(result.notes))),
            ]
        )
    ]
    compared = Table.grid(padding=(0, 2))
    for each in contenders(result.calibration):
        compared.add_row("*" if each.weight else "", each.name, said_of(each))
    if compared.row_count:
        parts += ["", f"{COMPARED}:", compared]
    if result.after is not None:
        parts += [
            "",
            "Before, and after fits that left these rows out:",
            scores_of_both(result.before, result.after, result.before.n_classes),
        ]
    return Group(*parts, *map(escape, share_and_mean(result.mean_probability)), *beside((), result.notes))


def calibration_json(result: "CalibrationReport") -> dict[str, Any]:
    """Give the same numbers as plain data, for JSON."""
    inner = result.calibration.chosen_
    return {
        "rows": result.before.n,
        "classes": result.before.n_classes,
        "calibration": inner.kind,
        "temperature": inner.temperature_,  # type: ignore[attr-defined]
        "contenders": [
            {
                "calibration": each.name,
                "log_loss": each.loss,
                "gain": each.gain,
                "standard_error": each.standard_error,
                "weight": each.weight,
                "chosen": each.weight > 0.0,
            }
            for each in contenders(result.calibration)
        ],
        "before": _four(result.before),
        "after": None if result.after is None else _four(result.after),
        "mean_probability": None if result.mean_probability is None else asdict(result.mean_probability),
        "notes": list(result.notes),
    }


def _four(measured: "Assessment") -> dict[str, Any]:
    """Take the scores out of all that was measured: what every command prints as JSON."""
    return {field.name: plain(getattr(measured, field.name)) for field in fields(Scores)}


def _pairs(items: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in items:
        table.add_row(name, escape(value))
    return table


def _schema_json(schema: "Schema") -> dict[str, Any]:
    return {
        "target": schema.target,
        "classes": schema.labels.classes.tolist(),
        "features": schema.n_features,
        "columns": {column.name: column.describe() for column in schema.columns},
        "dropped": {column.name: column.reason for column in schema.dropped},
    }


def _rows_and_columns(
    rows: dict[str, int], class_counts: Sequence[int], schema: "Schema", split: "Split | None"
) -> list[tuple[str, str]]:
    """Say which rows are for what, and what there is to learn and to learn from."""
    if split is None or split.folds is None:
        parted = f"{sum(rows.values())} = " + " + ".join(f"{count} {part}" for part, count in rows.items())
    else:
        parted = f"{rows['training']} training, of which {rows['score']} calibrate and score in {split.folds} folds"
    return [
        ("rows", parted),
        ("classes", f"{len(schema.labels)} in column {cut(schema.target)!r}: {_classes(schema, class_counts)}"),
        ("features", f"{schema.n_features} from {counted(len(schema.columns), 'columns')}"),
    ]


def _classes(schema: "Schema", counts: Sequence[int], most: int = 6) -> str:
    pairs = zip(schema.labels.classes.tolist(), counts, strict=True)
    shown = [f"{shortened(str(label))} ({count})" for label, count in pairs]
    return ", ".join(shown[:most]) + (", ..." if len(shown) > most else "")


def _model(model: "TableModel", record: "FitRecord") -> str:
    described = [member.describe() for member in model.members]
    described[0] += f", {counted(record.n_iter, model.members[0].steps)}"
    if len(described) == 1:
        return described[0]
    weighed = zip(model.weights, described, strict=True)
    return "; ".join(f"{weight:.2f} times the log-probabilities of a {words}" for weight, words in weighed)


def _calibration(model: "TableModel") -> str:
    doubtful = any(note.startswith("calibration:") for note in model.record.notes)
    return what_it_does(model.calibration, doubtful)


def _columns(schema: "Schema") -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("column", overflow="fold", max_width=44)
    table.add_column("what was done to it", overflow="fold")
    used = ((column.name, column.describe()) for column in schema.columns)
    dropped = ((column.name, f"left out: {column.reason.removeprefix('left out ')}") for column in schema.dropped)
    for style, rows in (("", used), ("yellow", dropped)):
        for names, words in _grouped(rows):
            table.add_row(escape(names), escape(words), style=style)
    return table


def _grouped(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join neighbouring columns to which the same was done."""
    for words, group in itertools.groupby(rows, key=lambda row: row[1]):
        names = [cut(name) for name, _ in group]
        yield (
            (", ".join(names) if len(names) <= 2 else f"{names[0]} ... {names[-1]} ({len(names)} columns)"),
            words,
        )


def scores_of_both(
    before: "Scores | Assessment",
    after: "Scores | Assessment",
    n_classes: int,
    always: Callable[[int], str] = always_code,
) -> RenderableType:
    """Set the usual scores before and after calibration."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("before calibration")
    table.add_column("after calibration")
    table.add_column("", style="dim")
    for line in score_lines([before, after], n_classes, always):
        table.add_row(line.words, *map(interval, line.values), line.better)
    return Group(table, in_brackets(after))


def always_called(classes: Sequence[Any]) -> Callable[[int], str]:
    """Give what says that always the same class is answered, by its name."""
    return lambda code: f"always '{named(classes[code])}'"


def in_brackets(measured: "Scores | Assessment") -> str:
    """Say what the brackets are."""
    return f"[dim]{100 * measured.accuracy.confidence:g} % intervals in brackets[/dim]"


def interval(value: "Estimate | float | None") -> str:
    """Set a value, with its interval if it has one; nothing if there is none."""
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else escape(str(value))


def beside(rare: Sequence[str], notes: Sequence[str], most: int = 10) -> list[str]:
    """Set which classes are rare, and what else there is to know."""
    lines = []
    if rare:
        shown = ", ".join(repr(shortened(name)) for name in rare[:most]) + (", ..." if len(rare) > most else "")
        lines.append(
            f"{len(rare)} of the classes {'has' if len(rare) == 1 else 'have'} fewer than {RARE} rows among those "
            f"scored: too few to say how well they are told apart ({shown})"
        )
    return exclaimed([*lines, *notes])


def exclaimed(notes: Sequence[str]) -> list[str]:
    """Set what there is to know beside the numbers, after a blank line; nothing if there is nothing."""
    return ["", *(f"[yellow]![/yellow] {escape(cut_within(note))}" for note in notes)] if notes else []
