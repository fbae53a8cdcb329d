"""How the documentation is built: make -C docs html."""

import sklearn_ser

project = "sklearn_ser"
author = "the sklearn_ser developers"
release = version = sklearn_ser.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False}
autosummary_generate = True
# Docstrings say it with shapes and units.
autodoc_typehints = "none"
numpydoc_show_class_members = False
default_role = "py:obj"
myst_heading_anchors = 3

# Examples run when the pages are built, for minutes: -D plot_gallery=0 leaves that out.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "abort_on_example_error": True,
    "capture_repr": (),
    "show_memory": False,
}
