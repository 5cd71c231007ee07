"""``softargmax apply``: a calibration and logits in, probabilities out."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from softargmax._words import listed, printable
from softargmax.cli.flags import READ, ReadingFlags, Table, is_file, say_notes
from softargmax.cli.output import say
from softargmax.exceptions import TableError


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
    drop: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="Column of the logits to leave out, its name or position; repeat for more."),
    ] = (),
    read: ReadingFlags = READ,
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

    if is_file(output):
        check_matrix_name(output)
        refuse_overwriting(output, [calibration, logits])
    fitted = Calibration.load(calibration)
    given = read_matrix(logits, array, read.reading(), drop)
    say_notes(given.notes)
    if fitted.classes_ and given.names and not _alike(given.names, fitted.classes_):
        raise TableError(
            f"{logits}: expected the columns {listed(fitted.classes_)} as at calibrate, got {listed(given.names)}"
        )
    names = fitted.classes_ or given.names or tuple(map(str, range(given.n_classes)))
    write_matrix(output, fitted.predict_proba(given.values), [f"probability_{name}" for name in names])
    if is_file(output):
        say(f"probabilities written to {printable(output)}")


def _alike(names: Sequence[str], others: Sequence[str]) -> bool:
    from softargmax.tables.names import find

    return len(names) == len(others) and all(find(name, [other]) for name, other in zip(names, others, strict=True))
