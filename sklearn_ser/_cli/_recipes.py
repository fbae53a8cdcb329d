"""Recipes and their options."""

import inspect

from sklearn_ser import recipes
from sklearn_ser._cli._options import UsageError

# Functions that make recipes are named after a paper, with its year.
RECIPES = [name for name in recipes.__all__ if name[-4:].isdigit()]


def check_takes(recipe, **given):
    """Raise an error if options were given that a recipe does not take."""
    for name, value in given.items():
        if value is not None and not _takes(recipe, name):
            taking = ", ".join(other for other in RECIPES if _takes(other, name))
            raise UsageError(f"--{name}: --recipe {recipe} takes none; only {taking} does")


def check_rows(recipe, rows, option="--rows"):
    """Raise an error if a recipe lacks rows."""
    unknown = [row for row in rows if row not in recipe]
    if unknown:
        raise UsageError(f"{option} {unknown}: the rows of this recipe are {list(recipe)}")


def _takes(recipe, parameter):
    return parameter in inspect.signature(getattr(recipes, recipe)).parameters
