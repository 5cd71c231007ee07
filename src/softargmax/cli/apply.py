"""``softargmax apply``: a calibration and logits in, probabilities out."""

from typing import Annotated

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, DropLogits, Normalise, ReadingFlags, Table, is_file, say_notes
from softargmax.cli.output import progress_shown, say
from softargmax.exceptions import ArgumentError


def apply(
    calibration: str,
    logits: Table,
    /,
    *,
    output: Annotated[
        str | None,
        Parameter(
            alias="-o",
            allow_leading_hyphen=True,
            help="A .npy, .csv, .csv.gz or .parquet file; CSV on standard output by default, and for -.",
        ),
    ] = None,
    normalise: Normalise = False,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file.")] = None,
    drop: DropLogits = (),
    read: ReadingFlags = READ,
) -> None:
    """Turn a model's logits into probabilities that can be believed.

    Parameters
    ----------
    calibration
        A file written by calibrate.
    logits
        One column per class, as at calibrate: .npy, .npz, or a table of any kind, whose other columns are left out if
        the classes have names. What were probabilities there are here too.

    Examples
    --------
    softargmax apply calibration.json new-logits.npy --output probabilities.npy
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.calibration import Calibration, ProbabilityCalibration
    from softargmax.tables.arrays import check_matrix_name, read_matrix, write_matrix
    from softargmax.tables.logit_columns import as_probabilities

    if is_file(output):
        check_matrix_name(output)
        refuse_overwriting(output, [calibration, logits])
    fitted = Calibration.load(calibration)
    takes_probabilities = isinstance(fitted, ProbabilityCalibration)
    if normalise and not takes_probabilities:
        raise ArgumentError("normalise: this calibration takes logits, which need no sum", parameter="normalise")
    with progress_shown() as progress:
        given = read_matrix(logits, array, read.reading(), drop, classes=fitted.classes_, progress=progress)
    say_notes(given.notes)
    values = as_probabilities(given.values, logits, normalise) if takes_probabilities else given.values
    names = fitted.classes_ or given.names or tuple(map(str, range(given.n_classes)))
    write_matrix(output, fitted.predict_proba(values), [f"probability_{name}" for name in names])
    if is_file(output):
        say(f"probabilities written to {printable(output)}")
