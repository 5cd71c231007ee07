"""The examples of pages that teach are run while Sphinx reads them; an answer that differs is a warning."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from building.cells import differences, with_shared_cells

RUN = ("index", "learn/", "do/", "zh/index")


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = with_shared_cells(source[0], Path(app.srcdir, page.removeprefix("zh/") + ".md"))
    if page.startswith(RUN):
        for line, words in differences(source[0]):
            logging.getLogger(__name__).warning(words, location=(page, line))


def setup(app: Sphinx) -> dict[str, bool]:
    """Run the examples of a page when it is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
