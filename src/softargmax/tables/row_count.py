"""About how many rows files hold, known before they are read: what a bar needs that says how long it will take."""

import os
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet

from softargmax.tables.doors.parquet import MAGIC as PARQUET

# So much of a text is looked at to see how long its lines are.
_SAMPLE = 1 << 20


def rows_about(files: Iterable[str], above: int) -> int | None:
    """Give the rows of Parquet files, and about those of texts, by the length of their first lines; None of others.

    Parameters
    ----------
    files : iterable of str
    above : int
        How many lines of each text are no rows.
    """
    counts = [_rows_of(file, above) for file in files]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _rows_of(path: str, above: int) -> int | None:
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            sample = file.read(_SAMPLE)
            size = os.fstat(file.fileno()).st_size
        if sample.startswith(PARQUET):
            return int(pa.parquet.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return None  # whoever reads it says what is wrong
    # What is packed or binary holds zeros, and rows of JSON take any number of lines.
    if not sample or b"\0" in sample or sample.lstrip()[:1] in (b"[", b"{"):
        return None
    lines = sample.count(b"\n") + (size <= _SAMPLE and not sample.endswith(b"\n"))
    return max(0, round(lines * size / len(sample)) - above) if lines else None
