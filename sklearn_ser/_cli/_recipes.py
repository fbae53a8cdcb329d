"""Recipes and their options."""

import inspect
import shlex

from sklearn_ser import recipes
from sklearn_ser._cli._options import UsageError
from sklearn_ser.classifiers import AnnotatorEnsembleClassifier
from sklearn_ser.classifiers._views import choose_annotators

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
        raise UsageError(f"{option} {quote(unknown)}: the rows of this recipe are {quote(recipe)}")


def quote(rows):
    """Return names of rows such that they can be pasted into a shell."""
    return " ".join(map(shlex.quote, rows))


def leave_out_idle_rows(rows, ratings, splits):
    """Return the rows that can learn from the training data of every split, and what was left out.

    Parameters
    ----------
    rows : dict of str to estimator
    ratings : Ratings
    splits : list of (train, test)

    Returns
    -------
    rows : dict of str to estimator
    notices : list of str
    """
    left, notices = {}, []
    for name, row in rows.items():
        parts = [part for part in (row, *row.get_params().values()) if _needs_raters(part)]
        idle = [
            part.min_ratings
            for part in parts
            for train, _ in splits
            if not choose_annotators(ratings[train], ratings.classes, "auto", part.min_ratings)
        ]
        if idle:
            notices.append(
                f"LEFT OUT: row {quote([name])}, since it needs a rater who answered {idle[0]} "
                "recordings or more in the training data of every fold; more folds leave more for "
                "training."
            )
        else:
            left[name] = row
    return left, notices


def _needs_raters(part):
    """Return whether all that a part learns is of raters with many answers."""
    return (
        isinstance(part, AnnotatorEnsembleClassifier)
        and not part.crowd
        and isinstance(part.annotators, str)
    )


def _takes(recipe, parameter):
    return parameter in inspect.signature(getattr(recipes, recipe)).parameters
