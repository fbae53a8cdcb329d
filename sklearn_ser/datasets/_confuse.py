"""Raters who confuse: their answers depend on the true label alone."""

import numpy as np
import pandas as pd

from sklearn_ser.utils._messages import join_names


def make_confusions(confusions, n_annotators, bias, rng):
    """Return the annotators, and their confusions of shape (n_annotators, n_truths, n_labels)."""
    if isinstance(confusions, dict):
        annotators, tables = list(confusions), list(confusions.values())
        first = tables[0]
        for name, table in confusions.items():
            if not (table.index.equals(first.index) and table.columns.equals(first.columns)):
                raise ValueError(
                    f"all confusions must have the same rows and columns; those of {name!r} "
                    f"differ from those of {annotators[0]!r}."
                )
    else:
        annotators = [f"A{i + 1}" for i in range(n_annotators)]
        tables = [confusions] * n_annotators
    matrix = np.array([table.to_numpy(dtype=float) for table in tables])
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix.sum(axis=2) > 0).all()):
        raise ValueError(
            "confusions must be finite and at least 0, and each row must have a value above 0; got"
            f"\n{tables[0]}"
        )
    preference = np.exp(bias * rng.standard_normal((len(annotators), 1, matrix.shape[2])))
    matrix = matrix * preference
    return np.array(annotators, dtype=object), matrix / matrix.sum(axis=2, keepdims=True)


def make_truth(labels, confusions):
    """Return the distribution over the true labels, one row per sample, and the answers."""
    first = next(iter(confusions.values())) if isinstance(confusions, dict) else confusions
    truths, answers = first.index, first.columns.to_numpy()
    if isinstance(labels, pd.DataFrame):
        unknown = [name for name in labels.columns if name not in truths]
        if not unknown:
            truth = labels.reindex(columns=truths, fill_value=0).to_numpy(dtype=float)
            total = truth.sum(axis=1, keepdims=True)
            bad = np.flatnonzero((truth < 0).any(axis=1) | ~(total[:, 0] > 0))
            if len(bad):
                raise ValueError(
                    "distributions must be at least 0, and not all 0; not for samples "
                    f"{join_names(bad)}."
                )
            return truth / total, answers
    else:
        labels = np.asarray(labels)
        if labels.ndim != 1:
            raise ValueError(f"labels must be 1-D or a DataFrame, got shape {labels.shape}.")
        rows = truths.get_indexer(labels)
        unknown = sorted(set(labels[rows < 0].tolist()), key=str)
        if not unknown:
            return np.eye(len(truths))[rows], answers
    raise ValueError(f"labels must be rows of the confusions, {truths.tolist()}; got {unknown}.")
