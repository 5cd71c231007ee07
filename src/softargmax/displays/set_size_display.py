"""How long prediction sets are, and whether their promise is kept."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._drawing.digits import percent, plain
from softargmax._estimate import Interval
from softargmax._logits import codes_in, rows_given
from softargmax._options import as_real
from softargmax._renamed import provisional
from softargmax.displays.canvas import axes_to_draw_on, calm, colours_on, literal, ticks_along
from softargmax.displays.display import Display, held
from softargmax.exceptions import ArgumentError
from softargmax.metrics import Assessment, SetScore
from softargmax.pipeline.set_sizes import set_sizes

# The strip above the bars: its place and height, in heights of the plot; and how far it reaches beyond the range.
_PLACE, _MARGIN = (0.0, 1.08, 1.0, 0.1), 0.03
# Up to so many bars have their shares written above them; and so many have gaps between them.
_WRITTEN, _GAPS = 12, 50


@provisional
class SetSizeDisplay(Display):
    """Draw how many rows get a prediction set of which size, and how often the sets hold the truth.

    A prediction set is a list of classes that holds the true one as often as was promised. Where the model is unsure
    the list is long. Good sets keep their promise, the upright tick in the strip above lying on the range or left of
    it, and nearly all are short.

    Parameters
    ----------
    sets : SetScore
        The promise, how it was kept, and the sizes.
    name : str, optional
        What the model is called, above the picture.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    bars_ : BarContainer
        The share of the rows with a set of each size from 0 on.
    strip_ : matplotlib axes
        What stands above.
    range_, coverage_, promise_ : Line2D
        How often the sets hold the truth: the range, the value, and what was promised.

    See Also
    --------
    softargmax.ConformalClassifier : makes the sets.

    Notes
    -----
    From predictions, the sets of one half of the rows are made with the other half, by the score "lac".

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.displays import SetSizeDisplay
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(1000, 3)) * 2
    >>> y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    >>> display = SetSizeDisplay.from_predictions(y, logits=logits, confidence=0.9)
    >>> len(display.bars_)
    4
    """

    def __init__(self, sets: SetScore, *, name: str | None = None) -> None:
        self.sets = sets
        self.name = name

    @classmethod
    def _of(cls, assessment: Assessment, classes: tuple[str, ...], name: str | None) -> Self:
        return cls(held(assessment, "sets"), name=name)

    @classmethod
    def from_predictions(
        cls,
        y: npt.ArrayLike,
        *,
        logits: npt.ArrayLike | None = None,
        probabilities: npt.ArrayLike | None = None,
        classes: Sequence[Any] | None = None,
        interval: Interval | None = None,
        ax: Any = None,
        name: str | None = None,
        confidence: float = 0.95,
        **options: Any,
    ) -> Self:
        """Draw the sets of rows that a model was not trained on: one half's are made with the other half.

        Parameters
        ----------
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes, from 0; 100 rows at least.
        logits, probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            What the model said: exactly one of the two.
        classes : sequence of length n_classes, optional
            Not shown.
        interval : Interval, optional
            Not asked for: the range of the coverage is exact.
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        name : str, optional
            What the model is called, above the picture.
        confidence : float, default 0.95
            How often a set shall hold the truth.
        **options
            For `plot`.

        Returns
        -------
        SetSizeDisplay
            With what was drawn as attributes.

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, MissingDependencyError
            For arguments that do not fit, for fewer than 100 rows, and without matplotlib.
        """
        codes = codes_in(y, rows_given(logits=logits, probabilities=probabilities), "y")
        promised = as_real(confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        sets = set_sizes(codes, logits=logits, probabilities=probabilities, promised=promised)
        if sets is None:
            raise ArgumentError(f"y: expected 100 rows, of which each half makes sets for the other, got {len(codes)}")
        return cls(sets, name=name).plot(ax, **options)

    def plot(self, ax: Any = None, *, name: str | None = None, **bars: Any) -> Self:
        """Draw the sizes, and the promise above them.

        Parameters
        ----------
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        name : str, optional
            What the model is called, above the picture.
        **bars
            How the bars look, as for ``bar``.

        Returns
        -------
        SetSizeDisplay
            Itself.
        """
        ax = axes_to_draw_on(ax, 5.6, 3.8)
        colours, sizes = colours_on(ax), self.sets.sizes
        calm(ax)
        self.bars_ = ax.bar(
            np.arange(len(sizes)),
            sizes,
            **{"width": 0.8 if len(sizes) <= _GAPS else 1.0, "color": colours.accent, **bars},
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
        ticks_along(ax.yaxis)
        ax.set(xlabel="classes in the set", ylabel="share of rows", xlim=(-0.6, max(len(sizes), 4) - 0.4))
        ax.set_ylim(0, 1.12 * max(sizes))
        if len(sizes) <= _WRITTEN:
            words = [percent(round(size, 3)) if size else "" for size in sizes]
            ax.bar_label(self.bars_, words, padding=2, size="small")
        self._strip(ax)
        label = name or self.name
        if label:
            self.strip_.set_title(literal(label), loc="left", pad=22)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _strip(self, ax: Any) -> None:
        """Draw the promise, and how it was kept, above the bars."""
        colours, found = colours_on(ax), self.sets.coverage
        missed = found.high < self.sets.promised
        hue = colours.warn if missed else colours.accent
        strip = ax.inset_axes(_PLACE, facecolor="none")
        low = max(0.0, min(found.low, self.sets.promised) - _MARGIN)
        strip.set(xlim=(low, 1.0), ylim=(-1, 1), yticks=[], xticks=[])
        strip.spines[:].set_visible(False)
        strip.axhline(0.0, color=colours.soft, alpha=0.5, linewidth=0.8)
        (self.range_,) = strip.plot([found.low, found.high], [0, 0], color=hue, linewidth=5, alpha=0.55)
        (self.coverage_,) = strip.plot([found.value], [0], color=hue, marker="o", markersize=7)
        promise = {"color": colours.ink, "marker": "|", "markersize": 16, "markeredgewidth": 1.8}
        (self.promise_,) = strip.plot([self.sets.promised], [0], **promise)
        kept = "not kept" if missed else "kept"
        words = (
            f"hold the truth: promised {plain(self.sets.promised)} (tick), {kept}: {plain(found.value, 3)} "
            f"({plain(found.low, 3)} to {plain(found.high, 3)})"
        )
        strip.text(0.0, 1.05, words, transform=strip.transAxes, size="small", va="bottom")
        self.strip_ = strip
