"""The scores that everybody asks for first, a line for each, wherever they are shown; and what a notebook shows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from softargmax._drawing.digits import count, in_percent, in_range, plain
from softargmax._drawing.markup import Markup, joined
from softargmax._drawing.notebook import beside, card, grid, line, more, sketch
from softargmax._estimate import Estimate
from softargmax._words import counted

if TYPE_CHECKING:
    from softargmax.metrics.assessment import Assessment
    from softargmax.metrics.comparison import Comparison
    from softargmax.metrics.findings import ToldShare
    from softargmax.metrics.usual_scores import Scores

# Attribute, and words: what everything has that was found, differences of two models too.
FOUR = (
    ("accuracy", "accuracy"),
    ("log_loss", "log loss (nats)"),
    ("brier_score", "Brier score"),
    ("expected_calibration_error", "calibration error"),
)


class ScoreLine(NamedTuple):
    """A score: what it is called, its values, and what is better."""

    words: str
    values: tuple[Estimate | float, ...]
    better: str


def always_code(code: int) -> str:
    """Say that always the same class is answered, by its code."""
    return f"always class {code}"


def score_lines(
    found: "Sequence[Assessment | Scores | Comparison]", n_classes: int, always: Callable[[int], str] = always_code
) -> list[ScoreLine]:
    """Give a line for each score, with that of everything that was found, and what is reached without a look at a row.

    Parameters
    ----------
    found : sequence of Assessment, Scores, or Comparison
        A score that one of them lacks is left out.
    n_classes : int
    always : callable
        Says that always the class of a code is answered, as it may be shown.
    """
    label = found[0].of == "label"
    better = {
        "accuracy": "higher is better",
        "log_loss": "lower is better",
        "brier_score": f"lower is better; {'of the second class' if n_classes == 2 else 'sum over classes'}",
        "expected_calibration_error": "lower is better; "
        f"{'top label' if label else 'probability of the second class'}, 15 bins",
    }
    lines = [ScoreLine(words, tuple(getattr(one, name) for one in found), better[name]) for name, words in FOUR]
    known = [one for one in (getattr(one, "baseline", None) for one in found) if one is not None]
    if len(known) == len(found):
        shares = tuple(one.accuracy for one in known)
        lines.insert(1, ScoreLine(always(known[0].code), shares, "the commonest class, whatever the row"))
        for place, loss in ((2, known[0].log_loss), (3, known[0].brier_score)):
            words = f"{lines[place].better}; shares alone {loss:z.4f}"
            lines[place] = lines[place]._replace(better=words)
    areas = tuple(one for one in (getattr(one, "auc", None) for one in found) if one is not None)
    if len(areas) == len(found):
        lines.append(ScoreLine("AUC", areas, "higher is better; 0.5 is chance"))
    return lines


def lines(
    found: "Sequence[Assessment | Scores | Comparison]", n_classes: int, always: Callable[[int], str] = always_code
) -> list[list[str]]:
    """Give the same as cells of a table on a card."""
    return [
        [line.words, *(said(value) if isinstance(value, Estimate) else plain(value) for value in line.values)]
        for line in score_lines(found, n_classes, always)
    ]


def told_question(found: "Assessment | Scores") -> str:
    """Ask what a table of shares answers; over its last column stands who they are."""
    return "Of those told so much, how many were" if found.of == "positive" else "How often it was right when so sure"


def told_cells(share: "ToldShare") -> tuple[str, str, str, str]:
    """Say what was told, on average too, to how many rows, and how many of them were."""
    low, high = (plain(100.0 * end, 0) for end in (share.low, share.high))
    value, *ends = (in_percent(end) for end in (share.happened.value, share.happened.low, share.happened.high))
    happened = f"{value} [{', '.join(end.removesuffix(' %') for end in ends)}]"
    return f"{low} to {high} %", in_percent(share.said), count(share.rows), happened


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


def told_grid(found: "Assessment | Scores", called: str = "class 1") -> list[Markup]:
    """Set, behind a line to open, of those told so much how many were; nothing if it was not measured."""
    if not found.told:
        return []
    head = ("told", "on average", "rows", joined("were ", called if found.of == "positive" else "right"))
    return [more(told_question(found), grid(head, [told_cells(share) for share in found.told]))]


def assessment_card(found: "Assessment") -> str:
    """Set what a notebook shows of an assessment."""
    right = "comes true" if found.of == "positive" else "is right"
    shown = drawn(found, f"how often it {right}, upwards, against what it says")
    table = grid((), lines([found], found.n_classes))
    parts = [line(_ranges(found.confidence), soft=True), table if shown is None else beside(table, shown)]
    parts += told_grid(found)
    return card(_size(found.n, found.n_classes), *parts, more("all that was measured", str(found)))


def comparison_card(found: "Comparison") -> str:
    """Set what a notebook shows of a comparison."""
    table = grid(("", "first", "second", "second − first"), lines([found.first, found.second, found], found.n_classes))
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
