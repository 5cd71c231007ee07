"""Figures about belief: claims beside facts, and what is said against what happens."""

from collections.abc import Sequence
from math import sqrt

from softargmax._drawing.digits import percent, plain
from softargmax._drawing.dots_and_bars import bar, bars
from softargmax._drawing.lines import is_dot, said_and_happened, where_rows_are
from softargmax._drawing.markup import Markup, element, joined
from softargmax._words import counted
from softargmax.metrics import Assessment, Reliability
from softargmax.report.blocks import figure, heading, table
from softargmax.report.figures_of_risk import benefit, measures
from softargmax.report.how_to_read import NET_BENEFIT, Note, note
from softargmax.report.sentences import quoted, times
from softargmax.report.subject import Subject

# A second panel shows the upper tenth of the scale where so many of the rows are there.
_CROWDED, _ZOOM = 0.5, 0.9
# A number is spoken of only if the curve has a point so near to it; between far ones nothing is known.
_NEAR = 0.02
_EXAMPLES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_READ_OFF = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)

Named = tuple[str, str, Assessment, Reliability]


def claims(subject: Subject) -> Markup:
    """Claims beside facts: the whole page in a few bars."""
    always = joined("Always answering ", quoted(subject.name(subject.commonest.code), 24))
    rows = [(always, bar(subject.always, "grey"), plain(subject.always, 3))]
    both = [("Before calibration, it", subject.before), ("After calibration, it", subject.now)]
    for when, found in both if subject.before is not None else [("The model", subject.now)]:
        if found is not None and found.top_probability is not None:
            hue, right, claimed = subject.hue(found), found.accuracy, found.top_probability
            rows.append((joined(f"{when} says"), bar(claimed, f"{hue} hollow"), plain(claimed, 3)))
            drawn = bar(right.value, hue, ends=(right.low, right.high))
            rows.append((joined("and is right"), drawn, plain(right.value, 3)))
    shown = "Share of rows, from none to all"
    return figure("f-claims", _claimed(subject), shown, bars(rows, "claims"), note("claims"))


def _claimed(subject: Subject) -> Markup:
    claim = _claim(subject.now)
    words = f"It claims to be right {claim}."
    if not claim:
        both = [f"{_tenths(share)} times" for share in (subject.now.top_probability or 0.0, subject.now.accuracy.value)]
        words = f"It says that it is right {both[0]} in 100, and it is {both[1]}: true, as far as these rows can tell."
    if subject.before is not None:
        then = _claim(subject.before)
        if then:
            words += f" Before calibration it claimed so {then}."
        else:
            words += f" Before calibration its claim was true{', as far as these rows can tell' if claim else ', too'}."
    return joined(words)


def _claim(found: Assessment) -> str:
    """Say how far off it is how often it claims to be right; nothing if that is within the range."""
    right, claimed = found.accuracy, found.top_probability
    if claimed is None or right.low <= claimed <= right.high:
        return ""
    return f"{_tenths(abs(claimed - right.value))} times in 100 too {'often' if claimed > right.value else 'seldom'}"


def _tenths(share: float) -> str:
    return f"{100.0 * share:.1f}"


def believed(subject: Subject) -> Markup:
    """What it says against what happens, and where the rows are; of two classes, what acting on it gains."""
    named = _named(subject)
    example = _example(named[0][3])
    panels = [_panel(subject, example, *one) for one in named]
    now = named[-1][3]
    if sum(now.share[18:]) > _CROWDED and any(at >= _ZOOM for at in now.said):
        panels += [_enlarged(subject, *one) for one in named if not is_dot(one[3].said)]
    below: list[Markup] = []
    if subject.now.risks is not None and subject.is_event:
        panels.append(benefit(subject.now.risks))
        below.append(measures(subject.now.risks, now))
    drawn = joined(element("div", *panels, cls="two" if len(panels) > 1 else "one"), *below)
    curves = [curve for *_, curve in named]
    return figure("f-reliability", _finding(subject, example, curves), "", drawn, _note(subject, now), _numbers(curves))


def _named(subject: Subject) -> list[Named]:
    """Give what is drawn: before calibration, if there is a before, and after it."""
    both = [("Before calibration", "r0", subject.before), ("After calibration", "r1", subject.now)]
    if subject.before is None:
        both = [("What it says, and what happens", "r1", subject.now)]
    return [
        (name, key, found, found.reliability)
        for name, key, found in both
        if found is not None and found.reliability is not None
    ]


def _panel(
    subject: Subject, example: float | None, name: str, key: str, found: Assessment, curve: Reliability
) -> Markup:
    described = f"{name}. The curve is inside the band of chance for {100.0 * curve.inside:.0f} of 100 rows."
    if not curve.said:
        described = f"{name}. There are too few rows for a curve."
    point = None
    if is_dot(curve.said):
        described = f"{name}. All rows say nearly the same; a dot is their mean."
        says = f"says {percent(round(curve.said_mean, 3))}"
        point = (curve.said_mean, curve.happened_mean, says, f"{_comes(subject)} {times(curve.happened_mean)}")
    elif example is not None and curve.said and curve.said[0] <= example <= curve.said[-1]:
        happened = _at(curve.said, curve.happened, example)
        point = (example, happened, f"says {percent(example)}", f"{_comes(subject)} {times(happened, base=100)}")
    plot = said_and_happened(
        key,
        f"Reliability, {name.lower()}",
        described,
        (curve.said, curve.low, curve.high),
        curve.happened,
        hue=subject.hue(found),
        point=point,
        corners=("too low", "too high") if subject.is_event else ("too modest", "too sure"),
    )
    axes = f"{'real share' if subject.is_event else 'share right'} ↑ against what it says →"
    return element("div", heading(name, axes), plot, where_rows_are(f"{key}-m", curve.share, found.n), cls="panel")


