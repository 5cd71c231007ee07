"""What a page is about: what was measured, and what its classes and files are called."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from softargmax.exceptions import ArgumentError
from softargmax.metrics import Assessment, ClassScore, Comparison, Estimate
from softargmax.report.sentences import Belief, belief

if TYPE_CHECKING:  # whoever has one has imported it
    from softargmax.pipeline.column_lines import ColumnLine


@dataclass(frozen=True)
class Subject:
    """Everything that stands on one page. ``before`` and ``comparison`` are those before calibration, if there are any.

    ``made`` are pairs of words and values that say how the page was made, ``fitted`` is how many rows the calibration
    was fitted to, if that is known, ``columns`` are those of a table, and ``remarks`` are sentences that have to be
    known before the figures are believed.
    """

    now: Assessment
    classes: tuple[str, ...]
    title: str = ""
    before: Assessment | None = None
    comparison: Comparison | None = None
    made: tuple[tuple[str, str], ...] = ()
    key_names: tuple[str, ...] = ()
    fitted: int | None = None
    columns: "tuple[ColumnLine, ...]" = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        assessment: Assessment,
        classes: Sequence[Any] | None,
        *,
        before: Assessment | None = None,
        comparison: Comparison | None = None,
        **rest: Any,
    ) -> "Subject":
        """Check what belongs together; the rest are other attributes.

        Raises
        ------
        ArgumentError
        """
        if assessment.reliability is None or assessment.classes is None:
            raise ArgumentError(
                "assessment: expected one that holds curves; this one comes from a file of an earlier version, so "
                "measure again",
                parameter="assessment",
            )
        n = assessment.n_classes
        names = tuple(map(str, range(n) if classes is None else classes))
        if len(names) != n:
            raise ArgumentError(f"classes: expected the names of {n}, got {len(names)}", parameter="classes")
        for name, other in (("before", before), ("comparison", comparison)):
            if other is not None and (other.n_classes, other.n) != (n, assessment.n):
                raise ArgumentError(f"{name}: expected one of the same rows and classes", parameter=name)
        return cls(assessment, names, before=before, comparison=comparison, **rest)

    @cached_property
    def lines(self) -> tuple[ClassScore, ...]:
        """The classes that occur or are named, those with most errors first."""
        return self.now.classes or ()

    @cached_property
    def occurring(self) -> tuple[ClassScore, ...]:
        """The classes that have rows."""
        return tuple(line for line in self.lines if line.rows > 0.0)

    @cached_property
    def commonest(self) -> ClassScore:
        """The class with most rows."""
        return max(self.occurring, key=lambda line: (line.rows, -line.code))

    @property
    def is_event(self) -> bool:
        """Whether the probability of the second of two classes is judged."""
        return self.now.of == "positive"

    @property
    def always(self) -> float:
        """How often it is right to answer the commonest class, whatever the row."""
        return self.commonest.rows / sum(line.rows for line in self.occurring)

    @property
    def belief(self) -> Belief:
        """Whether the probabilities can be believed."""
        return belief(self.now.expected_calibration_error)

    def hue(self, assessment: Assessment) -> str:
        """Orange where the probabilities cannot be believed, blue elsewhere."""
        return "warn" if belief(assessment.expected_calibration_error) == "no" else "accent"

    def name(self, code: int) -> str:
        """What a class is called."""
        return self.classes[code]


def ends(estimate: Estimate) -> tuple[float, float, float]:
    """Give a value and its range, for a picture."""
    return estimate.value, estimate.low, estimate.high
