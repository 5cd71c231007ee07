"""How the documentation site is built; ``make docs`` does it, and ``building/`` says what is added to Sphinx."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
os.environ["KERAS_BACKEND"] = "torch"

import softargmax  # noqa: E402

project = "softargmax"
author = "the softargmax developers"
copyright = f"2026, {author}"
release = version = softargmax.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "building.commands",
    "building.examples",
    "building.for_machines",
    "building.inline_pictures",
    "building.mathml",
    "building.stand_ins",
    "building.signatures",
]
exclude_patterns = ["building"]
templates_path = ["building/templates"]

# Pages
myst_enable_extensions = ["attrs_block", "colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # pages of benchmarks are written by programs, which skip a level

# The library. What is too large to be installed for it is not needed to read its docstrings.
default_role = "py:obj"
autodoc_mock_imports = ["torch", "keras", "jax", "dask", "distributed"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autosummary_generate = True
autosummary_ignore_module_all = False
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
maximum_signature_line_length = 88
add_module_names = False
python_use_unqualified_type_names = True

# Looks
html_theme = "furo"
html_title = "softargmax"
html_static_path = ["building/static"]
html_extra_path = ["building/root"]
html_baseurl = os.environ.get("DOCS_URL", "")  # where the site will be, if anybody knows
# The playground is a page of its own, where `make playground` has built it.
PLAYGROUND = HERE.parent / "build" / "playground.html"
if PLAYGROUND.exists():
    tags.add("playground")  # noqa: F821 # Sphinx gives it
    html_extra_path.append(str(PLAYGROUND))
html_css_files = ["softargmax.css"]
html_js_files = [("copy.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0067a8", "color-brand-content": "#0067a8"},
    "dark_css_variables": {"color-brand-primary": "#6cb8f0", "color-brand-content": "#6cb8f0"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
