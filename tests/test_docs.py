"""What the documentation site names is what there is."""

import re
import sys
from pathlib import Path

import pytest
from building import cells

import softargmax as sm

DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = Path(sm.__file__).parent
# Rooms with names of their own: those of the command line and of tables are not called from programs. What the rooms of
# other libraries name is read from their stubs, for the libraries need not be there.
ROOMS = {stub.parent.name for stub in PACKAGE.glob("*/__init__.pyi")} | {"metrics", "report"}
ELSEWHERE = {"dask", "jax", "keras", "torch"}  # the same words there are other functions


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
    probabilities = {f"probabilities.{name}" for name in sm.probabilities.__all__ if name not in root}
    inside = {
        f"{room}.{name}" for room in sorted(ROOMS) for name in named(room) if room in ELSEWHERE or name not in root
    }
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


def test_every_page_of_measurements_has_its_place():
    listed = re.findall(r"^\.\./([\w-]+)$", (DOCS / "understand" / "index.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "index")


LEARN = sorted((DOCS / "learn").glob("*.md"))


@pytest.mark.parametrize("page", LEARN, ids=lambda page: page.stem)
def test_what_the_tutorial_prints_is_what_happens(page):
    assert cells.differences(page.read_text(encoding="utf-8")) == []


def test_an_example_that_prints_something_else_is_found():
    ((line, words),) = cells.differences("# A page\n\n```python\n>>> x = 1\n>>> x + 1\n3\n```\n")
    assert line == 5
    assert "Got:\n    2" in words


def test_a_command_that_prints_something_else_is_found():
    ((line, words),) = cells.differences("```console\n$ echo yes\nyes\n$ echo no\nyes\n```\n")
    assert line == 4
    assert "got:\nno" in words


def test_a_term_that_a_page_links_is_in_the_glossary():
    known = re.findall(r"^(\w[^\n]*)\n    ", (DOCS / "understand" / "glossary.md").read_text(encoding="utf-8"), re.M)
    terms = {term for line in known for term in line.split(", ")}
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    asked = {named or shown for shown, named in re.findall(r"\{term\}`([^`<]+?)(?: <([^>]+)>)?`", pages)}
    assert len(asked) > 10
    assert asked <= terms


CHINESE = sorted((DOCS / "zh" / "learn").glob("*.md"))


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.stem)
def test_a_chinese_page_shows_every_example_and_picture_of_the_english_one(page):
    english, text = DOCS / "learn" / page.name, page.read_text(encoding="utf-8")
    shown = cells.blocks(cells.with_shared_cells(text, english))
    assert [block.text for block in shown] == [
        block.text for block in cells.blocks(english.read_text(encoding="utf-8"))
    ]
    pictures = re.compile(r"^```\{picture\} (\w+)$", re.M)
    assert pictures.findall(text) == pictures.findall(english.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [DOCS / "zh" / "index.md", *CHINESE], ids=lambda page: page.stem)
def test_chinese_is_written_with_its_own_marks_and_spaces(page):
    text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\]\([^)]*\)", "", page.read_text(encoding="utf-8"), flags=re.S)
    han = "[\u4e00-\u9fff]"
    assert re.findall(rf"{han}[,;:?!]{han}|{han}\.{han}", text) == []
    assert re.findall(rf"{han}[A-Za-z0-9]|[A-Za-z0-9]{han}", text) == []
    assert re.findall("[您阀]|登陆", text) == []
