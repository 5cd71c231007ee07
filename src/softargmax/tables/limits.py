"""How much a table may ask for, so that a hostile or mistaken file ends in one sentence and not in a full memory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that is taken of a table; what is beyond is a `LimitError` that names the limit.

    Attributes
    ----------
    columns : int
        Columns of a table.
    row_bytes : int
        Bytes of one row of text.
    expansion : int
        How many times larger than its file what is unpacked from it may be.
    unpacked_bytes : int
        Bytes that may be unpacked whatever the factor is; a small file may expand a lot and harm nobody.
    nesting : int
        How deep objects may lie in objects in JSON.
    cells_in_memory : int
        Cells of a format that cannot be read piece by piece, as workbooks.
    """

    columns: int = 100_000
    row_bytes: int = 1 << 26
    expansion: int = 200
    unpacked_bytes: int = 1 << 30
    nesting: int = 32
    cells_in_memory: int = 50_000_000


LIMITS = Limits()
