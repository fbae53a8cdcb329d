"""Describe how a report or a model was made."""

import datetime
import os
import shlex

from sklearn_ser._cli._encoders import fingerprint_encoder
from sklearn_ser.evaluation._card import name_encoder
from sklearn_ser.evaluation._report import name_versions

# The options that say how tables are read.
CORRECTIONS = ("columns", "labels", "classes")
TRIAL = "quick trial"
NOTICE = (
    "QUICK TRIAL (--quick): small networks and searches. The scores say nothing about a method, "
    "and a model that was trained like this is only for trying out."
)


def list_notices(is_trial):
    """Return what a reader of outputs must not miss."""
    return [NOTICE] if is_trial else []


def describe_run(options, recordings, **more):
    """Return how the outputs of a command were made, by what it is.

    Parameters
    ----------
    options : argparse.Namespace
        With the options of `add_table_options`.
    recordings : str
        The corpus, a table or a folder.
    **more : str
        Further rows, which come first.

    Returns
    -------
    dict of str to str
    """
    about = {name.replace("_", " "): value for name, value in more.items()}
    about["recordings"] = _name(recordings)
    if options.ratings:
        about["ratings"] = ", ".join(map(_name, options.ratings))
    for name in CORRECTIONS:
        given = getattr(options, name)
        if given:
            about[name] = ", ".join(
                each if isinstance(each, str) else "=".join(each) for each in given
            )
    about["command"] = shlex.join(["python", "-m", "sklearn_ser", *options.typed])
    about["date"] = datetime.date.today().isoformat()
    about["versions"] = name_versions()
    return about


def describe_encoder(encoder):
    """Return rows about a pretrained encoder; {} if there is none."""
    if encoder is None:
        return {}
    found = fingerprint_encoder(encoder)
    return {"encoder": name_encoder(encoder)} | ({"encoder_weights": found} if found else {})


def cite(recipe, encoder):
    """Return what a recipe is from, without where the folder of an encoder is."""
    if encoder is None:
        return recipe.paper
    return recipe.paper.replace(encoder, name_encoder(encoder))


def _name(path):
    return os.path.basename(os.path.abspath(os.path.expanduser(path)))
