"""Figures about parts of the rows: class by class, and group by group."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

from softargmax._drawing.digits import count, plain, tick
from softargmax._drawing.dots_and_bars import mark
from softargmax._drawing.markup import Markup, element, foreign, joined
from softargmax.metrics import Estimate, GroupScore
from softargmax.report.blocks import figure, table
from softargmax.report.how_to_read import note, off_any_range, off_range
from softargmax.report.sentences import WIDE, quoted, times
from softargmax.report.subject import Subject, ends

_OPEN = 12
# A page of very many classes shows those that cost most; all of them would be a megabyte.
_MOST = 100

Scale = tuple[float, float]


def classes(subject: Subject) -> Markup:
    """A line for every class, those that cost most first."""
    lines = subject.lines[:_MOST]
    scales = [
        _scale([one for one in (getattr(line, name) for line in lines[:_OPEN]) if one])
        for name in ("recall", "precision")
    ]
    rows: list[list[Any]] = []
    off = judged = 0
    for line in lines:
        few = line.recall is None or line.recall.high - line.recall.low > WIDE
        word = _off(line.precision, line.said, "too sure", "too modest")
        judged += line.precision is not None
        off += bool(word)
        rows.append(
            [
                foreign(subject.name(line.code), 40),
                count(line.rows),
                *_cells(line.recall, None, scales[0], few, ""),
                *_cells(line.precision, line.said, scales[1], few, word),
                "" if line.said is None else plain(line.said, 3),
                element("small", word, cls="warn") if word else "",
                "" if line.calibration_error is None else plain(line.calibration_error, 3),
                count(line.errors),
            ]
        )
    head = [
        "Class",
        "Rows",
        _head("Found", scales[0]),
        "",
        _head("Right when named", scales[1]),
        "right",
        "says",
        "",
        "Off by",
        "Wrong answers",
    ]
    whole = table(head, rows[:_OPEN], "Classes, those with most wrong answers first", "entries listed classes")
    drawn = joined(element("div", whole, cls="open"), *_more(subject, head, rows))
    return figure("f-classes", _finding(subject), "", drawn, note("classes", here=off_range(off, judged)))


def _more(subject: Subject, head: list[Any], rows: list[list[Any]]) -> list[Markup]:
    if len(rows) <= _OPEN:
        return []
    left = len(subject.lines) - len(rows)
    words = (
        f"The next {len(rows) - _OPEN} classes; {left:,} with fewer wrong answers are left out"
        if left
        else f"The other {len(rows) - _OPEN} classes"
    )
    return [
        element(
            "details",
            element("summary", words),
            table(head, rows[_OPEN:], "The other classes", "entries listed classes"),
        )
    ]


def _finding(subject: Subject) -> Markup:
    first = subject.lines[0]
    if not first.errors:
        return joined("No class has a wrong answer.")
    words = joined(quoted(subject.name(first.code)), f" has a part in the most wrong answers, {count(first.errors)}")
    known = [(line.recall, line) for line in subject.occurring if line.recall is not None]
    recall, least = min(known, key=lambda one: (one[0].value, one[1].code))
    often = times(recall.value, " times") if recall.value else "never"
    if all(line.errors == first.errors for line in subject.lines):  # of two classes, both have a part in every error
        return joined(quoted(subject.name(least.code)), f" is found least often, {often}.")
    if least.code == first.code:
        return joined(words, f", and is found least often, {often}.")
    return joined(words, ". ", quoted(subject.name(least.code)), f" is found least often, {often}.")


def groups(subject: Subject) -> Markup | None:
    """A line for every group, those first of whom most was claimed wrongly."""
    found = subject.now.groups
    if not found:
        return None
    found = found[:_MOST]
    scales = [
        _scale([getattr(one, name) for one in found[:24]], [one.said for one in found[:24]])
        for name in ("happened", "accuracy")
    ]
    rows: list[list[Any]] = []
    odd = []
    high, low = ("too high", "too low") if subject.is_event else ("too sure", "too modest")
    for one in found:
        few = one.happened.high - one.happened.low > WIDE
        word = _off(one.happened, one.said, high, low)
        odd += [one] if word else []
        right = [] if not subject.is_event else _cells(one.accuracy, None, scales[1], few, "")
        rows.append(
            [
                joined(foreign(one.column, 12), ": ", foreign(one.value, 40)),
                count(one.rows),
                *_cells(one.happened, one.said, scales[0], few, word),
                plain(one.said, 3),
                element("small", word, cls="warn") if word else "",
                *right,
                plain(round(one.excess, 1), 1),
            ]
        )
    happened, cases = (
        ("Real share, tick: says", "Expected too many")
        if subject.is_event
        else ("Right, tick: says", "Claimed too many")
    )
    more = [_head("Right", scales[1]), ""] if subject.is_event else []
    head = ["Group", "Rows", _head(happened, scales[0]), "", "says", "", *more, cases]
    share = "the real share" if subject.is_event else "how often the model is right"
    return figure(
        "f-groups",
        _finding_of_groups(subject, found, odd),
        "",
        element("div", table(head, rows, "Groups, the largest differences first", "entries listed groups"), cls="open"),
        note("groups", share=share, here=off_any_range(len(odd), len(found))),
    )


def _finding_of_groups(subject: Subject, found: Sequence[GroupScore], odd: Sequence[GroupScore]) -> Markup:
    """Name the group of the largest difference: of those off their range, which chance hardly explains of any."""
    stands_out = bool(odd)
    first = odd[0] if stands_out else found[0]
    size = count(round(abs(first.excess)))
    several = "s" * (size != "1")
    gap = (
        f"expects {size} case{several} too {'many' if first.excess > 0.0 else 'few'}"
        if subject.is_event
        else f"claims to be right {size} time{several} too {'often' if first.excess > 0.0 else 'seldom'}"
    )
    return joined(
        "In " if stands_out else "No group stands out. The largest difference is in ",
        foreign(first.column, 24), ": ", foreign(first.value, 40),
        " the model " if stands_out else ": the model ", f"{gap}, among {count(first.rows)} rows.",
    )  # fmt: skip


def _cells(estimate: Estimate | None, at: float | None, scale: Scale, few: bool, word: str) -> list[Any]:
    """Draw a share in one cell and write it in the next."""
    if estimate is None:
        return ["", "no rows"]
    cls = " ".join(name for name, is_so in (("odd", bool(word)), ("few", few)) if is_so)
    return [mark(ends(estimate), at, scale, cls=cls), plain(estimate.value, 3)]


def _off(estimate: Estimate | None, at: float | None, high: str, low: str) -> str:
    """Say in which direction what was said lies off the range of what happened, or nothing."""
    if estimate is None or at is None or estimate.low <= at <= estimate.high:
        return ""
    return high if at > estimate.value else low


def _scale(shares: Sequence[Estimate], ticks: Sequence[float] = ()) -> Scale:
    """Give the ends of a scale, in tenths, that holds all ranges."""
    if not shares:
        return 0.0, 1.0
    low = floor(10.0 * min([0.9, *(one.low for one in shares), *ticks])) / 10.0
    high = ceil(10.0 * max([low + 0.1, *(one.high for one in shares), *ticks])) / 10.0
    return low, high


def _head(name: str, scale: Scale) -> Markup:
    return joined(name, element("span", element("i", tick(scale[0])), element("i", tick(scale[1])), cls="ends"))
