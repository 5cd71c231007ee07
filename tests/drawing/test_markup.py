"""Text from elsewhere stays text."""

import sys
import unicodedata
import xml.etree.ElementTree as ET

import pytest

from softargmax._drawing.markup import Markup, clipped, element, escaped, fitted, foreign, joined

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img onerror=x>',
    "a & b",
    "\x1b[31mred",
    "\u202egnp.exe",
    "x" * 10_000,
    "",
    "\ud800",
    "\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_text_is_neither_markup_nor_a_command(text):
    whole = element("p", foreign(text), text, title=text)
    root = ET.fromstring(whole.encode("utf-8"))
    assert [child.tag for child in root] == ["bdi"]
    shown = "".join(root.itertext()) + root.attrib["title"]
    assert all(letter.isprintable() or letter == "\ufffd" for letter in shown)
    assert not set(shown) & set("\u202e\u2066\u2067")


def test_what_moves_or_hides_text_is_shown_and_what_is_spelling_stays():
    spelling = [*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x180E, 0x200C, 0x200D]
    spelling += [0x110BD, 0x110CD, *range(0x13430, 0x13440)]
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        moves = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        none = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
        if moves or none or not unicodedata.category(letter).startswith("C"):
            harmless = letter == "\ufffd" or not ((moves or none) and code not in spelling)
            assert (escaped(letter) != "\ufffd" or letter == "\ufffd") == harmless, f"U+{code:04X}"


def test_a_name_takes_the_room_that_a_picture_has():
    assert fitted("Norsk (bokmål)", 14.25) == "Norsk (bokmål)"
    assert fitted("Norsk (bokmål)", 10) == "Norsk (b…"
    assert fitted("日本語の長い名前", 10) == "日本語の…"
    assert fitted("e\u0301" * 10, 10) == "e\u0301" * 10
    assert fitted("", 10) == "(no name)"


def test_a_long_name_is_cut_and_none_is_said():
    assert clipped("x" * 10_000) == "x" * 59 + "…"
    assert clipped(" ") == "(no name)"
    assert clipped("زبان") == "زبان"


def test_what_is_markup_stays_and_what_is_none_is_left_out():
    inner = element("b", "1 < 2")
    assert element("p", inner, None, cls="x", id=None) == '<p class="x"><b>1 &lt; 2</b></p>'
    assert isinstance(joined("<", inner), Markup)
    assert joined("<", inner) == "&lt;<b>1 &lt; 2</b>"
    assert element("td") == "<td></td>"
    assert element("line", x1=1, fill_opacity=".5") == '<line x1="1" fill-opacity=".5"/>'
