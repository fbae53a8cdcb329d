"""Texts that look the same are equal wherever the package compares what people type."""

import unicodedata

import pandas as pd
import pytest

from sklearn_ser import Ratings
from sklearn_ser.datasets._table_columns import normalise
from sklearn_ser.datasets._table_labels import merge_spellings
from sklearn_ser.datasets._table_names import match_names
from sklearn_ser.datasets._table_remarks import Remarks
from sklearn_ser.evaluation._overlap import find_same_files, find_same_speakers
from sklearn_ser.utils._kinds import find_respelled
from sklearn_ser.utils._text import fold

EQUAL = {
    "case": ("Ann", "ANN"),
    "case of sharp s": ("Wei\u00df", "WEISS"),
    "spaces around": ("Ann", " Ann\t"),
    "spaces between": ("Jo Ann", "Jo  Ann"),
    "a space that does not break": ("Jo Ann", "Jo\u00a0Ann"),
    "a narrow space": ("Jo Ann", "Jo\u202fAnn"),
    "composed letters": ("Jos\u00e9", unicodedata.normalize("NFD", "Jos\u00e9")),
    "composed syllables": ("\ud55c\uae00", unicodedata.normalize("NFD", "\ud55c\uae00")),
    "full-width letters": ("Ann", "\uff21\uff4e\uff4e"),
    "ligatures": ("fine", "\ufb01ne"),
    "no width": ("Jo Ann", "Jo \u200bAnn"),
    "a soft hyphen": ("fine", "fi\u00adne"),
    "a byte order mark": ("Ann", "\ufeffAnn"),
    "an en dash": ("Jo-Ann", "Jo\u2013Ann"),
    "an em dash": ("Jo-Ann", "Jo\u2014Ann"),
    "a hyphen of Unicode": ("Jo-Ann", "Jo\u2010Ann"),
    "a hyphen that does not break": ("Jo-Ann", "Jo\u2011Ann"),
    "a minus": ("-1", "\u22121"),
    "an apostrophe": ("D'Angelo", "D\u2019Angelo"),
}
DIFFERENT = [
    ("Ann", "Anna"),
    ("Jos\u00e9", "Jose"),
    ("1", "01"),
    ("Jo Ann", "JoAnn"),
    ("Jo-Ann", "Jo Ann"),
    ("sad", "sad?"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_texts_that_are_equal(one, other):
    assert fold(one) == fold(other)
    assert fold(fold(other)) == fold(other)
    # Everyone who compares agrees.
    assert find_same_speakers([other], [one]) == [other]
    assert find_same_files([f"a/{other}.wav"], [f"b/{one}.flac"]) == [f"a/{other}.wav"]
    texts = [one, one, other]
    assert set(merge_spellings(texts, texts, "labels", Remarks())) == {one}
    assert match_names([f"{other.strip()}.wav"], [f"{one}.flac"])[0] == {f"{other.strip()}.wav": 0}
    assert normalise(one) == normalise(other)
    assert find_respelled([one], [other]) == {other: one}
    with pytest.raises(ValueError, match="target_classes must be spelt as the labels are"):
        Ratings.from_wide(pd.DataFrame({"E1": [one, "x"]}), target_classes=[other, "x"])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_are_different(one, other):
    assert fold(one) != fold(other)
    assert find_same_speakers([other], [one]) == []
