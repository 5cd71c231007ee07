"""Figures about the risk, the probability of the second of two classes: what acting on it gains, and four measures."""

from softargmax._drawing.digits import plain
from softargmax._drawing.lines import along_share
from softargmax._drawing.markup import Markup, element
from softargmax.metrics import Estimate, Reliability, RiskScores
from softargmax.report.blocks import facts, heading
from softargmax.report.sentences import said, times

# Nobody acts only from higher risks on; and what is spoken of: thresholds of 15 and 30 per cent.
_RIGHT, _NAMED, _SPOKEN = 0.8, 14, 29


def benefit(risks: RiskScores) -> Markup:
    """Draw the net benefit of acting as the model says, on everyone, and on no one."""
    n = sum(at <= _RIGHT + 1e-9 for at in risks.threshold)
    at = list(risks.threshold[:n])
    model, everyone = ([100.0 * y for y in column[:n]] for column in (risks.net_benefit, risks.benefit_of_all))
    top = max(*model, 0.001) * 1.15
    bottom = -0.25 * top
    shown = [i for i, y in enumerate(everyone) if y >= bottom]
    lines = [("curve accent", at, model)]
    words = [
        (at[_NAMED], model[_NAMED] + 0.06 * top, "strong accent", "acting as the model says"),
        (_RIGHT, 0.06 * top, "end", "acting on no one"),
    ]
    if shown:
        lines.insert(0, ("curve grey", [at[i] for i in shown], [everyone[i] for i in shown]))
        if at[shown[-1]] < 0.5:
            words.append((at[shown[-1]], 0.8 * bottom, "", "acting on everyone"))
    described = (
        f"Acting from a risk of 30 % on, the model gains {plain(model[_SPOKEN])} per 100 rows, acting on everyone "
        f"{plain(everyone[_SPOKEN])}."
    )
    below = "the risk from which one acts →"
    plot = along_share(
        "nb", "Net benefit", described, lines, top=top, bottom=bottom, right=_RIGHT, words=words, below=below,
        cls="square", height=None,
    )  # fmt: skip
    return element("div", heading("What acting on it gains", "net benefit per 100 rows ↑"), plot, cls="panel tall")


def measures(risks: RiskScores, curve: Reliability) -> Markup:
    """Set four figures, each with what it should be."""

    def value(estimate: Estimate | None) -> str:
        return "cannot be told" if estimate is None else said(estimate)

    order = "Good: 1; guessing has .5."
    if risks.auc is not None:
        order += (
            f" Of two rows, one of each class, the right one gets the higher risk {times(risks.auc.value, ' times')}."
        )
    means = f"{plain(curve.said_mean, 3)}, real share {plain(curve.happened_mean, 3)}"
    spread = "Good: 1. Below 1 risks are spread too wide: high ones are too high, and low ones too low."
    return facts(
        [
            ("Mean risk", means, "Good: equal. Is the risk right on the whole?"),
            ("Intercept", value(risks.intercept), "Good: 0. Above 0 risks are too low on the whole, below 0 too high."),
            ("Slope", value(risks.slope), spread),
            ("AUC", value(risks.auc), order),
        ]
    )
