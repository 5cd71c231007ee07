"""Formulas as MathML, which every browser sets by itself: a page needs no script, no fonts and no network for them.

docutils turns LaTeX into MathML; Sphinx only does not ask it to.
"""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator


def _spelled(formula: str) -> str:
    # What docutils does not know: a size for a sign that is no bracket, and dots that find their height themselves.
    return re.sub(r"\\Big(?![a-z])", "", formula.strip()).replace(r"\dots", r"\ldots")


def _formula(node: nodes.math | nodes.math_block) -> str:
    return tex2mathml(_spelled(node.astext()), as_block=isinstance(node, nodes.math_block))


def inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    writer.body.append(_formula(node))
    raise nodes.SkipNode


def display(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own; one that is too wide for a screen is scrolled, not the page."""
    writer.body.append(writer.starttag(node, "div", CLASS="math formula"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})</span>')
    writer.body.append(_formula(node))
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the two ways to write a formula."""
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
