"""Summaries for the terminal, from the frozen dataclasses of the pipeline. Computes nothing."""

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TextIO

from rich import markup
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from softargmax._words import printable
from softargmax.metrics import Scores
from softargmax.pipeline.records import RARE
from softargmax.pipeline.wording import COMPARED, contenders, said, said_of, what_it_does

if TYPE_CHECKING:  # whoever has one of these to show has imported it
    from softargmax.metrics import Assessment, Estimate
    from softargmax.pipeline import CalibrationReport, Evaluation, FitRecord, TableModel


def show(words: RenderableType, file: TextIO | None = None) -> None:
    """Print on standard output, or on `file`; where that is no terminal, 120 columns wide, without trailing blanks."""
    console = Console(highlight=False, file=file)
    if console.is_terminal:
        console.print(words)
        return
    plain = Console(highlight=False, width=120, file=io.StringIO())
    plain.print(words)
    lines = plain.file.getvalue().splitlines()  # type: ignore[attr-defined]
    print("\n".join(line.rstrip() for line in lines), file=file)


def fit_summary(model: "TableModel") -> RenderableType:
    """Set what the commands fit and inspect show: the model, its columns, and its scores."""
    record = model.record
    rows = sum(record.rows.values())
    head = _pairs(
        [
            ("rows", f"{rows} = " + " + ".join(f"{count} {part}" for part, count in record.rows.items())),
            ("classes", f"{len(model.schema.labels)} in column {model.schema.target!r}: {_classes(model)}"),
            ("features", f"{model.schema.n_features} from {len(model.schema.columns)} columns"),
            ("model", _model(model, record)),
            ("calibration", _calibration(model)),
        ]
    )
    parts: list[RenderableType] = [head, "", _columns(model)]
    if record.before is not None and record.after is not None:
        parts += [
            "",
            f"On {record.after.accuracy.n} rows kept aside:",
            _scores(record.before, record.after, len(model.schema.labels)),
        ]
    return Group(*parts, *_words(record.rare, record.notes))


def evaluation_summary(evaluation: "Evaluation") -> RenderableType:
    """Set what the command evaluate shows: scores before and after calibration."""
    return Group(
        f"On {evaluation.n_rows} rows:",
        _scores(evaluation.before, evaluation.after, evaluation.n_classes),
        *_words(evaluation.rare, evaluation.notes),
    )


def fit_json(model: "TableModel") -> dict[str, Any]:
    """Give the same numbers as plain data, for JSON."""
    return {
        "target": model.schema.target,
        "classes": model.schema.labels.classes.tolist(),
        "features": model.schema.n_features,
        "columns": {column.name: column.describe() for column in model.schema.columns},
        "dropped": {column.name: column.reason for column in model.schema.dropped},
        "members": [member.to_json() for member in model.members],
        "calibration": model.calibration.kind,
        "temperature": model.calibration.temperature_,  # type: ignore[attr-defined]
        **asdict(model.record),
    }


def evaluation_json(evaluation: "Evaluation") -> dict[str, Any]:
    """Give the same numbers as plain data, for JSON."""
    return asdict(evaluation)


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
    for name, each, chosen in contenders(result.calibration):
        compared.add_row("*" if chosen else "", name, said_of(each))
    if compared.row_count:
        parts += ["", f"{COMPARED}:", compared]
    if result.after is not None:
        parts += [
            "",
            "Before, and after fits that left these rows out:",
            _scores(result.before, result.after, result.before.n_classes),
        ]
    return Group(*parts, *_words((), result.notes))


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
                "calibration": name,
                "log_loss": each.loss,
                "gain": each.gain,
                "standard_error": each.standard_error,
                "chosen": chosen,
            }
            for name, each, chosen in contenders(result.calibration)
        ],
        "before": _four(result.before),
        "after": None if result.after is None else _four(result.after),
        "notes": list(result.notes),
    }


def _four(measured: "Assessment") -> dict[str, Any]:
    """Take the scores out of all that was measured: what every command prints as JSON."""
    found = {field.name: getattr(measured, field.name) for field in fields(Scores)}
    return {name: value if isinstance(value, str) else asdict(value) for name, value in found.items()}


def escape(text: str) -> str:
    """Keep text from elsewhere (columns, classes, notes) from being markup or moving the cursor."""
    return markup.escape(printable(text))


def _pairs(items: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in items:
        table.add_row(name, escape(value))
    return table


def _classes(model: "TableModel", most: int = 6) -> str:
    pairs = zip(model.schema.labels.classes.tolist(), model.record.class_counts, strict=True)
    shown = [f"{label} ({count})" for label, count in pairs]
    return ", ".join(shown[:most]) + (", ..." if len(shown) > most else "")


def _model(model: "TableModel", record: "FitRecord") -> str:
    steps = "epochs" if record.model == "mlp" else "iterations"
    return f"{'; '.join(member.describe() for member in model.members)}, {record.n_iter} {steps}"


def _calibration(model: "TableModel") -> str:
    doubtful = any(note.startswith("calibration:") for note in model.record.notes)
    return what_it_does(model.calibration, doubtful)


def _columns(model: "TableModel") -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("column", overflow="fold", max_width=44)
    table.add_column("what was done to it", overflow="fold")
    used = ((column.name, column.describe()) for column in model.schema.columns)
    dropped = ((column.name, f"left out: {column.reason}") for column in model.schema.dropped)
    for style, rows in (("", used), ("yellow", dropped)):
        for names, words in _grouped(rows):
            table.add_row(escape(names), escape(words), style=style)
    return table


def _grouped(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join neighbouring columns to which the same was done."""
    for words, group in itertools.groupby(rows, key=lambda row: row[1]):
        names = [name for name, _ in group]
        yield (
            (", ".join(names) if len(names) <= 2 else f"{names[0]} ... {names[-1]} ({len(names)} columns)"),
            words,
        )


def _scores(before: "Scores | Assessment", after: "Scores | Assessment", n_classes: int) -> RenderableType:
    brier = "of the second class" if n_classes == 2 else "sum over classes"
    judged = "probability of the second class" if after.of == "positive" else "top label"
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("before calibration")
    table.add_column("after calibration")
    table.add_column("", style="dim")
    for name, attribute, better in [
        ("accuracy", "accuracy", "higher is better"),
        ("log loss (nats)", "log_loss", "lower is better"),
        ("Brier score", "brier_score", f"lower is better; {brier}"),
        ("calibration error", "expected_calibration_error", f"lower is better; {judged}, 15 bins"),
    ]:
        table.add_row(name, _interval(getattr(before, attribute)), _interval(getattr(after, attribute)), better)
    confidence = f"{100 * after.accuracy.confidence:g} % intervals in brackets"
    return Group(table, Padding(f"[dim]{confidence}[/dim]", (0, 0)))


def _interval(estimate: "Estimate") -> str:
    return escape(str(estimate))


def _words(rare: Sequence[str], notes: Sequence[str], most: int = 10) -> list[str]:
    lines = []
    if rare:
        shown = ", ".join(map(repr, rare[:most])) + (", ..." if len(rare) > most else "")
        lines.append(
            f"{len(rare)} of the classes have fewer than {RARE} rows among those scored: "
            f"too few to say how well they are told apart ({shown})"
        )
    lines += notes
    return ["", *(f"[yellow]![/yellow] {escape(line)}" for line in lines)] if lines else []
