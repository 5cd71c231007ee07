"""What a model says against what happens: a smooth curve, the band of chance, and where the rows are."""

from typing import Any, Self

import numpy as np

from softargmax._drawing.digits import percent
from softargmax._drawing.lines import is_dot
from softargmax._renamed import provisional
from softargmax.displays.canvas import axes_to_draw_on, calm, colours_on, curves_on, literal, next_look, ticks_along
from softargmax.displays.display import Display, held
from softargmax.metrics import Assessment, Reliability

# The bars of where the rows are stand under the plot: their place and height, in heights of the plot.
_BELOW = "where the rows are"
_PLACE = (0.0, -0.21, 1.0, 0.15)


@provisional
class ReliabilityDisplay(Display):
    """Draw how far probabilities can be believed: what the model says, left to right, against how often it comes true.

    The diagonal is a model that can be believed in full. The band is where chance alone would put the curve of such a
    model with as many rows; a curve outside of it is off. Of more than two classes it is about the class that the
    model names, "how sure is it, and how often right?"; of two, about the probability of the second.

    Parameters
    ----------
    reliability : Reliability
        The curve, its band, and where the rows are: the `reliability` of an assessment.
    name : str, optional
        What the model is called in the legend.
    event : str, optional
        Of two classes, what the second is called.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    line_ : Line2D
        The curve; it has no points where there are too few rows for it.
    band_ : PolyCollection or None
        The band of chance.
    ideal_ : Line2D
        The diagonal.
    rows_ax_ : matplotlib axes
        What stands under the plot, with the words of the horizontal axis; all curves on the same axes share it.
    bars_ : StepPatch
        The share of the rows in each of 20 bins, in ``rows_ax_``.

    See Also
    --------
    softargmax.metrics.reliability_curve : the same in bins, with an interval each.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.displays import ReliabilityDisplay
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(1000, 3)) * 2
    >>> y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    >>> display = ReliabilityDisplay.from_predictions(y, logits=3 * logits, name="too sure")
    >>> bool(np.all(display.line_.get_ydata()[-5:] < display.line_.get_xdata()[-5:]))
    True
    """

    def __init__(self, reliability: Reliability, *, name: str | None = None, event: str | None = None) -> None:
        self.reliability = reliability
        self.name = name
        self.event = event

    @classmethod
    def _of(cls, assessment: Assessment, classes: tuple[str, ...], name: str | None) -> Self:
        curve = held(assessment, "reliability")
        return cls(curve, name=name, event=classes[1] if curve.of == "positive" else None)

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
        ReliabilityDisplay
            Itself.
        """
        ax = axes_to_draw_on(ax, 4.6, 5.3)
        curve, colours, first = self.reliability, colours_on(ax), curves_on(ax) == 0
        label = name or self.name
        look = next_look(ax, {"label": literal(label) if label else None, **line})
        if first:
            self._prepare(ax)
        self.band_ = None
        if curve.said:
            band = {"color": colours.band if first else look["color"], "alpha": 1.0 if first else 0.15, "linewidth": 0}
            self.band_ = ax.fill_between(curve.said, curve.low, curve.high, zorder=1.2, **band)
        else:
            ax.text(0.68, 0.3, "too few rows for a curve", ha="center", color=colours.soft)
        self.ideal_ = next(line for line in ax.lines if line.get_gid() == "softargmax-ideal")
        if is_dot(curve.said):
            look = {"marker": "o", **look}
        (self.line_,) = ax.plot(curve.said, curve.happened, **look)
        self._bars(ax, look["color"], filled=first)
        if label:
            ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.94), frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _prepare(self, ax: Any) -> None:
        """Draw what all curves share."""
        colours, is_event = colours_on(ax), self.event is not None
        calm(ax, grid="both")
        ax.plot([0, 1], [0, 1], color=colours.soft, linewidth=1.0, gid="softargmax-ideal", zorder=1.5)
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        ax.set_xticks(np.linspace(0, 1, 5))
        ax.set_yticks(np.linspace(0, 1, 5))
        ticks_along(ax.xaxis)
        ticks_along(ax.yaxis)
        ax.tick_params(axis="x", labelbottom=False, length=0)
        ax.set_ylabel("how often it comes true" if is_event else "how often it is right")
        above, below = ("too low", "too high") if is_event else ("too modest", "too sure")
        words = {"color": colours.soft, "style": "italic", "size": "small"}
        ax.text(0.02, 0.98, above, va="top", **words)
        ax.text(0.98, 0.02, below, ha="right", **words)

    def _bars(self, ax: Any, colour: str, *, filled: bool) -> None:
        """Draw where the rows are; further models in outline."""
        below = next((one for one in ax.child_axes if one.get_label() == _BELOW), None)
        if below is None:
            below = ax.inset_axes(_PLACE, label=_BELOW)
            below.set(xlim=(0, 1), xticks=np.linspace(0, 1, 5), facecolor="none")
            below.spines[["top", "right", "left"]].set_visible(False)
            below.tick_params(axis="y", length=0, labelsize="small", labelcolor=colours_on(ax).soft)
            ticks_along(below.xaxis)
            of = None if self.event is None else f"the probability it gives to “{literal(self.event, 16)}”"
            below.set_xlabel(of or "how sure the model is")
        share = self.reliability.share
        style = {"fill": True, "alpha": 0.55, "linewidth": 0} if filled else {"linewidth": 1.3}
        self.bars_ = below.stairs(share, np.linspace(0, 1, len(share) + 1), color=colour, **style)
        top = max(*share, 1e-9, 0.0 if filled else below.get_ylim()[1] / 1.08)
        below.set(ylim=(0, 1.08 * top), yticks=[top], yticklabels=[f"{percent(float(f'{top:.2g}'))} of rows"])
        self.rows_ax_ = below
