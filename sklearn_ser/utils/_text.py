"""Compare texts as people read them."""

import unicodedata

# Signs that programs put in place of those that people type.
SIGNS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2212": "-"})


def fold(text):
    """Return text by which spellings that look the same but for case or spaces are equal.

    Texts are equal if they differ by case, by spaces around and between words, by how Unicode
    writes the same letters (composed or not, full-width, ligatures), by characters without width,
    by the kind of their dashes or by the kind of their apostrophes.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        For comparisons only, not to be shown.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        kinds = ((char, unicodedata.category(char)) for char in text.translate(SIGNS))
        text = "".join("-" if kind == "Pd" else char for char, kind in kinds if kind != "Cf")
    return " ".join(text.split()).casefold()
