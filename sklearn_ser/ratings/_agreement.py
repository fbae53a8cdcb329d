"""How far raters agree, and how each differs from the others."""

import numpy as np
import pandas as pd
from sklearn.utils import Bunch


def measure_agreement(ratings):
    """Krippendorff's alpha and each annotator's habits; see `Ratings.agreement`."""
    import krippendorff

    counts = ratings.counts(ratings.labels.tolist())
    alpha = np.nan
    # Only ratings that can be paired count, and alpha needs two labels among them.
    pairable = counts[counts.sum(axis=1) > 1]
    if (pairable.any(axis=0)).sum() > 1:
        alpha = float(krippendorff.alpha(value_counts=pairable, level_of_measurement="nominal"))

    n_annotators, n_labels = len(ratings.annotators), len(ratings.labels)
    named = ~ratings.is_anonymous
    annotator, label = ratings.values[named].T.astype(np.int64)
    said = np.bincount(annotator * n_labels + label, minlength=n_annotators * n_labels)
    said = said.reshape(n_annotators, n_labels)
    # Ratings of a sample are sorted by annotator: the first of each is one sample.
    first = annotator[ratings._is_first[named]]
    n_samples = np.bincount(first, minlength=n_annotators)
    table = pd.DataFrame(
        said / np.maximum(said.sum(axis=1, keepdims=True), 1),
        index=pd.Index(ratings.annotators.tolist(), name="annotator"),
        columns=ratings.labels.tolist(),
    )
    apart = _apart(ratings, ratings.labels)
    table.insert(0, "weight", _correlations(apart, n_annotators))
    table.insert(0, "n_ratings", said.sum(axis=1))
    table.insert(0, "n_samples", n_samples)
    return Bunch(alpha=alpha, annotators=table, confusions=_confusions(ratings, apart))


def compute_evaluator_weights(ratings, classes):
    """Weigh each annotator by the agreement with all others, from 0 to 1.

    Parameters
    ----------
    ratings : Ratings
    classes : ndarray of labels of shape (n_classes,)

    Returns
    -------
    ndarray of float of shape (n_annotators,)
        The correlation, over samples and classes, between what an annotator said and the share of
        the others who said it, and 0 where that is negative; NaN where nothing can be compared.
    """
    return _correlations(_apart(ratings, classes), len(ratings.annotators))


def _correlations(apart, n_annotators):
    annotator, own, others, n_others = apart
    known = (annotator >= 0) & (n_others > 0)
    annotator, x, y = annotator[known], own[known], others[known] / n_others[known, None]

    def total(values):
        return np.bincount(annotator, values.sum(axis=1), minlength=n_annotators)

    n = total(np.ones_like(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = total(x * y) / n - total(x) / n * total(y) / n
        variances = [total(v * v) / n - (total(v) / n) ** 2 for v in (x, y)]
        return np.maximum(covariance / np.sqrt(variances[0] * variances[1]), 0)


def _apart(ratings, classes):
    """What each rater said of each sample, beside what the others said.

    Returns
    -------
    annotator : ndarray of int of shape (n_pairs,)
        -1 where unknown.
    own : ndarray of float of shape (n_pairs, n_classes)
        1 for each class that the rater gave.
    others : ndarray of int of shape (n_pairs, n_classes)
        How many others gave each class.
    n_others : ndarray of int of shape (n_pairs,)
    """
    first = ratings._is_first
    pair = np.cumsum(first) - 1
    k = ratings._places(classes.tolist())
    own = np.zeros((first.sum(), len(classes)))
    own[pair[k >= 0], k[k >= 0]] = 1
    sample = ratings._sample[first]
    others = ratings.counts(classes.tolist())[sample] - own
    n_others = np.bincount(sample, minlength=len(ratings))[sample] - 1
    return ratings.values[first, 0], own, others, n_others


def _confusions(ratings, apart):
    """How often each annotator gave each label where the others agreed on one."""
    annotator, own, others, _ = apart
    most = others.max(axis=1, initial=0)
    leads = (others == most[:, None]).sum(axis=1) == 1
    known = (annotator >= 0) & leads & (most > 0)
    pair, label = np.nonzero(own[known])
    labels = ratings.labels
    said = pd.DataFrame(
        {
            "annotator": ratings.annotators[annotator[known][pair]],
            "others": labels[others[known].argmax(axis=1)[pair]],
            "label": labels[label],
        }
    )
    table = pd.crosstab([said["annotator"], said["others"]], said["label"])
    return table.reindex(columns=labels.tolist(), fill_value=0)
