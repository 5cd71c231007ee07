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
_SIGNS = (
    " “Better” and “worse” are said only where the range of the difference, measured on the same rows, leaves out 0; "
    "else it says how large a difference might have been missed."
)
_HUES = {"better": "accent", "worse": "warn"}


def improved(subject: Subject) -> Markup | None:
    """Draw four errors before and after, if there is a before; whether they differ takes a comparison of the two."""
    before, comparison = subject.before, subject.comparison
    if before is None:
        return None
    drawn, rows = [], []
    named: dict[str, list[str]] = {}
    for attribute, name, within, why in ERRORS:
        was, now = (as_error(one, attribute) for one in (before, subject.now))
        sign, gap = "", ""
        if comparison is not None:
            difference = as_error(comparison, attribute)
            sign, gap = change(was, now, difference), in_range(*ends(difference))
            named.setdefault(sign.split()[0], []).append(within)
        kind = sign.partition(" ")[0]
        described = f"Before {said(was)}, after {said(now)}{f': {sign}' if sign else ''}."
        strip = before_and_after(f"s-{attribute.replace('_', '-')}", name, described, ends(was), ends(now))
        drawn.append(_line(name, why, strip, said(was), said(now), sign, _HUES.get(kind, "soft")))
        rows.append([name, said(was), said(now), *([gap, sign] if comparison else [])])
    finding = " ".join(f"{_STARTS[kind]}: {listed(names)}." for kind, names in named.items())
    if comparison is None:
        finding = "Whether a difference is more than chance was not measured."
    if len(named) == 1:
        finding = f"{_STARTS[next(iter(named))]} in all four."
    head = ["Error", "Before", "After", *(["Difference", ""] if comparison else [])]
    numbers = table(head, rows, "Before and after calibration")
    signs = _SIGNS if comparison else ""
    shown = "Four kinds of error, before and after calibration"
    return figure(
        "f-change", joined(finding), shown, element("div", *drawn, cls="scores"), note("change", signs=signs), numbers
    )


def _line(name: str, why: str, strip: Markup, was: str, now: str, sign: str, hue: str) -> Markup:
    values = element(
        "div",
        element("span", f"before {was}"),
        element("span", f"after {now}"),
        element("b", sign, cls=hue) if sign else None,
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
