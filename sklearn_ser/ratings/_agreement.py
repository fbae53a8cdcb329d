"""Agreement of raters, and how each of them differs from the others."""

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.ratings._codes import ANONYMOUS, find_firsts, number_samples
from sklearn_ser.ratings._counting import count_votes, find_places


def measure_agreement(ratings):
    """Measure Krippendorff's alpha and each annotator's habits; see `Ratings.agreement`."""
    alpha = compute_alpha(count_votes(ratings, ratings.labels.tolist()))
    said, n_samples = _count_by_annotator(ratings)
    table = pd.DataFrame(
        said / np.maximum(said.sum(axis=1, keepdims=True), 1),
        index=pd.Index(ratings.annotators.tolist(), name="annotator"),
        columns=ratings.labels.tolist(),
    )
    pairs = _compare_with_others(ratings, ratings.labels)
    table.insert(0, "weight", _correlate(pairs, len(ratings.annotators)))
    table.insert(0, "n_ratings", said.sum(axis=1))
    table.insert(0, "n_samples", n_samples)
    return Bunch(alpha=alpha, annotators=table, confusions=_count_confusions(ratings, pairs))


def compute_alpha(counts):
    """Return Krippendorff's alpha of counts of votes, one row per sample; NaN if undefined.

    The one for nominal labels: 1 minus the observed disagreement over the one that is expected if
    all votes are dealt out at random. See `Ratings.agreement`.
    """
    # Only votes that can be paired with another one of the same sample are used.
    pairable = counts[counts.sum(axis=1) > 1].astype(float)
    votes, totals = pairable.sum(axis=1, keepdims=True), pairable.sum(axis=0)
    # Twice the pairs of different votes: within samples, and among all votes.
    observed = (pairable * (votes - pairable) / (votes - 1)).sum()
    expected = (totals * (totals.sum() - totals)).sum()
    # With a single label, nobody can disagree.
    return float(1 - (totals.sum() - 1) * observed / expected) if expected > 0 else np.nan


def _count_by_annotator(ratings):
    """Return how often each annotator gave each label, and to how many samples they gave any."""
    n_annotators, n_labels = len(ratings.annotators), len(ratings.labels)
    named = ~ratings.is_anonymous
    annotator, label = ratings.values[named].T.astype(np.int64)
    said = np.bincount(annotator * n_labels + label, minlength=n_annotators * n_labels)
    first = find_firsts(ratings.values, ratings.offsets)[named]
    n_samples = np.bincount(annotator[first], minlength=n_annotators)
    return said.reshape(n_annotators, n_labels), n_samples


def compute_evaluator_weights(ratings, classes):
    """Weight each annotator by their agreement with all others, from 0 to 1.

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
    return _correlate(_compare_with_others(ratings, classes), len(ratings.annotators))


def _correlate(pairs, n_annotators):
    annotator, own, others, n_others = pairs
    known = (annotator != ANONYMOUS) & (n_others > 0)
    annotator, x, y = annotator[known], own[known], others[known] / n_others[known, None]

    def total(values):
        return np.bincount(annotator, values.sum(axis=1), minlength=n_annotators)

    n = total(np.ones_like(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = total(x * y) / n - total(x) / n * total(y) / n
        variances = [total(v * v) / n - (total(v) / n) ** 2 for v in (x, y)]
        return np.maximum(covariance / np.sqrt(variances[0] * variances[1]), 0)


def _compare_with_others(ratings, classes):
    """List all pairs of rater and sample, with the classes of the rater and of the others.

    Returns
    -------
    annotator : ndarray of int of shape (n_pairs,)
        ANONYMOUS where unknown.
    own : ndarray of float of shape (n_pairs, n_classes)
        1 for each class that the rater gave.
    others : ndarray of int of shape (n_pairs, n_classes)
        How many others gave each class.
    n_others : ndarray of int of shape (n_pairs,)
    """
    first = find_firsts(ratings.values, ratings.offsets)
    pair, place = np.cumsum(first) - 1, find_places(ratings, classes.tolist())
    own = np.zeros((first.sum(), len(classes)))
    own[pair[place >= 0], place[place >= 0]] = 1
    sample = number_samples(ratings.offsets)[first]
    others = count_votes(ratings, classes.tolist())[sample] - own
    n_others = np.bincount(sample, minlength=len(ratings))[sample] - 1
    return ratings.values[first, 0], own, others, n_others


def _count_confusions(ratings, pairs):
    """Count the labels that each annotator gave, by the label that led among the others."""
    annotator, own, others, _ = pairs
    most = others.max(axis=1, initial=0)
    leads = (others == most[:, None]).sum(axis=1) == 1
    known = (annotator != ANONYMOUS) & leads & (most > 0)
    pair, label = np.nonzero(own[known])
    labels = ratings.labels
    # Without labels, there is none that leads.
    leader = others[known].argmax(axis=1) if len(labels) else np.array([], dtype=np.intp)
    said = pd.DataFrame(
        {
            "annotator": ratings.annotators[annotator[known][pair]],
            "others": labels[leader[pair]],
            "label": labels[label],
        }
    )
    table = pd.crosstab([said["annotator"], said["others"]], said["label"])
    return table.reindex(columns=labels.tolist(), fill_value=0)
