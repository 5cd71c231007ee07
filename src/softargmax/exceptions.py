"""Everything softargmax raises on purpose.

::

    SoftargmaxError
    ├── ArgumentError (ValueError)        what a function was given does not fit
    │   ├── ShapeError                    ... an array of the wrong shape
    │   ├── AxisError                     ... an axis the array does not have (also NumPy's)
    │   ├── TargetError                   ... a code outside 0 ... n_classes-1, an invalid probability
    │   ├── LabelError                    ... a label that is missing, mixed or was not seen at fit
    │   └── RenamedError (TypeError)      ... a keyword of an earlier version; says the new one
    ├── DTypeError (TypeError)            an array of a kind of number there is no meaning for
    ├── DivergenceError (ArithmeticError) a fit left the finite numbers
    ├── NotFittedError (ValueError, AttributeError)
    ├── MissingDependencyError (ImportError)
    ├── UnsupportedError (TypeError)      a model that has no logits, or no exact form in the format asked for
    ├── EngineError (RuntimeError)        one part of the rows failed; says which
    └── FileError                         a file is at fault, not the program
        ├── LimitError                    ... it asks for more memory or time than the limits allow
        ├── TableError                    ... a table cannot be read or does not fit the model
        └── ArtifactError                 ... a model file cannot be read or written

    SoftargmaxWarning (UserWarning)
    ├── ConvergenceWarning                a fit stopped before its optimum
    │   └── SeparationWarning             ... which is infinitely far away
    ├── CalibrationWarning                the data cannot determine a calibration; what was done instead
    ├── ProbabilityWarning                what is called logits looks like probabilities
    └── DriftWarning                      rows of a table are unlike those that a model was fitted to

Each message says what was expected, what came, and what to do. Where one argument is at fault, the error's
``parameter`` is its name, so that a program can point at the field of a form, or the command line at a flag.
"""

import sys

import numpy as np


class SoftargmaxError(Exception):
    """Base of every error softargmax raises on purpose.

    Attributes
    ----------
    parameter : str or None
        The name of the argument at fault, where there is one.
    """

    def __init__(self, *args: object, parameter: str | None = None) -> None:
        super().__init__(*args)
        self.parameter = parameter

    def __reduce__(self) -> tuple[object, ...]:
        """Make it anew from its words elsewhere: Dask sends attributes only, without what NumPy's errors keep."""
        return type(self), self.args, self.__dict__


class ArgumentError(SoftargmaxError, ValueError):
    """An argument is outside what the function is defined for."""


class ShapeError(ArgumentError):
    """An array does not have the shape the others ask for."""


class AxisError(ArgumentError, np.exceptions.AxisError):
    """An axis is out of range or named twice."""


class TargetError(ArgumentError):
    """A target is not a class code or not a probability."""


class LabelError(ArgumentError):
    """A class label is missing, of another type than its neighbours, or unknown."""


class RenamedError(ArgumentError, TypeError):
    """A function was called as in an earlier version; the message says how it is called now.

    Also a ``TypeError``, as what Python raises for an unknown keyword: programs that serve two versions of a library
    try one word and catch that.
    """


class DTypeError(SoftargmaxError, TypeError):
    """An array holds a kind of value the function has no meaning for."""


class DivergenceError(SoftargmaxError, ArithmeticError):
    """Training left the finite numbers."""


class NotFittedError(SoftargmaxError, ValueError, AttributeError):
    """Something was asked of an estimator before ``fit``."""


class MissingDependencyError(SoftargmaxError, ImportError):
    """An optional dependency is not installed."""


class UnsupportedError(SoftargmaxError, TypeError):
    """A model or object has no form of the kind that was asked for, and none is invented."""


class EngineError(SoftargmaxError, RuntimeError):
    """Work on one part of the rows failed.

    Attributes
    ----------
    part : int or None
        The number of that part, from 0.
    """

    def __init__(self, *args: object, part: int | None = None, parameter: str | None = None) -> None:
        super().__init__(*args, parameter=parameter)
        self.part = part


class FileError(SoftargmaxError):
    """A file cannot be used as it is."""


class LimitError(FileError):
    """A file asks for more memory or time than the limits allow."""


class TableError(FileError):
    """A table cannot be read, or does not fit the model."""


class ArtifactError(FileError):
    """A model file is damaged, foreign, too new, or cannot be written."""


class SoftargmaxWarning(UserWarning):
    """Base of every warning softargmax gives."""


class ConvergenceWarning(SoftargmaxWarning):
    """A fit ended before it reached its optimum."""


class SeparationWarning(ConvergenceWarning):
    """Classes can be told apart without error, so that without a penalty the best coefficients are infinite."""


class CalibrationWarning(SoftargmaxWarning):
    """The calibration data does not determine the calibration."""


class ProbabilityWarning(SoftargmaxWarning):
    """What is called logits looks like probabilities; it is taken for what it is called."""


class DriftWarning(SoftargmaxWarning):
    """Rows of a table are unlike those that the model was fitted to, in a way that chance does not explain.

    Attributes
    ----------
    report : softargmax.tables.drift_notes.DriftReport or None
        What was counted in which column.
    """

    def __init__(self, *args: object, report: object = None) -> None:
        super().__init__(*args)
        self.report = report


def outside() -> int:
    """Give the level of the first caller that is none of this package's, where a warning is shown."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "softargmax":
        level, frame = level + 1, frame.f_back
    return level
