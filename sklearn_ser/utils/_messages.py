"""Lists of names in messages."""


def join_names(names, most=10):
    """Join names for a message that stays short however many names there are.

    Parameters
    ----------
    names : iterable
    most : int, default=10
        Number of names to show; the others are only counted.

    Returns
    -------
    str
        Such as ``"a, b and 3 more"``.
    """
    names = [str(name) for name in names]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
