"""How every figure is read, and what a good one looks like: the text beside it. What is said here is put in."""

from typing import Any

from softargmax._drawing.digits import plain

Note = list[tuple[str, Any]]
# A range of 95 in 100 leaves out what it is for so often.
CHANCE = 0.05

_HOW, _GOOD, _HERE = "How to read it.", "Good:", "Here:"
_NOTES = {
    "claims": (
        (
            _HOW,
            "An outlined bar is the share of rows in which the model says that it is right, a filled one the share in "
            "which it is. The fine line at its end is the range.",
        ),
        (_GOOD, "each pair equally long, and much longer than the grey bar."),
    ),
    "reliability": (
        (
            _HOW,
            "Left to right: what the model says. Bottom to top: how often it {comes} there. The straight line is a "
            "model that can be believed in full; below it the model is {above}, above it {below}. The grey band is "
            "where chance alone would put a believable model with as many rows, {confidence:g} times in 100. The bars "
            "underneath show where the rows are.",
        ),
        (_GOOD, "a curve that stays in the grey."),
        (_HERE, "{here}"),
        ("Net benefit", "{benefit}"),
    ),
    "change": (
        (
            _HOW,
            "Every line begins at 0, which is perfect, and has a scale of its own. The open circle is before, the full "
            "one after; the bars are their ranges.{signs}",
        ),
        (_GOOD, "everything moves to the left."),
    ),
    "coverage": (
        (
            _HOW,
            "Start at the left, with the rows of which the model is surest, and let it answer more and more: the line "
            "is the share of wrong answers so far, and the band its range.{before}",
        ),
        (_GOOD, "a line that lies on the floor for long and rises late."),
        (
            "To be sure,",
            "the thresholds are chosen so that even the upper end of the range keeps the wish. They were read off "
            "these very rows; a promise for other rows takes a SelectiveClassifier fitted to rows of its own.",
        ),
    ),
    "confusion": (
        (
            _HOW,
            "A row of the picture holds the rows of one true class, a column what the model called them. Right answers "
            "stand in the diagonal, in blue; the deeper the orange, the larger the part of a class that is mistaken."
            "{folded}",
        ),
        ("So that patches show,", "classes that are mixed up stand side by side."),
        (_GOOD, "nothing orange, or patches that a person would mix up, too."),
    ),
    "classes": (
        (
            _HOW,
            "Found: of the rows of this class, the share that the model names rightly. Right when named: when it names "
            "this class, how often that is right; the upright tick is how sure it says it is. Off by: how far these "
            "two lie apart, bin by bin. Fine lines are ranges; where they are wide there are too few rows, and the dot "
            "is hollow.",
        ),
        (_GOOD, "dots far right, ticks on the ranges."),
        (_HERE, "{here}"),
    ),
    "groups": (
        (
            _HOW,
            "The dot is {share} in the group, with its range; the upright tick is what the model says on average. A "
            "tick off the range is in orange and has a word beside it. Sorted by the number of cases that the model "
            "expected too many; below 0, too few.",
        ),
        (_GOOD, "ticks on their dots."),
        (_HERE, "{here}"),
    ),
    "sets": (
        (
            _HOW,
            "Above, how often the lists hold the truth; below, one bar for each length of list. The lists of one half "
            "of the rows were made with the other half.",
        ),
        (
            _GOOD,
            "the promise is kept, and nearly all lists are short. A long list is the model’s way to say that a row is "
            "hard.",
        ),
    ),
    "columns": (
        (
            _HOW,
            "Each line is a column: what was made of its values before the model saw them, or why it was left out, and "
            "the share of its values that was missing at fit.",
        ),
        ("What it leans on", "{measured}"),
        ("Unlike at fit", "{judged}"),
        (_GOOD, "what was done to a column is what you would have done, and no column is left out that matters."),
    ),
    "worst": (
        (_HOW, "The wrong answers of which the model was surest."),
        (
            _GOOD,
            "each of them is hard for a person, or wrongly labelled. One kind that comes again and again points to a "
            "fault in the data.",
        ),
        (_HERE, "{here}"),
    ),
}
LEANS_ON = (
    "is measured at fit, with rows that the model did not learn from: each gets the value that the column has in "
    "another row, and the log loss (surprise: high where little probability was given to what is true) grows by so "
    "much. Fine lines are ranges. Of two columns that say the same, neither seems to be needed."
)
UNLIKE = (
    "counts values of a kind that no row had at fit, and missing ones; in orange, where chance does not explain them. "
    "What a model knows of a column, it knows of values like those it learned from."
)
NET_BENEFIT = (
    "counts, for 100 rows, right alarms less false ones. The lower the risk from which one acts (the threshold), the "
    "less a false alarm weighs: at 20 %, four of them undo one right one. Good: blue above grey at the thresholds that "
    "matter to you."
)


def note(figure: str, **here: Any) -> Note:
    """Give the text beside a figure; a line that nothing is put into is left out."""
    return [(head, text.format(**here)) for head, text in _NOTES[figure] if text.format(**here)]


def off_range(off: int, judged: int) -> str:
    """Say how many ticks lie off their ranges, and how many would by chance."""
    by_chance = plain(CHANCE * judged, 1)
    return f"the tick lies off the range in {off} of {judged}; chance alone would do that in about {by_chance}."


def off_any_range(off: int, judged: int) -> str:
    """Say how many ticks lie off ranges that are made to hold for all at once."""
    return (
        f"the tick lies off the range in {off} of {judged}. The ranges are so wide that chance alone puts "
        f"a tick off any of them in {100.0 * CHANCE:g} of 100 reports."
    )
