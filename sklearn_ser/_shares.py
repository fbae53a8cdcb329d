"""Counts as shares."""

import numpy as np


def shares_by_row(counts):
    """Return counts of shape (n_rows, n_columns) with rows that sum to 1; NaN where all are 0."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
