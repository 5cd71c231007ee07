"""Which classes are taken for which: truth in rows, answers in columns."""

from typing import Any, Self

import numpy as np

from softargmax._drawing.digits import count
from softargmax._renamed import provisional
from softargmax.displays.canvas import axes_to_draw_on, colours_on, literal
from softargmax.displays.display import Display, held
from softargmax.metrics import Assessment, Confusion

_LETTERS = 16
# How steeply a cell deepens with its share: half of the largest share is two thirds as deep, so that small ones show.
_STEEPNESS = 0.6


@provisional
class ConfusionDisplay(Display):
    """Draw a confusion matrix whose classes are ordered, so that those that are mixed up stand side by side.

    A row holds the rows of one true class, a column what the model called them. Right answers stand in the diagonal,
    in blue; elsewhere a cell is the deeper an orange, the larger its share of its class. Of more than 20 classes those
    with the largest confusions have lines of their own, and the others one together, which has no depth: the share of
    many classes cannot be compared with that of one.

    Parameters
    ----------
    confusion : Confusion
        The counts and their order: the `confusion` of an assessment.
    classes : sequence of str
        What all classes are called, in the order of their codes.
    name : str, optional
        What the model is called, above the picture.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    im_ : AxesImage
        The share of its class that a cell is, masked in the diagonal and where classes stand together.
    diagonal_ : AxesImage
        The blue cells.
    text_ : ndarray of Text, shape (n_lines, n_lines)
        The numbers of rows; None where there are none, and of the rows that others were taken for others.
    labels_ : tuple of str
        What the lines are called.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : every class, in the order of their names.

    Examples
    --------
    >>> import softargmax as sm
    >>> from softargmax.displays import ConfusionDisplay
    >>> logits = [[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]]
    >>> display = ConfusionDisplay.from_predictions([0, 1, 1], logits=logits, classes=["cat", "dog"])
    >>> [[text and text.get_text() for text in row] for row in display.text_]
    [['1', None], ['1', '1']]
    """

    def __init__(self, confusion: Confusion, classes: tuple[str, ...], *, name: str | None = None) -> None:
        self.confusion = confusion
        self.classes = classes
        self.name = name

    @classmethod
    def _of(cls, assessment: Assessment, classes: tuple[str, ...], name: str | None) -> Self:
        return cls(held(assessment, "confusion"), classes, name=name)

    def plot(
        self,
        ax: Any = None,
        *,
        include_values: bool = True,
        xticks_rotation: float | None = None,
        text_kw: dict[str, Any] | None = None,
        **image: Any,
    ) -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        include_values : bool, default True
            Whether the numbers of rows are written into the cells.
        xticks_rotation : float, optional
            By how many degrees the names of the columns are turned; by default none of three classes, else 60.
        text_kw : dict, optional
            How the numbers look, as for ``Text``.
        **image
            How the cells look, as for ``imshow``.

        Returns
        -------
        ConfusionDisplay
            Itself.
        """
        counts = np.array(self.confusion.counts)
        n = len(counts)
        ax = axes_to_draw_on(ax, 1.9 + 0.38 * max(n, 4), 1.6 + 0.38 * max(n, 4))
        others = f"{self.confusion.folded:,} other{'s' * (self.confusion.folded > 1)}"
        names = [literal(self.classes[code], _LETTERS) for code in self.confusion.order]
        self.labels_ = (*names, *([others] if self.confusion.folded else []))
        colours = colours_on(ax)
        self.im_, self.diagonal_ = self._cells(ax, counts, image)
        self.text_ = np.full((n, n), None, object)
        size = {"size": min(10.0, 6.0 + 30.0 / n), "ha": "center", "va": "center"}
        for i, j in np.argwhere(counts > 0) if include_values else ():
            if min(i, j) >= len(names):
                continue  # which of them were taken for each other does not show
            weight = "bold" if i == j else "normal"
            style = {**size, "color": colours.ink, "weight": weight, **(text_kw or {})}
            self.text_[i, j] = ax.text(j, i, count(counts[i, j]), **style)
        turned = (0.0 if n < 4 else 60.0) if xticks_rotation is None else xticks_rotation
        ax.set_xticks(
            range(n), self.labels_, rotation=turned, rotation_mode="anchor", ha="left" if turned else "center"
        )
        ax.set_yticks(range(n), self.labels_)
        ax.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
        ax.set_xticks(np.arange(n + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
        ax.grid(False)
        ax.grid(True, which="minor", color=colours.soft, alpha=0.35, linewidth=0.5)
        ax.tick_params(which="minor", length=0)
        ax.spines[:].set_visible(False)
        ax.set(xlabel="answer (numbers of rows)", ylabel="truth")
        if self.name:
            ax.set_title(literal(self.name), loc="left")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _cells(self, ax: Any, counts: Any, image: dict[str, Any]) -> tuple[Any, Any]:
        """Draw the cells beside the diagonal, and those in it."""
        from matplotlib.colors import LinearSegmentedColormap, ListedColormap, PowerNorm

        n = len(counts)
        drawn = n - bool(self.confusion.folded)
        own = np.eye(n, dtype=bool)
        together = np.zeros((n, n), bool)
        together[drawn:] = together[:, drawn:] = True
        with np.errstate(invalid="ignore"):
            shares = np.nan_to_num(counts / counts.sum(axis=1, keepdims=True))
        shares = np.ma.array(shares, mask=own | together)
        largest = shares.max() if shares.count() else 0.0
        colours, face = colours_on(ax), ax.get_facecolor()
        deepening = LinearSegmentedColormap.from_list("softargmax", [(*face[:3], 0.0), (*_rgb(colours.warn), 0.62)])
        style = {"cmap": deepening, "norm": PowerNorm(_STEEPNESS, 0.0, largest or 1.0), **image}
        cells = ax.imshow(shares, **style)
        tint = ListedColormap([colours.tint])
        return cells, ax.imshow(np.ma.array(np.ones((n, n)), mask=~own | together), cmap=tint)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
