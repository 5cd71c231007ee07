"""What a page is built of: figures with their findings and notes, tables, sections."""

import re
from collections.abc import Sequence
from typing import Any

from softargmax._drawing.markup import Markup, element, joined

_NUMBER = re.compile(r"[−.\d][−.,\d ()to]*( %)?")


def figure(
    key: str, finding: Markup, shown: str, drawn: Markup, note: Sequence[tuple[str, Any]], numbers: Markup | None = None
) -> Markup:
    """Give what a picture says here, what it shows, the picture, how to read it, and the same numbers in a table."""
    more = None if numbers is None else element("details", element("summary", "The same numbers as a table"), numbers)
    caption = element("figcaption", element("strong", finding), element("span", shown) if shown else None)
    notes = [element("p", element("b", head), " ", words) for head, words in note if words]
    return element(
        "figure", caption, element("div", drawn, more, cls="drawn"), element("div", *notes, cls="note"), id=key
    )


def heading(name: str, words: str = "") -> Markup:
    """Head a panel of a figure."""
    return element("p", element("b", name), " ", element("span", words), cls="head")


def table(head: Sequence[Any], rows: Sequence[Sequence[Any]], caption: str, cls: str | None = None) -> Markup:
    """Set rows of cells: the first is what a row is about; columns of numbers stand at the right."""
    plain = [[cell for cell in column if not isinstance(cell, Markup)] for column in zip(*rows, strict=True)]
    right = [i > 0 and any(_NUMBER.fullmatch(str(cell)) for cell in cells) for i, cells in enumerate(plain)]
    right = right or [False] * len(head)
    top = [
        element("th" if cell else "td", cell, scope="col" if cell else None, cls="r" if end else None)
        for cell, end in zip(head, right, strict=True)
    ]
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, cls="r" if end else None) for cell, end in zip(row[1:], right[1:], strict=True)),
        )
        for row in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *top)),
        element("tbody", *body),
        cls=cls,
    )
    return element("div", whole, cls="scroll", tabindex="0", role="region", aria_label=caption)


def section(key: str, heading: str, *inside: Markup) -> Markup:
    """Give a part of the page that a link leads to."""
    return element("section", element("h2", heading, id=f"h-{key}"), *inside, id=key, aria_labelledby=f"h-{key}")


def facts(rows: Sequence[tuple[str, Any, Any]], cls: str = "facts") -> Markup:
    """Set a few figures, each with what it should be."""
    lines = [element("div", element("dt", a), element("dd", b), element("dd", c)) for a, b, c in rows]
    return element("dl", *lines, cls=cls)


def paragraph(*words: str) -> Markup:
    """Give a paragraph."""
    return element("p", joined(*words))
