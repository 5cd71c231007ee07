"""The command line: parses and calls, computes nothing.

Data goes to standard output, words to standard error. Exit status: 0 done, 1 the data is at fault, 2 wrong
usage, 130 interrupted.
"""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from softargmax import __version__
from softargmax._words import listed
from softargmax.exceptions import ArgumentError, SoftargmaxError, TableError

app = App(
    name="softargmax",
    help="Everything between a classifier's logits and a decision you can trust.\n\n"
    "Add --debug to any command to see where an error comes from.",
    version=__version__,
    help_on_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

Kind = Literal["number", "boolean", "category", "date", "text"]
Method = Literal[
    "auto", "beta", "dirichlet", "ensemble", "histogram", "isotonic", "matrix", "quadratic", "structured",
    "temperature", "vector", "venn-abers",
]  # fmt: skip
Header = Annotated[
    bool | None,
    Parameter(help="Whether CSV files start with column names. By default they must, and it is checked."),
]
Delimiter = Annotated[str | None, Parameter(help='What parts the values of CSV files; "," unless said otherwise.')]
# "-" stands for standard input, so words that begin with a hyphen get through; `_check_tables` sorts them.
Table = Annotated[str, Parameter(allow_leading_hyphen=True)]
Json = Annotated[bool, Parameter(negative=(), help="Print JSON instead of words.")]


@app.command
def fit(
    *tables: Table,
    target: Annotated[str, Parameter(help="Column of class labels: its name, or its position (-1 is the last).")],
    output: Annotated[str, Parameter(alias="-o", help="The model file to write.")],
    model: Annotated[
        Literal["mlp", "regression"], Parameter(help="A network with hidden layers, or softmax regression.")
    ] = "mlp",
    hidden: Annotated[str, Parameter(help="Units per hidden layer, separated by commas.")] = "256,256",
    max_epochs: Annotated[int, Parameter(help="How often the network sees the data at most.")] = 100,
    balanced: Annotated[
        bool, Parameter(negative=(), help="Let every class count the same, however rare it is.")
    ] = False,
    drop: Annotated[tuple[str, ...], Parameter(negative=(), help="Column to leave out; repeat for more.")] = (),
    kind: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            help="COLUMN=KIND, to decide that a column is a number, boolean, category, date or text.",
        ),
    ] = (),
    calibration_fraction: Annotated[float, Parameter(help="Share of the rows kept aside to calibrate on.")] = 0.1,
    score_fraction: Annotated[float, Parameter(help="Share of the rows kept aside to score on.")] = 0.1,
    seed: Annotated[int, Parameter(help="Decides everything random.")] = 0,
    header: Header = None,
    delimiter: Delimiter = None,
    json: Json = False,
) -> None:
    """Learn to predict a column from the others: train, calibrate, score, and write a model file.

    Parameters
    ----------
    tables
        CSV (also .gz) or Parquet files, or folders of them; - is standard input.
    """
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.pipeline import FitOptions, TableClassifier
    from softargmax.report import console as report
    from softargmax.tables.reading import CsvFormat, resolve

    _check_tables(tables)
    refuse_unwritable(output)
    refuse_overwriting(output, resolve(tables))
    options = FitOptions(
        model,
        _sizes(hidden),
        max_epochs,
        balanced,
        calibration_fraction,
        score_fraction,
        seed,
        drop,
        _kinds(kind),
    )
    csv_format = CsvFormat(header, _delimiter(delimiter) or ",")
    with _fit_progress() as progress:
        classifier = TableClassifier.fit(
            tables, target=target, options=options, csv_format=csv_format, progress=progress
        )
    classifier.save(output)
    _show(json, report.fit_json(classifier), lambda: report.fit_summary(classifier))
    _say(f"model written to {output}")


