"""The format of tables in a report."""

import numpy as np
import pandas as pd

from sklearn_ser.evaluation._results import show_counts


def test_counts_have_no_decimals_and_shares_have_two():
    table = pd.DataFrame(
        {
            "n": [3548.0, np.nan],
            "share": [25.0, 19.945],
            "whole": [1, 2],
            "name": ["a", "b"],
            "known": [True, False],
        }
    )
    shown = show_counts(table)
    assert shown["n"].tolist()[0] == "3548"
    assert pd.isna(shown["n"][1])
    assert shown["share"].tolist() == ["25.00", "19.95"]
    assert shown["whole"].tolist() == ["1", "2"]
    assert shown["name"].tolist() == ["a", "b"]
    assert shown["known"].tolist() == [True, False]


def test_columns_of_two_levels_keep_their_names():
    columns = pd.MultiIndex.from_product([["n"], ["here", "published"]])
    table = pd.DataFrame([[1, np.nan]], columns=columns)
    assert show_counts(table).columns.tolist() == columns.tolist()
