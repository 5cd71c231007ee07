"""The parameters of what is fitted: read, set, shown and copied in scikit-learn's way, without scikit-learn."""

import inspect
from typing import Any, Self

from softargmax._renamed import refuse_renamed
from softargmax._words import did_you_mean
from softargmax.exceptions import ArgumentError, NotFittedError


class Parameters:
    """Give a class scikit-learn's protocol for its constructor's parameters.

    The constructor keeps every parameter under its own name, unchanged; what they mean is checked at `fit`.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's parameters (scikit-learn's protocol)."""
        return {name: getattr(self, name) for name in _signature(self)}

    def set_params(self, **params: Any) -> Self:
        """Set some of the constructor's parameters, all or none (scikit-learn's protocol).

        Raises
        ------
        ArgumentError
            For a name that the constructor does not know.
        """
        known = _signature(self)
        refuse_renamed(type(self).__init__, params)
        for name in params:
            if name not in known:
                raise ArgumentError(
                    f"{type(self).__name__} has no parameter {name!r}; "
                    f"its parameters are {', '.join(known) or 'none'}{did_you_mean(name, known)}",
                    parameter=name,
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def clone(self) -> Self:
        """Give an unfitted copy with the same parameters."""
        return type(self)(**self.get_params(deep=False))

    def __repr__(self) -> str:
        """Show the parameters that differ from their defaults."""
        parameters = _signature(self)
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if repr(value) != repr(parameters[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def require_fitted(fitted: object, attribute: str, call: str = "fit(logits, y)") -> None:
    """Refuse to use something before it has the attribute that only fitting gives it."""
    if not hasattr(fitted, attribute):
        raise NotFittedError(f"this {type(fitted).__name__} is not fitted yet; call {call} first")


def _signature(owner: object) -> dict[str, inspect.Parameter]:
    """Give the constructor's parameters by name; `object` itself has none, whatever its signature says."""
    constructor = type(owner).__init__
    if constructor is object.__init__:
        return {}
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    return {each.name: each for each in parameters if each.kind not in kinds}
