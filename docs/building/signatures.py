"""Signatures as they stand in the source: ``ArrayLike``, and not the union of 200 characters that it is a name for.

When a function is imported its annotations are evaluated, and the names are gone. So they are read from the source.
"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from sphinx.application import Sphinx

# What modules write in front of names that readers know without it.
_PREFIXES = ("npt.", "np.", "numpy.")


@cache
def _definition(function: Callable[..., Any]) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    first = tree.body[0]
    return first if isinstance(first, ast.FunctionDef) else None


def _short(annotation: ast.expr | None) -> str:
    words = "" if annotation is None else ast.unparse(annotation).strip("'\"")
    for prefix in _PREFIXES:
        words = words.replace(prefix, "")
    return words.replace("floating[Any]", "floating")


def written(function: Callable[..., Any], bound: bool) -> tuple[str, str | None] | None:
    """Give the parameters and the result of a function, as they are written; None where there is no source.

    Parameters
    ----------
    function : callable
    bound : bool
        Whether its first parameter, as ``self``, is given by the way it is called.
    """
    definition = _definition(inspect.unwrap(function))
    if definition is None:
        return None
    arguments = copy.deepcopy(definition.args)
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    for argument in filter(None, every):
        argument.annotation = ast.Name(_short(argument.annotation)) if argument.annotation else None
    if bound:
        (arguments.posonlyargs or arguments.args).pop(0)
    result = _short(definition.returns) if definition.returns else None
    return f"({ast.unparse(arguments)})", result


def _from_source(
    app: Sphinx, kind: str, name: str, thing: Any, options: Any, signature: str | None, result: str | None
) -> tuple[str, str | None] | None:
    if kind == "class":
        made = vars(thing).get("__init__")
        if "__dataclass_fields__" in vars(thing) or made is None:
            return ("", None) if "__dataclass_fields__" in vars(thing) else None
        found = written(made, bound=True)
        return None if found is None else (found[0], None)
    if kind in ("function", "method"):
        bound = kind == "method" and not isinstance(inspect.getattr_static(_owner(name), thing.__name__), staticmethod)
        return written(getattr(thing, "__func__", thing), bound)
    return None


def _owner(name: str) -> Any:
    module, _, rest = name.partition(".")
    thing = __import__(module)
    for part in rest.split(".")[:-1]:
        thing = getattr(thing, part)
    return thing


def _left_out(app: Sphinx, kind: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    # scikit-learn gives estimators methods that say which metadata they want, of which its own documentation speaks.
    return True if name.startswith("set_") and name.endswith("_request") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Let autodoc ask here for the signature of everything."""
    app.connect("autodoc-skip-member", _left_out)
    app.connect("autodoc-process-signature", _from_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
