"""How pictures of one model are made: of a trained estimator, of its predictions, of what was measured of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Interval
from softargmax.exceptions import ArgumentError, UnsupportedError
from softargmax.labels import ClassLabels
from softargmax.metrics import Assessment, assess
from softargmax.responses.asking import response_of


class Display(ABC):
    """A picture of one model. A subclass says which part of an assessment it shows, and how it is drawn."""

    ax_: Any
    figure_: Any

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: npt.ArrayLike, *, ax: Any = None, name: str | None = None, **options: Any
    ) -> Self:
        """Draw what a trained classifier says of rows it was not trained on.

        Parameters
        ----------
        estimator : classifier
            Of scikit-learn, of softargmax, or one that follows their conventions: fitted, with ``classes_``, and with
            ``decision_function``, whose numbers are taken for logits, or ``predict_proba``.
        X : whatever it takes
            The rows.
        y : array-like, shape (n_rows,)
            Their true labels.
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        name : str, optional
            What the model is called in the legend; its class's name by default.
        **options
            As for `from_predictions`.

        Returns
        -------
        display
            With what was drawn as attributes.

        Raises
        ------
        UnsupportedError, LabelError, MissingDependencyError
            For an estimator without logits or probabilities, for labels that it does not know, and without matplotlib.
        """
        codes, given, classes = answers(estimator, X, y)
        predicted: dict[str, Any] = {"classes": classes, **given, **options}
        return cls.from_predictions(codes, **predicted, ax=ax, name=name or type(estimator).__name__)

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
        **options: Any,
    ) -> Self:
        """Draw what any model said of rows it was not trained on.

        Parameters
        ----------
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes, from 0.
        logits, probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
            What the model said: exactly one of the two.
        classes : sequence of length n_classes, optional
            What the classes are called; their codes by default.
        interval : Interval, optional
            How intervals are made.
        ax : matplotlib axes, optional
            What to draw on; a figure of its own by default.
        name : str, optional
            What the model is called in the legend; without it there is none.
        **options
            ``of`` and ``sample_weight`` are those of `softargmax.assess`; the rest is for `plot`.

        Returns
        -------
        display
            With what was drawn as attributes.

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError, MissingDependencyError
            For arguments that do not fit, and without matplotlib.
        """
        measured = {key: options.pop(key) for key in ("of", "sample_weight") if key in options}
        found = assess(y, logits=logits, probabilities=probabilities, interval=interval, **measured)
        return cls.from_assessment(found, classes=classes, ax=ax, name=name, **options)

    @classmethod
    def from_assessment(
        cls,
        assessment: Assessment,
        *,
        classes: Sequence[Any] | None = None,
        ax: Any = None,
        name: str | None = None,
        **options: Any,
    ) -> Self:
        """Draw what was measured already, by `softargmax.assess` or a `Summary`.

        Parameters
        ----------
        assessment : Assessment
            What was measured.
        classes, ax, name
            As for `from_predictions`.
        **options
            For `plot`.

        Returns
        -------
        display
            With what was drawn as attributes.

        Raises
        ------
        ArgumentError, MissingDependencyError
            For an assessment that does not hold what is to be drawn, and without matplotlib.
        """
        n = assessment.n_classes
        names = tuple(map(str, range(n) if classes is None else np.asarray(classes).tolist()))
        if len(names) != n:
            raise ArgumentError(f"classes: expected the names of {n}, got {len(names)}", parameter="classes")
        return cls._of(assessment, names, name).plot(ax, **options)

    @classmethod
    @abstractmethod
    def _of(cls, assessment: Assessment, classes: tuple[str, ...], name: str | None) -> Self:
        """Take what is drawn out of an assessment."""

    @abstractmethod
    def plot(self, ax: Any = None, **options: Any) -> Self:
        """Draw."""


def held(assessment: Assessment, part: str) -> Any:
    """Give a part of an assessment, which older files do not hold.

    Raises
    ------
    ArgumentError
    """
    found = getattr(assessment, part)
    if found is None:
        raise ArgumentError(
            f"assessment: expected one that holds {part!r}, which this one does not; measure again",
            parameter="assessment",
        )
    return found


def answers(estimator: Any, X: Any, y: npt.ArrayLike) -> tuple[Array, dict[str, Array], Array]:
    """Give the codes of labels, what an estimator says of their rows, by name, and its classes in the order of codes.

    Raises
    ------
    UnsupportedError, LabelError, ShapeError
    """
    response = response_of(estimator, X)
    if response.classes is None:
        raise UnsupportedError(
            f"estimator: expected one target of exclusive classes, got several labels from {estimator!r}; draw each "
            "label by itself, with from_predictions",
            parameter="estimator",
        )
    labels = ClassLabels.of(response.classes)
    values = response.of_classes(labels.classes)
    return labels.codes(y), {"probabilities" if response.are_probabilities else "logits": values}, labels.classes
