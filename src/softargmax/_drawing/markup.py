"""Elements of HTML and SVG. Whatever text comes from elsewhere can neither be markup nor turn a page round."""

import html
import re
import unicodedata
from typing import Any

# What moves or hides text, or hides in it: Unicode's control and format characters, ends of lines and paragraphs, lone
# surrogates and what is no character. Those that are spelling stay: joiners, the Mongolian vowel separator, the Arabic
# and Kaithi signs around numbers, and what arranges Egyptian hieroglyphs.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
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


def fitted(text: object, room: float) -> str:
    """Cut a text from elsewhere where a picture has room for so many ordinary letters; Chinese ones are twice as wide.

    >>> fitted("Norsk (bokmål)", 10), fitted("日本語の長い名前", 10)
    ('Norsk (b…', '日本語の…')
    """
    whole, width = clipped(text), 0.0
    for i, letter in enumerate(whole):
        width += _width(letter)
        if width > room:
            kept = i
            while kept and sum(map(_width, whole[:kept])) > room - 1.0:
                kept -= 1
            return whole[:kept].rstrip() + "…"
    return whole


def _width(letter: str) -> float:
    """Give about how wide a letter is, in ordinary ones."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    return 2.0 if unicodedata.east_asian_width(letter) in "WF" else 1.25 if letter.isupper() else 1.0


def foreign(text: object, most: int = 60) -> Markup:
    """Set a text from elsewhere: cut, harmless, and with a direction of writing of its own."""
    return element("bdi", clipped(text, most))


def _attribute(key: str) -> str:
    return "class" if key == "cls" else key.rstrip("_").replace("_", "-") if key not in _KEPT else _KEPT[key]


# Names of SVG that have capitals are written as they are.
_KEPT = {"view_box": "viewBox", "preserve_aspect_ratio": "preserveAspectRatio"}
