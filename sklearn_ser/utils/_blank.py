"""Texts that people write into empty cells."""

# In lower case. "none" and "other" are labels.
BLANK = {
    *("", ".", "?", "??", "???", "-", "--", "---", "\u2013", "\u2014", "/", "#"),
    *("na", "n/a", "n.a.", "n.a", "#n/a", "#na", "nan", "<na>", "null", "nat", "missing"),
}