@app.command
def predict(
    model: str,
    /,
    *tables: Table,
    output: Annotated[
        str | None,
        Parameter(alias="-o", help="A .csv, .csv.gz or .parquet file; CSV on standard output by default."),
    ] = None,
    keep: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="Column of the input to copy to the output; repeat for more."),
    ] = (),
    header: Header = None,
    delimiter: Delimiter = None,
) -> None:
    """Write the label and one probability per class for every row, in bounded memory.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV (also .gz) or Parquet files, or folders of them; - is standard input.
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.pipeline import TableClassifier
    from softargmax.pipeline.records import unseen_notes

    _check_tables(tables)
    if output is not None and output != "-":
        refuse_overwriting(output, [model])
    classifier = TableClassifier.load(model)
    with _row_progress() as on_rows:
        unseen = classifier.predict(
            tables,
            output,
            keep=keep,
            csv_format=_csv_format(classifier, header, delimiter),
            on_rows=on_rows,
        )
    for note in unseen_notes(unseen):
        _say(note)
    if output is not None and output != "-":
        _say(f"predictions written to {output}")


@app.command
def evaluate(
    model: str, /, *tables: Table, header: Header = None, delimiter: Delimiter = None, json: Json = False
) -> None:
    """Measure a model on tables with labels.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV (also .gz) or Parquet files, or folders of them; - is standard input.
    """
    from softargmax.pipeline import TableClassifier
    from softargmax.report import console as report

    _check_tables(tables)
    classifier = TableClassifier.load(model)
    evaluation = classifier.evaluate(tables, _csv_format(classifier, header, delimiter))
    _show(json, report.evaluation_json(evaluation), lambda: report.evaluation_summary(evaluation))


@app.command
def calibrate(
    logits: Table,
    labels: Table,
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", help="The calibration to write, a JSON file.")],
    method: Annotated[Method, Parameter(help="auto chooses by rows left out.")] = "auto",
    probabilities: Annotated[bool, Parameter(negative=(), help="The numbers are probabilities, not logits.")] = False,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file of logits.")] = None,
    label: Annotated[str | None, Parameter(help="Which column, or array of an .npz file, holds the labels.")] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    json: Json = False,
) -> None:
    """Learn what to do to a model's logits so that its probabilities can be believed.

    Parameters
    ----------
    logits
        Rows the model was not trained on, one column per class: .npy, .npz, CSV or Parquet.
    labels
        Their true classes: codes from 0, or the names of the columns of the logits.
    """
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.pipeline import calibrating
    from softargmax.report import console as report
    from softargmax.tables.arrays import codes_of, read_labels, read_matrix
    from softargmax.tables.reading import CsvFormat

    refuse_unwritable(output)
    refuse_overwriting(output, [logits, labels])
    csv_format = CsvFormat(header, _delimiter(delimiter) or ",")
    given = read_matrix(logits, array, csv_format)
    codes = codes_of(read_labels(labels, label, csv_format), given.names, given.values.shape[1], labels)
    result = calibrating.calibrate(given.values, codes, method=method, probabilities=probabilities)
    result.calibration.classes_ = given.names
    result.calibration.save(output)
    _show(json, report.calibration_json(result), lambda: report.calibration_summary(result))
    _say(f"calibration written to {output}")


@app.command
def apply(
    calibration: str,
    logits: Table,
    /,
    *,
    output: Annotated[
        str | None,
        Parameter(alias="-o", help="A .npy, .csv, .csv.gz or .parquet file; CSV on standard output by default."),
    ] = None,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file.")] = None,
    header: Header = None,
    delimiter: Delimiter = None,
) -> None:
    """Turn a model's logits into probabilities that can be believed.

    Parameters
    ----------
    calibration
        A file written by calibrate.
    logits
        One column per class, as at calibrate: .npy, .npz, CSV or Parquet. What were probabilities there are here too.
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.calibration import Calibration
    from softargmax.tables.arrays import check_matrix_name, read_matrix, write_matrix
    from softargmax.tables.reading import CsvFormat

    if output is not None and output != "-":
        check_matrix_name(output)
        refuse_overwriting(output, [calibration, logits])
    fitted = Calibration.load(calibration)
    given = read_matrix(logits, array, CsvFormat(header, _delimiter(delimiter) or ","))
    if fitted.classes_ and given.names and given.names != fitted.classes_:
        raise TableError(
            f"{logits}: expected the columns {listed(fitted.classes_)} as at calibrate, got {listed(given.names)}"
        )
    names = fitted.classes_ or given.names or tuple(map(str, range(given.values.shape[1])))
    write_matrix(output, fitted.predict_proba(given.values), [f"probability_{name}" for name in names])
    if output is not None and output != "-":
        _say(f"probabilities written to {output}")


@app.command
def inspect(model: str, /, *, json: Json = False) -> None:
    """Show what is in a model file.

    Parameters
    ----------
    model
        A model file written by fit.
    """
    from softargmax.pipeline import TableClassifier
    from softargmax.report import console as report

    classifier = TableClassifier.load(model)
    _show(json, report.fit_json(classifier), lambda: report.fit_summary(classifier))


@app.command
def softmax(
    *logits: float,
    temperature: Annotated[float, Parameter(help="Divides the logits; 0 gives argmax.")] = 1.0,
    json: Json = False,
) -> None:
    """Turn numbers into probabilities.

    Parameters
    ----------
    logits
        The numbers; without any, one row per line of standard input.
    """
    import softargmax

    rows = [list(logits)] if logits else _rows_of_numbers(sys.stdin)
    for row in rows:
        probabilities = softargmax.softmax(row, temperature=temperature).tolist()
        if json:
            probabilities = [p if p == p else None for p in probabilities]
            print(_dumps(probabilities))
        else:
            print(*probabilities)


