"""Convert ratings to the array that each of scikit-learn's own tools expects.

They call ``numpy.asarray`` for y, and each expects something else: a splitter needs strata, a
metric one label per sample, and ``check_cv`` anything that is no label, or an integer ``cv`` would
mean another splitter. scikit-learn passes no hint which of them asks, and has no protocol by which
y could offer several answers. The calling frames are the only place that tells, so they are looked
at. Frames of numpy and of ``sklearn.utils``, whose helpers all of them share, are skipped. If
the caller is anything but scikit-learn, ratings become dicts, which `check_ratings` reads.
"""

import sys
import warnings
from dataclasses import dataclass

import numpy as np

from sklearn_ser.ratings._values import read_column
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._kinds import find_kinds

SKIPPED = ("numpy", "sklearn.utils", "sklearn.externals")
# Functions of sklearn.utils that are no helpers: users call them.
CLASS_WEIGHTS = "sklearn.utils.class_weight"
RESAMPLE = ("sklearn.utils._indexing", "resample")
SPLITTERS = (
    "sklearn.model_selection._split",
    "sklearn.model_selection._search_successive_halving",
)
METRICS, SCORERS = "sklearn.metrics", "sklearn.metrics._scorer"
# Arguments of metrics that take more than labels. A label that was never predicted has no column.
PROBABILITIES = {"y_proba", "y_prob", "y_score", "pred_decision"}
NO_CONSENSUS = "no consensus"
OURS = "wa_scorer, ua_scorer, macro_f1_scorer or neg_cross_entropy_scorer of sklearn_ser.metrics"


@dataclass(frozen=True)
class Caller:
    """The part of scikit-learn that converts y.

    Parameters
    ----------
    module, function : str
    name : str
        Of the estimator, or else of the function.
    arguments : frozenset of str
        Of all functions of scikit-learn in a row that called this one.
    """

    module: str
    function: str
    name: str
    arguments: frozenset

    @property
    def needs(self):
        """Str: "dicts", "strata", "labels" or "another y"."""
        if (self.module, self.function) == RESAMPLE:
            return "strata"
        if self.module in SPLITTERS:
            return "dicts" if self.function == "check_cv" else "strata"
        return "labels" if _is_in(self.module, METRICS) else "another y"


def find_caller():
    """Return the part of scikit-learn that called the function that calls this one, or None."""
    frame, nearest, metric, arguments = sys._getframe(2), None, None, set()
    while frame is not None:
        module, code = frame.f_globals.get("__name__", ""), frame.f_code
        skipped = any(_is_in(module, name) for name in SKIPPED)
        skipped = skipped and module != CLASS_WEIGHTS and (module, code.co_name) != RESAMPLE
        if not skipped and not _is_in(module, "sklearn"):
            break
        arguments.update(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        if not skipped and nearest is None:
            nearest = frame
        # The outermost is the one that users know. It may leave y to a LabelBinarizer.
        if _is_in(module, METRICS) and code.co_name[0] not in "_<" and module != SCORERS:
            metric = frame
        frame = frame.f_back
    found = nearest if metric is None else metric
    if found is None:
        return None
    function, owner = found.f_code.co_name, found.f_locals.get("self")
    name = function if owner is None else type(owner).__name__
    return Caller(found.f_globals["__name__"], function, name, frozenset(arguments))


def _is_in(module, package):
    return module == package or module.startswith(f"{package}.")


def convert_for(caller, ratings):
    """Return ratings as an array for a part of scikit-learn that needs no dicts.

    Parameters
    ----------
    caller : Caller
    ratings : Ratings

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    TypeError
        If one label per sample is needed to learn from.
    ValueError
        If samples without a consensus have no place in a metric.

    Warns
    -----
    UserWarning
        If a metric counts samples without a consensus as errors.
    """
    if caller.needs == "strata":
        return ratings.strata()
    if caller.needs == "labels":
        return _list_consensus(caller, ratings)
    if caller.function == "cross_val_predict":
        raise TypeError(
            "cross_val_predict of scikit-learn needs one label per sample for predict_proba and "
            "the like, and y holds Ratings. Use sklearn_ser.evaluation.cross_val_predict, or "
            "y.consensus() of the samples that have one."
        )
    raise TypeError(
        f"{caller.name} needs one label per sample, and y holds Ratings. Wrap the classifier, as "
        "ConsensusClassifier(estimator) of sklearn_ser, or pass y.consensus() of the samples that "
        "have one."
    )


def _list_consensus(caller, ratings):
    """Return the consensus of each sample; a label of its own where it is no target class."""
    consensus = ratings.consensus()
    known = isin_labels(consensus, ratings.classes)
    if known.all():
        return np.array(consensus.tolist())
    missing = (
        f"{(~known).sum()} of {len(known)} samples have no consensus among the target classes"
    )
    if caller.arguments & PROBABILITIES:
        raise ValueError(
            f"{missing}, and {caller.name} has no place for them. To leave them out or use every "
            f"rating, score by {OURS}."
        )
    own = _make_label([*ratings.labels.tolist(), *ratings.classes.tolist()])
    warnings.warn(
        f"{missing}; {caller.name} counts them as errors, of the class {own!r} that no classifier "
        f"predicts. To leave them out or use every rating, score by {OURS}.",
        UserWarning,
        stacklevel=2,
    )
    return np.array([label if keep else own for label, keep in zip(consensus, known, strict=True)])


def _make_label(labels):
    """Return a label of the same kind as others, and different from all of them."""
    if labels and find_kinds(read_column(labels)) <= {"numbers", "booleans"}:
        return int(min(labels)) - 1
    number, label = 1, NO_CONSENSUS
    while label in labels:
        number += 1
        label = f"{NO_CONSENSUS} ({number})"
    return label
