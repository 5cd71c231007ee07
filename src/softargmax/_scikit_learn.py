"""What estimators raise and warn of: ours and scikit-learn's at once, so that either name catches it."""

from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

from softargmax import exceptions


class NotFittedError(exceptions.NotFittedError, SklearnNotFittedError):
    """softargmax's NotFittedError, also caught as scikit-learn's."""


class TableError(exceptions.TableError, ValueError):
    """softargmax's TableError, also caught as the ValueError that scikit-learn's tools wait for."""


class ConvergenceWarning(exceptions.ConvergenceWarning, SklearnConvergenceWarning):
    """softargmax's ConvergenceWarning, also filtered as scikit-learn's."""


class SeparationWarning(exceptions.SeparationWarning, ConvergenceWarning):
    """softargmax's SeparationWarning, also filtered as scikit-learn's ConvergenceWarning."""
