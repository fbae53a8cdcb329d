"""Describe a copy of a corpus."""

from pathlib import Path

import pandas as pd

from sklearn_ser.utils._messages import join_names


def count_labels(labels):
    """Count labels, and return text such as "anger 3, sadness 2"; None is ignored."""
    counts = pd.Series(labels).value_counts().sort_index()
    return ", ".join(f"{label} {count}" for label, count in counts.items())


def find_missing_recordings(files):
    """Return a list with one remark on files that do not exist, or an empty list."""
    absent = [file for file in files if not Path(file).is_file()]
    return (
        [f"{len(absent)} recordings are missing ({join_names(absent, most=2)})"] if absent else []
    )
