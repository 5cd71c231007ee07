"""The errors of two models on the same rows, and whether their difference can be told."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._drawing.digits import plain
from softargmax._estimate import Interval
from softargmax._renamed import provisional
from softargmax.displays.canvas import Colours, axes_to_draw_on, colours_on, literal, ticks_along
from softargmax.displays.display import answers
from softargmax.exceptions import ArgumentError
from softargmax.metrics import Comparison, compare
from softargmax.report.figures_of_change import ERRORS, as_error
from softargmax.report.sentences import change


@provisional
class ScoreComparisonDisplay:
    """Draw four errors of two models, each from 0 on a scale of its own.

    An open dot is the first model, a full one the second; the bars are ranges. Beside each line stands what the
    difference is worth, which is measured on the same rows and so is known better than either error: better or worse
    where its range leaves 0 out, equal to within so much, or too few rows to tell.

    Parameters
    ----------
    comparison : Comparison
        What `softargmax.compare` found.
    names : tuple of two str, default ("first", "second")
        What the models are called in the legend.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        The axes that hold those of the four errors.
    axes_ : ndarray of axes, shape (4,)
        Wrong answers, calibration error, log loss, Brier score.
    first_, second_ : list of Line2D
        The dots, one in each of the four.
    ranges_ : list of pairs of Line2D
        Their ranges.
    text_ : list of Text
        What the differences are worth.

    See Also
    --------
    softargmax.compare : measures.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.displays import ScoreComparisonDisplay
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(1000, 3)) * 2
    >>> y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    >>> display = ScoreComparisonDisplay.from_predictions(y, logits=(3 * logits, logits))
    >>> display.text_[2].get_text().startswith("better by")
    True
    """

    def __init__(self, comparison: Comparison, *, names: tuple[str, str] = ("first", "second")) -> None:
        self.comparison = comparison
        self.names = names

    @classmethod
    def from_estimator(
        cls,
        estimator: tuple[Any, Any],
        X: Any,
        y: npt.ArrayLike,
        *,
        ax: Any = None,
        names: tuple[str, str] | None = None,
        **options: Any,
    ) -> Self:
        """Draw what two trained classifiers say of rows that neither was trained on.

        Parameters
        ----------
        estimator : tuple of two classifiers
            Both give logits, or both probabilities only.
        X : whatever they take
            The rows.
        y : array-like, shape (n_rows,)
            Their true labels.
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        names : tuple of two str, optional
            What the models are called; the names of their classes by default.
        **options
            As for `from_predictions`.

        Returns
        -------
        ScoreComparisonDisplay
            With what was drawn as attributes.

        Raises
        ------
        ArgumentError, UnsupportedError, LabelError, MissingDependencyError
            For anything but two classifiers of the same classes, for labels they do not know, without matplotlib.
        """
        if not isinstance(estimator, tuple) or len(estimator) != 2:
            raise ArgumentError(
                "estimator: expected a tuple of two classifiers, (first, second)", parameter="estimator"
            )
        (codes, first, classes), (_, second, others) = (answers(one, X, y) for one in estimator)
        if not np.array_equal(classes, others):
            raise ArgumentError("estimator: expected two classifiers of the same classes", parameter="estimator")
        kind = next(iter(first))
        if kind not in second:
            raise ArgumentError(
                "estimator: expected two classifiers that both give logits or both probabilities; compare their "
                "probabilities, with from_predictions(y, probabilities=(first, second))",
                parameter="estimator",
            )
        called: tuple[Any, Any] = names or (type(estimator[0]).__name__, type(estimator[1]).__name__)
        pair: dict[str, Any] = {kind: (first[kind], second[kind])}
        return cls.from_predictions(codes, **pair, ax=ax, names=called, **options)

    @classmethod
    def from_predictions(
        cls,
        y: npt.ArrayLike,
        *,
        logits: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        probabilities: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        interval: Interval | None = None,
        ax: Any = None,
        names: tuple[str, str] = ("first", "second"),
        **options: Any,
    ) -> Self:
        """Draw what any two models said of rows that neither was trained on.

        Parameters
        ----------
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes, from 0.
        logits, probabilities : tuple of two array-like, each of shape (n_rows, n_classes) or (n_rows,)
            What the models said, (first, second): exactly one of the two.
        interval : Interval, optional
            How intervals are made.
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        names : tuple of two str
            What the models are called.
        **options
            ``of`` and ``sample_weight`` are those of `softargmax.compare`; the rest is for `plot`.

        Returns
        -------
        ScoreComparisonDisplay
            With what was drawn as attributes.

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, MissingDependencyError
            For arguments that do not fit, and without matplotlib.
        """
        measured = {key: options.pop(key) for key in ("of", "sample_weight") if key in options}
        found = compare(y, logits=logits, probabilities=probabilities, interval=interval, **measured)
        return cls(found, names=names).plot(ax, **options)

    def plot(self, ax: Any = None, *, names: tuple[str, str] | None = None, **dots: Any) -> Self:
        """Draw the four errors under each other.

        Parameters
        ----------
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default. It is hidden, and four axes are put into it.
        names : tuple of two str, optional
            What the models are called.
        **dots
            How the dots look, as for ``Line2D``.

        Returns
        -------
        ScoreComparisonDisplay
            Itself.
        """
        ax = axes_to_draw_on(ax, 7.4, 3.8)
        colours = colours_on(ax)
        ax.set_axis_off()
        self.axes_ = np.empty(len(ERRORS), object)
        self.first_: list[Any] = []
        self.second_: list[Any] = []
        self.ranges_: list[Any] = []
        self.text_: list[Any] = []
        for i, (attribute, name, _, _) in enumerate(ERRORS):
            one = ax.inset_axes((0.22, 0.82 - 0.27 * i, 0.5, 0.14), facecolor="none")
            self.axes_[i] = one
            self._line(one, attribute, name, colours, dots)
        drawn = self.first_[0], self.second_[0]
        called = [literal(name) for name in names or self.names]
        ax.legend(drawn, called, ncols=2, frameon=False, loc="lower left", bbox_to_anchor=(0.21, 0.98), borderpad=0)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _line(self, ax: Any, attribute: str, name: str, colours: Colours, dots: dict[str, Any]) -> None:
        """Draw one error of both models, and say what the difference is worth."""
        found = self.comparison
        was, now, difference = (as_error(one, attribute) for one in (found.first, found.second, found))
        ends = [x for one in (was, now) for x in (one.value, one.high) if np.isfinite(x)]
        ax.set(xlim=(0, 1.06 * max(*ends, 1e-3) if ends else 1.0), ylim=(-1.5, 1.5), yticks=[])
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_color(colours.soft)
        ax.tick_params(axis="x", labelsize="small", labelcolor=colours.soft, color=colours.soft)
        ax.xaxis.get_major_locator().set_params(nbins=4)
        ticks_along(ax.xaxis, in_percent=False)
        pair = []
        for one, y, hue in ((was, 0.6, colours.soft), (now, -0.6, colours.accent)):
            pair += ax.plot([one.low, one.high], [y, y], color=hue, linewidth=4.5, alpha=0.45, solid_capstyle="butt")
        self.ranges_.append(tuple(pair))
        shape = {"marker": "o", "markersize": 7.5, "linestyle": "none", "zorder": 3, "clip_on": False}
        open_dot = {**shape, "color": colours.soft, "markerfacecolor": ax.figure.get_facecolor(), **dots}
        self.first_ += ax.plot([was.value], [0.6], **open_dot)
        self.second_ += ax.plot([now.value], [-0.6], **{**shape, "color": colours.accent, **dots})
        sign = change(was, now, difference)
        hues = {"better": colours.accent, "worse": colours.warn}
        words = {"va": "center", "transform": ax.transAxes}
        ax.text(-0.03, 0.5, name, ha="right", **words)
        hue = hues.get(sign.split()[0], colours.soft)
        said = f"{plain(was.value)} → {plain(now.value)}"
        self.text_.append(ax.text(1.04, 0.72, sign, color=hue, weight="bold", size="small", **words))
        ax.text(1.04, 0.18, said, color=colours.soft, size="small", **words)
