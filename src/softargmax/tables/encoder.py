"""What every encoder does: a column becomes features, and a word about what happened to it.

Conventions: an encoder is made of what is known of the whole column at fit (`of`), is plain data afterwards, and turns
`Cells`, once they are `understood`, into float32 features, shape (n_rows, n_features), of about unit size; 0 is
"average" or "not there". A column that had missing values at fit gets one more feature that tells where.
"""

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from softargmax._arrays import Array

if TYPE_CHECKING:  # whoever has a column to encode has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.cells import Cells
    from softargmax.tables.columns.column_summary import ColumnSummary


class Encoded(NamedTuple):
    """Cells as features, and what was met among them that was not at fit.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    strange : ndarray of int or None
        The rows whose category or words are none of the known ones; None where that cannot be told.
    seen : int
        Flags of `Seen`: how dates are written.
    """

    features: Array
    strange: Array | None = None
    seen: int = 0


class Encoder(Protocol):
    """What a schema needs of a column."""

    @property
    def kind(self) -> str:
        """What the column holds."""

    @property
    def n_features(self) -> int:
        """How many features the column becomes."""

    def understood(self, cells: "Cells") -> "Cells":
        """Take for missing what stands for that in a column of this kind."""
        return cells

    def encode(self, cells: "Cells") -> Encoded:
        """Turn cells into features."""

    def describe(self) -> str:
        """Say in words what happens to the column."""

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count rows at fit of a value that no other row has, and those in which they were counted.

        New rows of values that are not known are to be expected as often.
        """
        return 0, 0


def features_of(columns: list[Array], cells: "Cells", flags_missing: bool) -> Array:
    """Join columns of numbers; what is missing is 0, and what float32 cannot hold is its largest number."""
    limit = np.finfo(np.float32).max
    return with_flag(np.clip(np.nan_to_num(np.stack(columns, axis=1), nan=0.0), -limit, limit), cells, flags_missing)


def with_flag(features: Array, cells: "Cells", flags_missing: bool) -> Array:
    """Add a column that tells where values are missing, if it is wanted."""
    result = np.empty((len(cells), features.shape[1] + flags_missing), np.float32)
    result[:, : features.shape[1]] = features
    if flags_missing:
        result[:, -1] = cells.missing
    return result
