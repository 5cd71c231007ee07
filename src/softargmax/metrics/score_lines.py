"""The four scores that everybody asks for first, as lines of a card in a notebook."""

from typing import TYPE_CHECKING

from softargmax._drawing.digits import in_range, plain
from softargmax._drawing.markup import Markup
from softargmax._drawing.notebook import beside, card, grid, line, more, sketch
from softargmax._estimate import Estimate
from softargmax._words import counted

if TYPE_CHECKING:
    from softargmax.metrics.assessment import Assessment
    from softargmax.metrics.comparison import Comparison
    from softargmax.metrics.scoring import Scores

# Attribute, and words.
FOUR = (
    ("accuracy", "accuracy"),
    ("log_loss", "log loss (nats)"),
    ("brier_score", "Brier score"),
    ("expected_calibration_error", "calibration error"),
)


def lines(*found: "Assessment | Scores | Comparison") -> list[list[str]]:
    """Give a line for each of the four scores, with that of everything that was found."""
    return [[words, *(said(getattr(one, name)) for one in found)] for name, words in FOUR]


def said(estimate: Estimate) -> str:
    """Write a value with its range."""
    return in_range(estimate.value, estimate.low, estimate.high)


def drawn(found: "Assessment", words: str) -> Markup | None:
    """Draw what is said against what happens; nothing for an assessment of an older file."""
    curve = found.reliability
    if curve is None:
        return None
    words = words if curve.said else f"{words}: too few rows for a curve"
    return sketch("Reliability", words, curve.said, curve.happened, curve.low, curve.high)


def assessment_card(found: "Assessment") -> str:
    """Set what a notebook shows of an assessment."""
    right = "comes true" if found.of == "positive" else "is right"
    shown = drawn(found, f"how often it {right}, upwards, against what it says")
    table = grid((), lines(found))
    parts = [line(_ranges(found.confidence), soft=True), table if shown is None else beside(table, shown)]
    return card(_size(found.n, found.n_classes), *parts, more("all that was measured", str(found)))


def comparison_card(found: "Comparison") -> str:
    """Set what a notebook shows of a comparison."""
    table = grid(("", "first", "second", "second − first"), lines(found.first, found.second, found))
    return card(
        found.verdict, line(f"{_size(found.n, found.n_classes)}; {_ranges(found.confidence)}", soft=True), table
    )


def size(found: "Assessment | Comparison") -> str:
    """Say of how many rows and classes something is, and what its brackets are."""
    rows, classes = counted(found.n, "rows"), counted(found.n_classes, "classes")
    return f"{rows}, {classes}; {100 * found.confidence:g} % intervals in brackets"


def _size(n: int, n_classes: int) -> str:
    return f"{counted(n, 'rows', ',')}, {counted(n_classes, 'classes', ',')}"


def _ranges(confidence: float) -> str:
    return f"{plain(100.0 * confidence, 4 if confidence > 0.999 else 0)} % intervals in brackets"
