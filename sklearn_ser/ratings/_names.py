"""Names that users pass along with ratings: one that matches nothing is never passed over."""

import warnings

from sklearn_ser.ratings._values import read_column
from sklearn_ser.ratings._vocabulary import factorize
from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._kinds import find_kinds, list_values
from sklearn_ser.utils._text import fold


def read_classes(classes, name="target_classes"):
    """Return classes as a list of plain labels, checked without regard to any ratings.

    Parameters
    ----------
    classes : sequence of labels
    name : str, default="target_classes"
        Name of the argument, for messages.

    Returns
    -------
    list of labels

    Raises
    ------
    TypeError
        If classes are text, which is a sequence of letters, or no sequence.
    ValueError
        If a class is missing (None or NaN) or named twice.
    """
    column = read_column(classes, name)
    codes, found = factorize(column)
    if (codes < 0).any():
        raise ValueError(f"{name} must be labels, got {list_values(column)}.")
    if len(found) < len(codes):
        raise ValueError(f"{name} must be different labels, got {list_values(column)}.")
    return [to_plain(label) for label in found]


def check_spelling(classes, labels, name="target_classes"):
    """Raise ValueError if a class differs from all labels, but from one only in kind or spelling.

    Parameters
    ----------
    classes : list of labels
    labels : list of labels
        Nothing is compared if there are none.
    name : str, default="target_classes"

    Returns
    -------
    list of labels
        The classes that are not among the labels.
    """
    if not classes or not labels:
        return []
    (own, others) = (sorted(find_kinds(read_column(side))) for side in (classes, labels))
    if own != others:
        raise ValueError(
            f"{name} must be of the same kind as the labels, {' and '.join(others)} such as "
            f"{list_values(labels)}; got {' and '.join(own)}: {list_values(classes)}."
        )
    known = set(labels)
    absent = [label for label in classes if label not in known]
    spellings = {fold(label): label for label in labels if isinstance(label, str)}
    alike = [
        f"{label!r} for {spellings[fold(label)]!r}"
        for label in absent
        if isinstance(label, str) and fold(label) in spellings
    ]
    if alike:
        raise ValueError(
            f"{name} must be spelt as the labels are; got {', '.join(alike)}. The labels are "
            f"{list_values(labels)}."
        )
    return absent


def check_classes(classes, labels, name="target_classes", stacklevel=3):
    """Compare classes with the labels that they should be among.

    Parameters
    ----------
    classes : sequence of labels
    labels : list of labels
        Nothing is compared if there are none.
    name : str, default="target_classes"
        Name of the argument, for messages.
    stacklevel : int, default=3
        Of the warning.

    Returns
    -------
    list of labels
        The classes.

    Raises
    ------
    ValueError
        If no class is among the labels, or one differs from a label only in kind, case or spaces;
        also as `read_classes`.

    Warns
    -----
    UserWarning
        If a class is not among the labels, since there may be a class that nobody ever chose.
    """
    classes = read_classes(classes, name)
    absent = check_spelling(classes, labels, name)
    if absent and len(absent) == len(classes):
        raise ValueError(
            f"no target class is among the labels: {name} are {list_values(classes)}, the labels "
            f"{list_values(labels)}."
        )
    if absent:
        warnings.warn(
            f"the target classes {list_values(absent)} are not among the labels, which are "
            f"{list_values(labels)}.",
            UserWarning,
            stacklevel=stacklevel,
        )
    return classes


def check_target_classes(classes, labels, categories=()):
    """Return the target classes of ratings that are being read, or None; see `check_classes`.

    Parameters
    ----------
    classes : sequence of labels, or None
    labels : ndarray
        Those that were given.
    categories : sequence of labels
        Further labels that could have been given.
    """
    if classes is None:
        return None
    labels = labels.tolist()
    known = [*labels, *(label for label in categories if label not in set(labels))]
    return check_classes(classes, known if labels else [], stacklevel=4)


def check_annotators(names, annotators):
    """Raise ValueError if names are not among those of the annotators.

    Parameters
    ----------
    names : iterable
    annotators : ndarray
    """
    known = set(annotators.tolist())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            f"unknown annotators {list_values(unknown)}; known are {list_values(annotators)}."
        )
