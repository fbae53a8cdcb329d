"""Settings of Sphinx; ``make -C docs html`` builds the documentation."""

import csv
import importlib
import os
import re
import sys
import textwrap
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import sklearn_ser

# Examples keep the cores busy by processes. Threads on top of these wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# For formulas and gallery_order.
sys.path.insert(0, str(Path(__file__).parent))

project = "sklearn_ser"
author = copyright = "the sklearn_ser developers"
release = version = sklearn_ser.__version__

extensions = [
    "formulas",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = f"sklearn_ser {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_favicon = "_static/logo.svg"
# The header shows the version. There is no menu of versions: it would need a fixed address, where
# all of them are.
html_theme_options = {
    "logo": {
        "text": "sklearn_ser",
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
    },
    "navbar_start": ["navbar-logo", "version"],
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}
autosummary_generate = True
# Docstrings give types along with shapes and units.
autodoc_typehints = "none"
numpydoc_show_class_members = False
# Lists of what is on a page have "fit()" rather than "SoftTargetEncoder.fit()".
toc_object_entries_show_parents = "hide"
myst_heading_anchors = 3
# Quotes and ellipses, but no dashes: "--n-seeds" is an option.
smartquotes_action = "qe"

# Names between backquotes are links. A broken link is an error, unless it is the name of a
# parameter or attribute, or belongs to another package.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [
    ("py:obj", r"_?[a-z][a-z_0-9]*"),
    ("py:.*", r"(sklearn|scipy|torch|np|numpy|pd)\..*"),
    ("py:obj", "UndefinedMetricWarning"),
]

# The examples take minutes to run; -D plot_gallery=0 skips them.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "abort_on_example_error": True,
    "within_subsection_order": "gallery_order.get_place",
    # The choice of the thumbnail is not shown.
    "remove_config_comments": True,
    # Of what a cell ends with, only pages are shown, such as the listening page.
    "capture_repr": ("_repr_html_",),
    "ignore_repr_types": r"sklearn|skorch|pandas|matplotlib",
    # Names in examples link to the reference, and the reference to the examples.
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_ser",),
    "reference_url": {"sklearn_ser": None},
    "show_memory": False,
    # Two examples at the same time; what they run in two processes otherwise, they run in one.
    "parallel": 2,
    # The table of times loads scripts from other hosts.
    "write_computation_times": False,
    "thumbnail_size": (640, 448),
    "show_signature": False,
}

# The reference lists what is public.
MODULES = re.findall(
    r"^\.\. automodule:: (\S+)", Path(__file__).with_name("api.rst").read_text(), re.M
)
PLACES = {
    name: f"{module}.{name}"
    for module in MODULES
    for name in importlib.import_module(module).__all__
}


def resolve_bare_name(app, env, node, contnode):
    """Link a public name that is mentioned without its module."""
    first, _, rest = node["reftarget"].partition(".")
    if first not in PLACES:
        return None
    domain, target = env.domains["py"], ".".join(filter(None, [PLACES[first], rest]))
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], target, node, contnode
    )


def skip_inherited(app, what, name, obj, skip, options):
    """Skip members that are inherited from scikit-learn, torch or dict."""
    function = getattr(obj, "fget", getattr(obj, "func", obj))
    module = getattr(function, "__module__", None) or ""
    # None leaves the decision to Sphinx.
    return True if what == "class" and not module.startswith("sklearn_ser") else None


class ListChecks(SphinxDirective):
    """Directive ``list-checks``: the examples of checks.csv, which the tests also run."""

    def run(self):
        """Return one section per part."""
        with Path(__file__).with_name("checks.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        parts = {}
        for row in rows:
            lines = parts.setdefault(row["part"], [])
            lines += [f"*{row['situation']}*", ""]
            says = textwrap.fill(row["says"], 66, break_long_words=False)
            for language, text in (("python", row["code"]), ("none", says)):
                lines += [
                    f".. code-block:: {language}",
                    "",
                    *textwrap.indent(text, "   ").split("\n"),
                    "",
                ]
        return [self._make_section(part, lines) for part, lines in parts.items()]

    def _make_section(self, title, lines):
        section = nodes.section("", nodes.title(title, title), ids=[nodes.make_id(title)])
        self.state.nested_parse(StringList(lines, "checks.csv"), 0, section)
        return section


def setup(app):
    """Connect the functions above; Sphinx calls this."""
    app.add_directive("list-checks", ListChecks)
    app.connect("missing-reference", resolve_bare_name)
    app.connect("autodoc-skip-member", skip_inherited)
