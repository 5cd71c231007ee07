"""The verdict: a headline, and a few sentences that a person who has never heard of calibration can follow."""

from softargmax._drawing.digits import count, plain
from softargmax._drawing.markup import Markup, element, joined
from softargmax.report.sentences import WIDE, belief, of_answers, quoted, said, times
from softargmax.report.subject import Subject

_HEADLINES = {
    "yes": "{right}, and its probabilities can be believed",
    "nearly": "{right}, and its probabilities can almost be believed",
    "unknown": "{right}; too few rows to tell whether its probabilities can be believed",
    "no": "{right}, but its probabilities cannot be believed",
}
_BELIEVED = {
    "yes": "What it says is what happens: the probability it states and the share that comes true lie {e} apart on "
    "average, and very likely no more than {high}.",
    "nearly": "The probability it states and the share that comes true lie {e} apart on average, and very likely no "
    "more than {high}. {little}",
    "unknown": "The probability it states and the share that comes true lie {e} apart on average; with so few rows it "
    "may be {low}, or as much as {high}.",
    "no": "The probability it states and the share that comes true lie {e} apart on average: it is {bias}.",
}


def headline(subject: Subject) -> str:
    """Say the whole page in one line."""
    return _HEADLINES[subject.belief].format(right=of_answers(subject.now.accuracy.value, subject.now.n))


def verdict(subject: Subject) -> list[Markup]:
    """Say how often it is right, whether it can be believed, what calibration changed, and what cannot be told."""
    return [_right(subject), _believed(subject), *_before(subject), _rows(subject)]


def _right(subject: Subject) -> Markup:
    accuracy, always = subject.now.accuracy, subject.always
    compared = ""
    if accuracy.low <= always:
        compared = ": no less often" if accuracy.high >= always else ": more often"
    n = subject.now.n
    of = "of two classes" if subject.now.n_classes == 2 else f"of {subject.now.n_classes:,} classes"
    return joined(
        f"On {n:,} row{'s (cases)' if n != 1 else ' (case)'} the model names the right one {of} ",
        element("b", times(accuracy.value, " times")),
        f": {said(accuracy)}. Always answering ",
        quoted(subject.name(subject.commonest.code)),
        f", the commonest class, would be right {times(always, ' times')}{compared}.",
    )


def _believed(subject: Subject) -> Markup:
    error = subject.now.expected_calibration_error
    low = "nothing" if error.low < 0.00005 else f"as little as {plain(error.low)}"
    text = _BELIEVED[subject.belief]
    little = "It may be chance alone." if error.low <= 0.0 else f"It is slightly {_bias(subject)}."
    words = {"low": low, "high": plain(error.high), "bias": _bias(subject), "little": little}
    return joined(text.format(e=plain(error.value), **words))


def _bias(subject: Subject) -> str:
    """Say in which direction it errs most."""
    over, under = subject.now.overconfidence.value, subject.now.underconfidence.value
    curve = subject.now.reliability
    if subject.is_event and curve is not None:
        gap = curve.said_mean - curve.happened_mean
        if abs(gap) > 0.5 * subject.now.expected_calibration_error.value:
            return f"too {'high' if gap > 0.0 else 'low'} on the whole"
    if min(over, under) > 0.5 * max(over, under):
        return "too sure of itself in some places and too modest in others"
    return "too sure of itself" if over > under else "too modest"


def _before(subject: Subject) -> list[Markup]:
    before = subject.before
    if before is None or before.top_probability is None:
        return []
    then = belief(before.expected_calibration_error)
    if then != subject.belief:
        could = {"yes": "could be", "no": "could not be", "nearly": "could almost be"}.get(then, "could not surely be")
        claimed, right = times(before.top_probability, " times", 100), times(before.accuracy.value, " times", 100)
        return [
            joined(
                f"Before calibration its probabilities {could} believed: it claimed to be right {claimed} and was "
                f"right {right}."
            )
        ]
    difference = subject.comparison
    if difference is not None and all(
        one.low <= 0.0 <= one.high for one in (difference.accuracy, difference.expected_calibration_error)
    ):
        return [joined("Calibrating them changed nothing that these rows can show.")]
    return []


def _rows(subject: Subject) -> Markup:
    """Say for which classes there are too few rows."""
    ranges = [(line, line.recall.high - line.recall.low) for line in subject.occurring if line.recall is not None]
    few = [line.rows for line, width in ranges if width > WIDE]
    absent = subject.now.n_classes - len(subject.occurring)
    are = f" {absent:,} class{'es do' if absent > 1 else ' does'} not occur, so nothing is known of "
    unseen = f"{are}{'them' if absent > 1 else 'it'}." if absent else ""
    if not few:
        least, widest = min(line.rows for line, _ in ranges), max(width for _, width in ranges)
        return joined(
            f"There are rows enough to judge each class that occurs: the smallest has {count(least)}, and no class’s "
            f"share of rows found is uncertain by more than {plain(widest / 2.0)} either way.{unseen}"
        )
    each = count(min(few)) if min(few) == max(few) else f"{count(min(few))} to {count(max(few))}"
    all_of_them = len(few) == len(ranges)
    which = "any of its classes" if all_of_them else f"{len(few):,} of the {len(ranges):,} classes that occur"
    return joined(
        element("b", "Too few rows to tell"),
        f" how good it is at {which}: with {each} row{'s' * (max(few) != 1)} each, the share it finds of them is "
        f"uncertain by more than {plain(WIDE / 2.0)} either way.{unseen}",
    )
