"""Names in messages."""


def join_names(names, most=10):
    """Join names for an error message; past `most` of them, say how many more there are."""
    names = [str(name) for name in names]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
