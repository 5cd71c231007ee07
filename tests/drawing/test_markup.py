"""Text from elsewhere stays text."""

import xml.etree.ElementTree as ET

import pytest

from softargmax._drawing.markup import Markup, clipped, element, foreign, joined

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
