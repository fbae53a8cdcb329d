"""How far raters agree."""

import numpy as np
import pandas as pd
from sklearn.utils import Bunch


def agreement(ratings):
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
    table.insert(0, "n_ratings", said.sum(axis=1))
    table.insert(0, "n_samples", n_samples)
    return Bunch(alpha=alpha, annotators=table)
