"""Ratings as tables."""

import numpy as np
import pandas as pd

from sklearn_ser.ratings._codes import number_samples


def list_long(ratings):
    """Return a table with one row per rating; see `Ratings.to_long`."""
    annotators = np.append(ratings.annotators.astype(object), [None])
    annotator, label = ratings.values.T
    return pd.DataFrame(
        {
            "sample": number_samples(ratings.offsets),
            "annotator": pd.Series(annotators[annotator], dtype=object),
            "label": pd.Series(ratings.labels[label], dtype=ratings.labels.dtype),
        }
    )


def list_wide(ratings):
    """Return a table with one row per sample and column per annotator; see `Ratings.to_wide`."""
    if ratings.is_anonymous.any():
        raise ValueError("anonymous raters have no column; use counts() or to_long().")
    cells = np.full((len(ratings), len(ratings.annotators)), None, dtype=object)
    labels = ratings.labels.tolist()
    samples = number_samples(ratings.offsets)
    for sample, (annotator, label) in zip(samples, ratings.values, strict=True):
        said = cells[sample, annotator]
        if said is None:
            cells[sample, annotator] = labels[label]
        else:
            said = said if isinstance(said, tuple) else (said,)
            cells[sample, annotator] = (*said, labels[label])
    index = None
    if ratings.ids is not None and not ratings.ids.is_range:
        index = pd.Index(list(ratings.ids), tupleize_cols=False)
    return pd.DataFrame(cells, index, ratings.annotators.tolist(), dtype=object)
