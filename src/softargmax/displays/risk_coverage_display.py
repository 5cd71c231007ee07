"""How many answers are wrong if a model answers only where it is surest."""

from typing import Any, Self

from softargmax._drawing.digits import percent, plain
from softargmax._renamed import provisional
from softargmax.displays.canvas import axes_to_draw_on, calm, colours_on, curves_on, literal, next_look, ticks_along
from softargmax.displays.display import Display, held
from softargmax.metrics import AnsweredRows, Assessment
from softargmax.report.sentences import times

# Left of this share of the rows the band is wide whatever the model is; it does not decide how tall the picture is.
_WIDE = 0.3
# So many thresholds are marked, and their words stand at least so far apart, in heights of the plot.
_MARKED, _APART = 3, 0.09


@provisional
class RiskCoverageDisplay(Display):
    """Draw the share of wrong answers against the share of rows that are answered, the surest first.

    A good curve lies on the floor for long and rises late. The band is the range of the share of wrong answers. The
    dots are thresholds: whoever keeps silent where the model is less sure than the number beside one has, very likely,
    no more wrong answers than are wished for. They are read off the judged rows; a promise for other rows takes a
    `SelectiveClassifier`.

    Parameters
    ----------
    answered : AnsweredRows
        The curve, its range, and thresholds: the `risk_coverage` of an assessment.
    name : str, optional
        What the model is called in the legend.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    line_ : Line2D
        The curve.
    band_ : PolyCollection
        Its range.
    thresholds_ : Line2D
        The dots.
    text_ : list of Annotation
        What is written beside them; empty beside a second curve, where there is no room.

    See Also
    --------
    softargmax.metrics.risk_coverage : the same, without thinning.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.displays import RiskCoverageDisplay
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(1000, 3)) * 2
    >>> y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    >>> display = RiskCoverageDisplay.from_predictions(y, logits=logits)
    >>> round(float(display.line_.get_ydata()[-1]), 3) == round(1 - sm.metrics.accuracy(y, logits=logits).value, 3)
    True
    """

    def __init__(self, answered: AnsweredRows, *, name: str | None = None) -> None:
        self.answered = answered
        self.name = name

    @classmethod
    def _of(cls, assessment: Assessment, classes: tuple[str, ...], name: str | None) -> Self:
        return cls(held(assessment, "risk_coverage"), name=name)

    def plot(self, ax: Any = None, *, name: str | None = None, **line: Any) -> Self:
        """Draw the curve; on axes that hold one already, beside it.

        Parameters
        ----------
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        name : str, optional
            What the model is called in the legend.
        **line
            How the curve looks, as for ``Line2D``.

        Returns
        -------
        RiskCoverageDisplay
            Itself.
        """
        ax = axes_to_draw_on(ax, 6.2, 4.0)
        found, first = self.answered, curves_on(ax) == 0
        label = name or self.name
        look = next_look(ax, {"label": literal(label) if label else None, **line})
        marker = colours_on(ax).looks[curves_on(ax) % 4][2]
        calm(ax)
        if len(found.coverage) == 1:  # all rows are equally sure, and a line of one point does not show
            look = {**look, "marker": marker, "clip_on": False}
        (self.line_,) = ax.plot(found.coverage, found.risk, zorder=2.5, **look)
        band = {"color": look["color"], "alpha": 0.18, "linewidth": 0}
        self.band_ = ax.fill_between(found.coverage, found.low, found.high, **band)
        top = self._top(0.0 if first else ax.get_ylim()[1])
        ax.set(xlim=(0, 1), ylim=(0, top))
        ticks_along(ax.xaxis)
        ticks_along(ax.yaxis, in_percent=False)
        ax.set(xlabel="share of rows answered, the surest first", ylabel="share of wrong answers among them")
        marked = found.thresholds[:_MARKED]
        at = [one.coverage for one in marked], [one.risk.value for one in marked]
        dots = {"linestyle": "none", "marker": marker, "markersize": 7, "color": look["color"]}
        (self.thresholds_,) = ax.plot(*at, **dots, markeredgecolor=ax.get_facecolor(), zorder=3, clip_on=False)
        self.text_ = self._words(ax, top) if first else []
        if label:
            ax.legend(loc="upper left", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _top(self, top: float) -> float:
        """Give how far up the axis reaches: over the curve's end, and over its range where that is not wide anyway."""
        found = self.answered
        high = [high for at, high in zip(found.coverage, found.high, strict=True) if at > _WIDE]
        return max(top, 1.15 * found.risk[-1], *high, 1e-3)

    def _words(self, ax: Any, top: float) -> list[Any]:
        """Say at the left of each dot how sure the model has to be; words that would lie on others are left out."""
        written: list[Any] = []
        taken = float("inf")
        for one in self.answered.thresholds[:_MARKED]:
            y = one.risk.value / top
            if abs(y - taken) < _APART or one.coverage < _WIDE:
                continue
            taken = y
            words = (
                f"at most {times(one.wished)} wrong: silent below {plain(one.top_probability)}, "
                f"answers {percent(round(one.coverage, 3))}"
            )
            place = {"xytext": (-10, 8), "textcoords": "offset points", "ha": "right", "va": "bottom"}
            written.append(ax.annotate(words, (one.coverage, one.risk.value), size="small", **place))
        return written
