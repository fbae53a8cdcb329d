"""Lists of names and other errors in messages, and notes on errors."""

import contextlib
import textwrap


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


def say_count(number, singular, plural=None):
    """Return a number with what is counted.

    Parameters
    ----------
    number : int
    singular : str
        Such as "file does not exist".
    plural : str, default=None
        Such as "files do not exist"; by default, the singular with an "s".

    Returns
    -------
    str
        Such as ``"1 file does not exist"`` or ``"2,000 files do not exist"``.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def say_rows(numbers, most=5):
    """Return which rows of a table are meant, such as ``"row 4"`` or ``"rows 2, 4"``."""
    numbers = list(dict.fromkeys(numbers))
    return f"row{'s' * (len(numbers) > 1)} {join_names(numbers, most)}"


def shorten(error, longest=300):
    """Return the message of an error in one line of at most so many characters."""
    return textwrap.shorten(str(error), longest, placeholder=" ...")


@contextlib.contextmanager
def naming(place):
    """Add a note to errors that says where they arose; their type and message stay.

    Parameters
    ----------
    place : str
        Such as ``"in estimator 'a', fold 3"``.
    """
    try:
        yield
    except Exception as error:
        error.add_note(f"This error arose {place}.")
        raise
