"""Words that changed: an old one raises an error that names the new one; and words that may change still.

Three states of a public name, with one helper for each step:

`provisional`
    It may change in any release, without a deprecation before. New names start so, in their submodule. A name leaves
    this state when it has stood unchanged in two releases and a user has asked for it; only then may the root have it.
`deprecated`
    It works as before and warns, and names what to write instead and the release in which it goes: two later at least.
`renamed`, `gone_names`, `gone_attributes`
    It does not work any more. The old word is remembered in order to name the new one, nothing else.

The table of a package's old names stands in its ``__init__.py``, that of a function's keywords above the function.
"""

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from softargmax.exceptions import RenamedError

Anything = TypeVar("Anything", bound=Callable[..., Any])


def renamed(call: str | None = None, /, **words: str) -> Callable[[Anything], Anything]:
    """Let a function or class refuse keywords it had before, and name what to write now.

    Objects of a class name it too when they are asked for an attribute of the old name.

    A wrapper checks the keywords, a fifth of a microsecond per call, so functions whose words did not change go
    without. The signature stays visible to `inspect`, scikit-learn and type checkers.

    Parameters
    ----------
    call : str, optional
        How it is called now; for functions that took more positional arguments before.
    **words : str
        For every old keyword, the new one; or a few words, where it is not the same thing under another name.

    Examples
    --------
    >>> @renamed(seed="random_state", alpha="confidence=, which is 1 - alpha")
    ... def decide(*, confidence=0.9, random_state=0):
    ...     return confidence
    >>> decide(alpha=0.1)
    Traceback (most recent call last):
    softargmax.exceptions.RenamedError: decide: alpha= is now confidence=, which is 1 - alpha
    """

    def wrap(thing: Anything) -> Anything:
        if isinstance(thing, type):
            # Not a wrapper around the class: that would be no class.
            thing.__init__ = _refusing(thing.__init__, call, words)  # type: ignore[misc]
            if not hasattr(thing, "__getattr__"):  # what a constructor takes, its objects have as an attribute
                thing.__getattr__ = gone_attributes()  # type: ignore[attr-defined]
            return thing
        return _refusing(thing, call, words)  # type: ignore[return-value]

    return wrap


def _refusing(function: Callable[..., Any], call: str | None, words: dict[str, str]) -> Callable[..., Any]:
    most = function.__code__.co_argcount  # positional ones, `self` too
    shown = function.__qualname__.removesuffix(".__init__")

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not words.keys().isdisjoint(kwargs):
            refuse_renamed(wrapper, kwargs)
        if call is not None and len(args) > most:
            raise RenamedError(f"{shown}: expected {call}, got {len(args)} positional arguments")
        return function(*args, **kwargs)

    wrapper.__renamed__ = words  # type: ignore[attr-defined]
    return wrapper


def refuse_renamed(function: Callable[..., Any], keywords: Iterable[str]) -> None:
    """Refuse keywords that a function with `renamed` had before; for code that hands keywords on, as ``set_params``.

    Raises
    ------
    RenamedError
        Naming the new word of the first old one.
    """
    words: dict[str, str] = getattr(function, "__renamed__", {})
    for old in keywords:
        if old in words:
            new = f"{words[old]}=" if words[old].isidentifier() else words[old]
            shown = function.__qualname__.removesuffix(".__init__")
            raise RenamedError(f"{shown}: {old}= is now {new}", parameter=old)


def gone_names(package: str, gone: dict[str, str]) -> Callable[[str], NoReturn]:
    """Make ``__getattr__`` for a package that had other names before.

    Where all names of the package are plain imports, hide it from type checkers, which would believe in any name::

        if not TYPE_CHECKING:
            __getattr__ = gone_names(__name__, {"Bootstrap": "Interval(confidence, n_resamples, random_state)"})

    Parameters
    ----------
    package : str
        Its ``__name__``.
    gone : dict
        For every old name, what to write now.
    """

    def __getattr__(name: str) -> NoReturn:  # noqa: N807
        if name not in gone:
            # With `name` and `obj` the interpreter suggests a name that is near.
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules.get(package)
            )
        message = f"{package}.{name} is now {gone[name]}"
        # "from package import name" asks hasattr first and would hide what an AttributeError says.
        asking = sys._getframe(1)
        if asking.f_code.co_name == "__getattr__" and asking.f_back is not None:
            asking = asking.f_back  # that of `_lazy.attach`, which asks here
        if asking.f_code.co_name == "_handle_fromlist":
            raise ImportError(message, name=package)
        raise AttributeError(message)

    return __getattr__


def gone_attributes(**gone: str) -> Callable[[Any, str], Any]:
    """Make ``__getattr__`` for a class whose objects had other attributes or methods before.

    It is asked only for what an object does not have, and stands in no list of its attributes. As in `gone_names`,
    hide it from type checkers. For every old name, say what to write now; what `renamed` says of the constructor's
    keywords holds for the attributes that keep them, and need not be said again.

    Examples
    --------
    >>> class Curve:
    ...     __getattr__ = gone_attributes(level="confidence")
    >>> Curve().level
    Traceback (most recent call last):
    AttributeError: Curve.level is now confidence
    """

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        words = getattr(type(self).__init__, "__renamed__", {}) | gone
        if name in words:
            raise AttributeError(f"{type(self).__name__}.{name} is now {words[name]}")
        # Python's own error; or what a property said that raised an AttributeError, NotFittedError say, and led here.
        return object.__getattribute__(self, name)

    return __getattr__


def provisional(thing: Anything) -> Anything:
    """Mark a function or class as one that may change in any release; help() says so.

    Examples
    --------
    >>> @provisional
    ... def fresh():
    ...     "Say hello."
    >>> print(fresh.__doc__)
    Say hello.
    <BLANKLINE>
    Provisional: this may change in any release, without a deprecation before.
    """
    summary, *rest = inspect.cleandoc(thing.__doc__ or "").split("\n\n", 1)
    note = "Provisional: this may change in any release, without a deprecation before."
    thing.__doc__ = "\n\n".join([summary, note, *rest])
    thing.__provisional__ = True  # type: ignore[attr-defined]
    return thing


def is_provisional(thing: object) -> bool:
    """Tell whether `provisional` marked it; what a subclass inherits does not count."""
    return "__provisional__" in getattr(thing, "__dict__", {})


def deprecated(instead: str, *, gone_in: str) -> Callable[[Anything], Anything]:
    """Let a function go on working, and warn whoever calls it.

    Parameters
    ----------
    instead : str
        What to write now.
    gone_in : str
        The release in which it goes.
    """

    def wrap(function: Anything) -> Anything:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            warn_deprecated(function.__qualname__, instead, gone_in=gone_in)
            return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]

    return wrap


def warn_deprecated(what: str, instead: str, *, gone_in: str) -> None:
    """Warn that a name or keyword will go; the line that is blamed is that which called the caller.

    ``DeprecationWarning`` is shown where tests run and in scripts, not to the users of a program built on softargmax.
    """
    warnings.warn(f"{what} goes in softargmax {gone_in}; use {instead}", DeprecationWarning, stacklevel=3)
