"""The figure about change: four errors, before and after calibration."""

from softargmax._drawing.digits import in_range
from softargmax._drawing.dots_and_bars import before_and_after
from softargmax._drawing.markup import Markup, element, joined
from softargmax.metrics import Assessment, Comparison, Estimate, Scores
from softargmax.report.blocks import figure, table
from softargmax.report.how_to_read import note
from softargmax.report.sentences import change, listed, said
from softargmax.report.subject import Subject, ends

# Attribute, name at the beginning of a line and within one, and what it counts.
ERRORS = (
    ("accuracy", "Wrong answers", "wrong answers", "Share of rows where the class it names is not the true one."),
    (
        "expected_calibration_error",
        "Calibration error",
        "calibration error",
        "How far what it says lies from what happens, averaged over the rows.",
    ),
    (
        "log_loss",
        "Log loss",
        "log loss",
        "Surprise: high where it gave little probability to what was true. Sure and wrong costs most.",
    ),
    ("brier_score", "Brier score", "Brier score", "Squared distance between the probabilities and the truth."),
)
_STARTS = {"better": "Better", "worse": "Worse", "equal": "As good as equal", "too": "Too few rows to tell"}
_HUES = {"better": "accent", "worse": "warn"}


def improved(subject: Subject) -> Markup | None:
    """Draw four errors before and after, if there is a before and a comparison of the two."""
    before, comparison = subject.before, subject.comparison
    if before is None or comparison is None:
        return None
    drawn, rows = [], []
    named: dict[str, list[str]] = {}
    for attribute, name, within, why in ERRORS:
        was, now, difference = (as_error(one, attribute) for one in (before, subject.now, comparison))
        sign = change(was, difference)
        kind = sign.split()[0]
        named.setdefault(kind, []).append(within)
        described = f"Before {said(was)}, after {said(now)}: {sign}."
        strip = before_and_after(f"s-{attribute.replace('_', '-')}", name, described, ends(was), ends(now))
        drawn.append(_line(name, why, strip, said(was), said(now), sign, _HUES.get(kind, "soft")))
        rows.append([name, said(was), said(now), in_range(*ends(difference)), sign])
    finding = " ".join(f"{_STARTS[kind]}: {listed(names)}." for kind, names in named.items())
    if len(named) == 1:
        finding = f"{_STARTS[next(iter(named))]} in all four."
    numbers = table(["Error", "Before", "After", "Difference", ""], rows, "Before and after calibration")
    shown = "Four kinds of error, before and after calibration"
    return figure("f-change", joined(finding), shown, element("div", *drawn, cls="scores"), note("change"), numbers)


def _line(name: str, why: str, strip: Markup, was: str, now: str, sign: str, hue: str) -> Markup:
    values = element(
        "div",
        element("span", f"before {was}"),
        element("span", f"after {now}"),
        element("b", sign, cls=hue),
        cls="values",
    )
    named = element("div", element("b", name), element("span", why), cls="name")
    return element("div", named, element("div", strip, cls="strip"), values, cls="score")


def as_error(found: Assessment | Scores | Comparison, attribute: str) -> Estimate:
    """Give an error; an accuracy becomes a share of wrong answers, or a difference of such."""
    estimate: Estimate = getattr(found, attribute)
    if attribute != "accuracy":
        return estimate
    whole = 0.0 if isinstance(found, Comparison) else 1.0
    value, low, high = (whole - end for end in (estimate.value, estimate.high, estimate.low))
    return Estimate(value, low, high, estimate.confidence, estimate.n)
