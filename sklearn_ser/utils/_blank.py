"""Texts that people write into empty cells."""

# In lower case. "none" and "other" are labels.
BLANK = {
    *("", ".", "?", "??", "???", "-", "--", "---", "\u2013", "\u2014", "/", "#"),
    # What spreadsheets show of formulas that fail.
    *("#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!"),
    *("na", "n/a", "n.a.", "n.a", "#n/a", "#na", "nan", "<na>", "null", "nat", "missing"),
}