def _enlarged(subject: Subject, name: str, key: str, found: Assessment, curve: Reliability) -> Markup:
    """Draw the upper end of the scale again, ten times as large."""
    kept = [i for i, at in enumerate(curve.said) if at >= _ZOOM]
    said, happened, low, high = (
        [column[i] for i in kept] for column in (curve.said, curve.happened, curve.low, curve.high)
    )
    title, described = f"{name}, enlarged", f"The same curve where it says {percent(_ZOOM)} and more."
    hue = subject.hue(found)
    plot = said_and_happened(f"{key}-z", title, described, (said, low, high), happened, hue=hue, bottom=_ZOOM)
    return element("div", heading(title, f"both axes from {percent(_ZOOM)} to 100 %"), plot, cls="panel low")


def _comes(subject: Subject) -> str:
    return "comes true" if subject.is_event else "is right"


def _example(curve: Reliability) -> float | None:
    """Choose a round number to speak of: where the gap is largest, weighed by the rows that are near."""
    known = [p for p in _EXAMPLES if any(abs(at - p) <= _NEAR for at in curve.said)]

    def weight(p: float) -> float:
        rows = sum(curve.share[k] for k in _bins_at(p))
        return (abs(_at(curve.said, curve.happened, p) - p) + 1e-3) * sqrt(rows)

    return max(known, key=weight) if known else None


def _at(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Read a curve off between its points; beyond its ends it goes on level."""
    for i in range(1, len(xs)):
        if xs[i - 1] <= x <= xs[i]:
            return float(ys[i - 1]) + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1])
    return float(ys[0] if x < xs[0] else ys[-1])


def _finding(subject: Subject, example: float | None, curves: list[Reliability]) -> Markup:
    if not all(curve.said for curve in curves):
        return joined("Too few rows for a curve.")
    if example is None:
        right = times(curves[-1].happened_mean, " times")
        return joined(f"On the whole it says {plain(curves[-1].said_mean, 3)}, and {_comes(subject)} {right}.")
    class_ = joined(" for ", quoted(subject.name(1), 24)) if subject.is_event else joined()
    *before, now = [times(_at(curve.said, curve.happened, example), " times", 100) for curve in curves]
    if not before:
        return joined(f"Where it says {percent(example)}", class_, f", it {_comes(subject)} {now}.")
    came = "came true" if subject.is_event else "was right"
    if not any(abs(at - example) <= _NEAR for at in curves[-1].said):
        says_so = any(curves[-1].share[k] for k in _bins_at(example))
        now = "too few rows say so to tell" if says_so else "it says so of no row"
    return joined(
        f"Where it said {percent(example)}", class_, f" before calibration, it {came} {before[0]}; after, {now}."
    )


def _bins_at(p: float) -> set[int]:
    """Give the bins that hold a number, or meet there."""
    return {min(int(20.0 * p), 19), max(int(20.0 * p) - 1, 0)}


def _note(subject: Subject, curve: Reliability) -> Note:
    below, above = ("too low", "too high") if subject.is_event else ("too modest", "too sure")
    return note(
        "reliability",
        comes=_comes(subject),
        below=below,
        above=above,
        confidence=100.0 * curve.confidence,
        here=_where_it_is_off(subject, curve) if curve.said else "there are too few rows for a curve.",
        benefit=NET_BENEFIT if subject.is_event else "",
    )


def _where_it_is_off(subject: Subject, curve: Reliability) -> str:
    """Say for how many rows the curve is inside its band, and where it is off so that most rows notice."""
    out = [max(low - y, y - high) for y, low, high in zip(curve.happened, curve.low, curve.high, strict=True)]
    rows = [sqrt(curve.share[min(int(20.0 * x), 19)]) for x in curve.said]
    i = max(range(len(out)), key=lambda i: out[i] * rows[i])
    if is_dot(curve.said):
        chance = "chance alone may put it" if curve.inside >= 0.5 else "chance alone would not put it"
        return (
            f"all rows say nearly the same, so a dot stands for them instead of a curve; {chance} so far off the line."
        )
    if out[i] <= 0.0:
        return "the curve runs inside the grey for all rows."
    small = abs(curve.said[i] - curve.happened[i]) < 0.05
    return (
        f"for {min(99, round(100.0 * curve.inside))} of 100 rows the curve runs inside the grey. Counting rows, it is "
        f"farthest off where it says {plain(curve.said[i])}: there {plain(curve.happened[i])} comes true."
        + f" That gap is small, but chance alone rarely makes such a one with {counted(subject.now.n, 'rows', ',')}."
        * small
    )


def _numbers(curves: list[Reliability]) -> Markup:
    names = [", before", ", after"] if len(curves) > 1 else [""]
    head = ["It says", *(f"{word}{name}" for name in names for word in ("Happens", "Chance would give"))]
    rows = []
    for p in _READ_OFF:
        cells = [percent(p)]
        for curve in curves:
            if curve.said and curve.said[0] <= p <= curve.said[-1]:
                y, low, high = (_at(curve.said, column, p) for column in (curve.happened, curve.low, curve.high))
                cells += [plain(y, 3), f"{plain(low, 3)} to {plain(high, 3)}"]
            else:
                cells += ["too few rows", ""]
        rows.append(cells)
    return table(head, rows, "What it says against what happens, read off the curves")
