"""How the documentation is built: python -m sphinx -W -b html docs docs/_build."""

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
numpydoc_show_class_members = False
default_role = "py:obj"
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    # They take minutes each: python -m sphinx -D plot_gallery=1 runs them.
    "plot_gallery": "0",
    "show_memory": False,
}
