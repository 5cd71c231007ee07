"""What the documentation shows in a browser is whole, and asks no other machine for anything."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = sorted(DOCS.rglob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
pictures = pytest.mark.parametrize("picture", PICTURES, ids=lambda file: file.name)


def test_there_are_pictures():
    assert PICTURES


@pictures
def test_a_picture_is_well_formed_and_scales(picture):
    root = ET.parse(picture).getroot()
    assert root.tag == f"{SVG}svg"
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    assert (left, top) == (0.0, 0.0)
    assert width > 0.0
    assert height > 0.0


@pictures
def test_a_picture_runs_nothing_and_loads_nothing(picture):
    assert "<?xml-stylesheet" not in picture.read_text()  # which the parser leaves out
    for element in ET.parse(picture).iter():
        name = element.tag.removeprefix(SVG)
        assert name not in ("script", "foreignObject", "iframe"), name
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on"), f"{name} {attribute}"
            if attribute.endswith(("href", "src")):
                assert value.startswith(("#", "data:")), f"{name} loads {value}"
        for text in [element.text or "", *element.attrib.values()]:
            assert "@import" not in text
            assert not re.findall(r"url\(\s*['\"]?(?!#|data:|['\"])", text), text


@pictures
def test_what_a_picture_refers_to_is_in_it(picture):
    root = ET.parse(picture).getroot()
    known = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    text = picture.read_text()
    asked = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert asked <= known
