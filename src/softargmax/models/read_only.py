"""What a fit shows of what it learned, and nobody else may write: predictions do not come from it."""

from typing import Any

from softargmax.exceptions import UnsupportedError


class ReadOnly:
    """An attribute that only a fit writes: predictions do not come from it, and a change would be vain."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, estimator: Any, owner: type | None = None) -> Any:
        if estimator is None:
            return self
        try:
            return vars(estimator)[self._name]
        except KeyError:
            name = type(estimator).__name__
            raise AttributeError(f"{name!r} object has no attribute {self._name!r}", name=self._name) from None

    def __set__(self, estimator: Any, value: Any) -> None:
        raise UnsupportedError(
            f"{self._name}: it shows what fit learned and is read-only, since predictions do not come from it",
            parameter=self._name,
        )


def keep(estimator: Any, **learned: Any) -> None:
    """Write what a fit learned, also what is `ReadOnly`; arrays of coefficients cannot be written to any more."""
    vars(estimator).update(learned)
    lock(estimator)


def lock(estimator: Any) -> None:
    """Make the arrays read-only that a fit shows and predictions do not come from."""
    for name in ("coef_", "intercept_"):
        if name in vars(estimator):
            vars(estimator)[name].flags.writeable = False
