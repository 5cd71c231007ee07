"""What the documentation site names is what there is."""

import re
import sys
from pathlib import Path

import pytest

import softargmax as sm

DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = Path(sm.__file__).parent
# Rooms with names of their own. What PyTorch's and Keras's rooms name is read from their stubs: neither need be there.
ROOMS = (
    "calibration",
    "decisions",
    "displays",
    "keras",
    "metrics",
    "models",
    "onnx",
    "pipeline",
    "report",
    "responses",
    "torch",
)


def listed():
    """Give every name in the lists of the API, without the package's."""
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    return re.findall(r"^   ~softargmax\.([\w.]+)$", pages, re.M)


def named(room):
    stub = PACKAGE / room / "__init__.pyi"
    if stub.exists():
        return re.findall(r"import (\w+) as \w+$", stub.read_text(encoding="utf-8"), re.M)
    return __import__(f"softargmax.{room}", fromlist=["__all__"]).__all__


def public():
    """Give every public name once: as it is called in the root, if it is there."""
    rooms = {name for name in sm.__all__ if type(getattr(sm, name)) is type(sys)}
    root = set(sm.__all__) - rooms
    elsewhere = {"torch", "keras"}  # the same words there are other functions
    probabilities = {f"probabilities.{name}" for name in sm.probabilities.__all__ if name not in root}
    inside = {f"{room}.{name}" for room in ROOMS for name in named(room) if room in elsewhere or name not in root}
    return root | probabilities | inside


def test_every_public_name_is_in_the_lists_of_the_api():
    assert sorted(public() - set(listed())) == []


def test_the_lists_of_the_api_name_only_what_is_public_and_each_once():
    assert sorted(listed()) == sorted(set(listed()) & public())


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_of_pages_lead_to_files(page):
    for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        target = page.parent / link
        assert target.exists() or link.endswith("command-line.md"), link  # which is written when the site is built