@app.command
def demo(
    *,
    folder: Annotated[str, Parameter(help="Where to put the tables and what is made of them.")] = "softargmax-demo",
) -> None:
    """Do the main job on real data: learn to read handwritten digits, and show the commands."""
    from softargmax.demo import COMMANDS, write_tables

    write_tables(Path(folder))
    _say(f"scikit-learn's handwritten digits, written to {folder}/\n")
    with contextlib.chdir(folder):
        for command in COMMANDS:
            _say(f"$ softargmax {' '.join(command)}")
            app(command, exit_on_error=False, print_error=False)
            sys.stdout.flush()
            _say("")
    _say(f"The predictions are in {Path(folder) / 'predictions.parquet'}.")


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status."""
    debug = "--debug" in arguments
    tokens = [token for token in arguments if token != "--debug"]
    try:
        if sys.stdout is None:
            return _fail(1, "standard output is closed", debug)
        app(tokens, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _stop_writing(0)
    except SystemExit:
        return _stop_writing(0)  # rich's way of saying the same
    except KeyboardInterrupt:
        return _fail(130, "interrupted; no output file was written", debug)
    except CycloptsError as error:
        return _fail(2, f"{_plain(error)}\nRun softargmax --help to see what there is.", debug)
    except ArgumentError as error:
        return _fail(2, str(error), debug)
    except SoftargmaxError as error:
        return _fail(1, str(error), debug)
    except OSError as error:
        _stop_writing(1)
        return _fail(1, f"{error.filename or 'standard output'}: {error.strerror or error}", debug)
    except MemoryError:
        return _fail(1, "not enough memory for this table", debug)
    except Exception as error:  # a bug of ours: say so, without a wall of text
        return _fail(
            1,
            f"unexpected {type(error).__name__}: {error}\nThis is a bug; please report it with --debug's output.",
            debug,
        )
    return 0


def _stop_writing(status: int) -> int:
    """Whoever read our output is gone or full. What is still buffered must not fail once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _fail(status: int, message: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    _say(f"softargmax: {message}")
    return status


def _plain(error: CycloptsError) -> str:
    return str(error).strip() or type(error).__name__


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _show(as_json: bool, data: Any, words: Any) -> None:
    if as_json:
        print(_dumps(data))
    else:
        from softargmax.report.console import show

        show(words())


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=None if isinstance(data, list) else 2)


def _check_tables(tables: Sequence[str]) -> None:
    if not tables:
        raise ArgumentError("expected at least one table: a file, a folder, or - for standard input")
    for table in tables:
        if table.startswith("-") and table != "-":
            raise ArgumentError(
                f"unknown option {table}; run softargmax --help, or write ./{table} for a file of that name"
            )


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(f"--hidden: expected numbers separated by commas, like 256,256, got {text!r}") from None


def _kinds(pairs: Sequence[str]) -> dict[str, str]:
    kinds = {}
    for pair in pairs:
        name, _, kind = pair.rpartition("=")
        if not name or kind not in Kind.__args__:  # type: ignore[attr-defined]
            raise ArgumentError(
                f"--kind: expected COLUMN=KIND, with one of {', '.join(Kind.__args__)}, got {pair!r}"  # type: ignore[attr-defined]
            )
        kinds[name] = kind
    return kinds


def _delimiter(text: str | None) -> str | None:
    if text is None:
        return None
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1 or text in '"\r\n':
        raise ArgumentError(f"--delimiter: expected one character (or tab), got {text!r}")
    return text


def _csv_format(classifier: Any, header: bool | None, delimiter: str | None) -> Any:
    from softargmax.tables.reading import CsvFormat

    known = classifier.csv_format
    return CsvFormat(known.header if header is None else header, _delimiter(delimiter) or known.delimiter)


def _rows_of_numbers(stream: Any) -> Iterator[list[float]]:
    for number, line in enumerate(stream, start=1):
        cells = line.replace(",", " ").split()
        if cells:
            try:
                yield [float(cell) for cell in cells]
            except ValueError:
                raise TableError(f"standard input, line {number}: expected numbers, got {line.strip()!r}") from None


@contextlib.contextmanager
def _fit_progress() -> Iterator[Any]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("reading", total=None, words="")

        def update(step: Any) -> None:
            loss = step.training_loss if step.validation_loss is None else step.validation_loss
            words = f"{step.step}/{step.n_steps}  loss {loss:.4f}"
            bar.update(task, description="training", total=step.n_steps, completed=step.step, words=words)

        yield update


@contextlib.contextmanager
def _row_progress() -> Iterator[Any]:
    """A count of rows on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("predicting") as status:
        yield lambda done: status.update(f"predicting: {done} rows")
