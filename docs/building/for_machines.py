"""What programs read of the site: ``llms.txt``, all pages in one text, and a map of the pages.

``llms.txt`` lists every page with its title and first sentence, as https://llmstxt.org proposes; ``llms-full.txt``
holds the pages that people wrote, in Markdown, one after another. ``sitemap.xml`` needs the address at which the site
will be: the environment variable ``DOCS_URL`` says it, and without it none is written.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx

from building.cells import with_shared_cells

ROOMS = {"learn": "Learn", "do": "Do", "understand": "Understand", "": "Understand", "api": "API", "zh": "中文"}


def first_sentence(tree: nodes.document) -> str:
    """Give the first sentence of a page."""
    for paragraph in tree.findall(nodes.paragraph):
        words = " ".join(paragraph.astext().split())
        if words:
            return re.split(r"(?<=[.?!]) |(?<=[。？！])", words, maxsplit=1)[0]  # Chinese ones end without a space
    return ""


def _lines(app: Sphinx) -> Iterator[str]:
    yield f"# {app.config.project}\n"
    yield "> Everything between a classifier's logits and a decision you can trust.\n"
    room = None
    pages = sorted(app.env.found_docs, key=lambda page: (list(ROOMS).index(_room(page)), page))
    for page in pages:
        if ROOMS[_room(page)] != room:
            room = ROOMS[_room(page)]
            yield f"\n## {room}\n"
        title = app.env.titles[page].astext()
        yield f"- [{title}]({page}.html): {first_sentence(app.env.get_doctree(page))}"


def _room(page: str) -> str:
    first, slash, _ = page.partition("/")
    return first if slash else ""


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    (out / "llms.txt").write_text("\n".join(_lines(app)) + "\n", encoding="utf-8")
    written = sorted(page for page in app.env.found_docs if not page.startswith("api/generated/"))
    texts = []
    for page in written:
        file = Path(app.env.doc2path(page))
        english = Path(app.srcdir, page.removeprefix("zh/") + ".md")
        texts.append(f"<!-- {page}.html -->\n\n{with_shared_cells(file.read_text(encoding='utf-8'), english)}")
    (out / "llms-full.txt").write_text("\n\n".join(texts), encoding="utf-8")
    address = app.config.html_baseurl.rstrip("/")
    if address:
        places = "".join(
            f"<url><loc>{escape(f'{address}/{page}.html')}</loc></url>" for page in sorted(app.env.found_docs)
        )
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (out / "sitemap.xml").write_text(f"{head}{places}</urlset>\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the files when all pages are."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
