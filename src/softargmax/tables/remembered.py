"""What a model remembers of a column's values, beside what it needs to encode them: by it, others are noticed later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softargmax._options import as_integer
from softargmax.tables.encoder import Encoder
from softargmax.tables.reach import Reach

if TYPE_CHECKING:  # whoever learns has imported it; a row as a dictionary is predicted without Arrow
    from softargmax.tables.columns.column_summary import ColumnSummary


@dataclass(frozen=True)
class Remembered:
    """What a column held at fit.

    Attributes
    ----------
    n_rows : int
        Rows of the table.
    n_strange, n_told : int
        Rows whose category, or whose known words, no other row has, and the rows among which they were counted.
    reach : Reach or None
        From where to where its numbers or times reached.
    """

    n_rows: int
    n_strange: int
    n_told: int
    reach: Reach | None

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data."""
        return vars(self) | {"reach": None if self.reach is None else self.reach.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Remembered | None":
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError. None is of an older file."""
        if data is None:
            return None
        n_rows = as_integer(data["n_rows"], "n_rows", low=1)
        n_told = as_integer(data["n_told"], "n_told", low=0, high=n_rows)
        n_strange = as_integer(data["n_strange"], "n_strange", low=0)
        if n_strange > n_told:
            raise ValueError(f"{n_strange} of {n_told} rows")
        return cls(n_rows, n_strange, n_told, None if data["reach"] is None else Reach.from_json(data["reach"]))


def remembered_of(summary: "ColumnSummary", encoder: Encoder) -> Remembered:
    """Keep of a column what tells its values from others later."""
    quantity = {"number": summary.numbers, "date": summary.times}.get(encoder.kind)
    reach = None
    if quantity is not None:
        reach = Reach.of(quantity.extremes, summary.n_present)
    return Remembered(summary.n_rows, *encoder.strange_at_fit(summary), reach)
