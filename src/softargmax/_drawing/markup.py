"""Elements of HTML and SVG. Whatever text comes from elsewhere can neither be markup nor turn a page round."""

import html
import re
from typing import Any

# Control characters, lone surrogates, and the marks that turn the direction of what follows; joiners are spelling.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# These end without a closing tag if they are empty, in SVG; in HTML an empty element of these is written out.
_WRITTEN_OUT = {"td", "th", "div", "span", "dd", "dt", "p", "text", "title", "desc"}


class Markup(str):
    """Text that is markup already, and is not escaped again."""

    __slots__ = ()


def element(name: str, *inside: Any, **attributes: Any) -> Markup:
    """Give an element: ``cls`` is its class, an underscore in a name a hyphen, and what is None is left out."""
    pairs = "".join(
        f' {_attribute(key)}="{escaped(str(value))}"' for key, value in attributes.items() if value is not None
    )
    body = "".join(escaped(str(part)) if not isinstance(part, Markup) else part for part in inside if part is not None)
    if body or name in _WRITTEN_OUT:
        return Markup(f"<{name}{pairs}>{body}</{name}>")
    return Markup(f"<{name}{pairs}/>")


def joined(*parts: str) -> Markup:
    """Put pieces one after the other; those that are not markup are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escaped(part) for part in parts))


def escaped(text: str) -> str:
    """Make text harmless between and within tags."""
    return html.escape(_HARMFUL.sub("\ufffd", text))


def clipped(text: object, most: int = 60) -> str:
    """Cut a text from elsewhere to what anybody reads; none at all is said so."""
    whole = _HARMFUL.sub("\ufffd", str(text)).strip()
    return (whole if len(whole) <= most else whole[: most - 1] + "…") or "(no name)"


def foreign(text: object, most: int = 60) -> Markup:
    """Set a text from elsewhere: cut, harmless, and with a direction of writing of its own."""
    return element("bdi", clipped(text, most))


def _attribute(key: str) -> str:
    return "class" if key == "cls" else key.rstrip("_").replace("_", "-") if key not in _KEPT else _KEPT[key]


# Names of SVG that have capitals are written as they are.
_KEPT = {"view_box": "viewBox", "preserve_aspect_ratio": "preserveAspectRatio"}
