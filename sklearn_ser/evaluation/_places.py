"""Where each sample is: its file, start, end and channel, and who speaks."""

import pandas as pd

from sklearn_ser.speech._recordings import parse_column

# Columns of recordings that are repeated beside their predictions.
PLACE = ("file", "start", "end", "channel", "speaker")


def locate_rows(table):
    """Return what a table of recordings says about where each sample is.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    DataFrame of length n_samples
        With the columns of `PLACE` that the table has, and times in seconds.
    """
    place = {name: table[name].to_numpy() for name in PLACE if name in table}
    place |= {name: parse_column(table, name)[0] for name in ("start", "end") if name in table}
    return pd.DataFrame(place, index=range(len(table)))
