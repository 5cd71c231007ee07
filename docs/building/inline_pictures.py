"""The directive that puts a picture into a page, in the page's language and colours."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from building.pictures import drawn


class InlinePicture(SphinxDirective):
    """``{picture} name``: what ``pictures/name.py`` draws."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Give the picture."""
        language = "zh" if self.env.docname.startswith("zh/") else "en"
        svg = drawn(self.arguments[0], language)
        return [nodes.raw("", f'<div class="picture" tabindex="0">{svg}</div>', format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("picture", InlinePicture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
