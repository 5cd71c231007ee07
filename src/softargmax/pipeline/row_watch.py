"""Rows on their way to predictions, looked at for what is unlike at fit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from softargmax._ahead import in_order
from softargmax.tables.drift import Drift
from softargmax.tables.drift_notes import DriftReport
from softargmax.tables.schema import ReadColumn, Schema, Watch

if TYPE_CHECKING:  # one row as a dictionary goes without Arrow
    from softargmax.tables.batch import Batch

Result = TypeVar("Result")


class RowWatch:
    """Counts what is unlike at fit in all rows that are read."""

    def __init__(self) -> None:
        self.drift = Drift()

    def __call__(self, read: Sequence[ReadColumn]) -> None:
        """Count the columns of some rows."""
        self.drift = self.drift.update(read)

    def over(self, work: "Callable[[Batch, Watch], Result]", batches: "Iterable[Batch]") -> Iterator[Result]:
        """Give what work makes of every batch, done ahead on threads, and count in the order of the batches."""

        def watched(batch: "Batch") -> tuple[Result, Drift]:
            own = RowWatch()
            return work(batch, own), own.drift

        for result, drift in in_order(watched, batches):
            self.drift = self.drift.merge(drift)
            yield result

    def report(self, schema: Schema) -> DriftReport:
        """Say in what the rows are unlike those at fit."""
        return DriftReport.of(self.drift, schema)
