"""The error that says which recordings failed and why, in bounded length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

# Of groups of failures with the same reason, no more are described than this number, and none
# when the text is this long.
MOST_GROUPS = 8
LENGTH = 1100
# The longest name of the first recording of a group, of others, and the longest reason.
LONGEST_FIRST, LONGEST_OTHER, LONGEST_REASON = 200, 40, 250
# Up to this number, failures are described one by one.
FEW = 3
# Recordings of a group that are named besides the first.
N_OTHERS = 2

_NUMBERS = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")


class Failure(NamedTuple):
    """A recording that failed; the reason continues a sentence that starts with its name."""

    sample: int
    file: str | None
    reason: str


class ExtractionError(ValueError):
    """Error of a transformer on which recordings failed.

    Its message groups the recordings by reason. If the reason is an unexpected error in the
    computation, that error is shown as the cause.

    Parameters
    ----------
    message : str
    failures : iterable of (sample, file, reason), default=()

    Attributes
    ----------
    failures : DataFrame
        One row per recording that failed: ``sample`` (row of X), ``file`` (None for a waveform)
        and ``reason``.

    Examples
    --------
    >>> from sklearn_ser.features import ExtractionError, OpenSmileLLD
    >>> try:
    ...     OpenSmileLLD().fit_transform(["nowhere.wav"])
    ... except ExtractionError as error:
    ...     print(error)
    ...     print(error.failures["sample"].tolist())
    1 of 1 recordings failed: sample 0 (nowhere.wav) does not exist in the working directory.
    [0]
    """

    def __init__(self, message: str, failures: Iterable[tuple[int, str | None, str]] = ()) -> None:
        super().__init__(message)
        # Objects: the text type of pandas cannot hold every name of a file.
        table = pd.DataFrame(list(failures), columns=list(Failure._fields), dtype=object)
        self.failures = table.astype({"sample": int})


class UnexpectedError(Exception):
    """An error that no recording should cause, as text: its traceback."""

    def __str__(self):
        return f"\n{self.args[0]}"


def describe_failures(failures, n_clips, what="recordings"):
    """Return a text that groups failures by their reasons.

    Parameters
    ----------
    failures : list of Failure
    n_clips : int
    what : str, default="recordings"
        What the clips are.

    Returns
    -------
    str
        Of less than 2,000 characters, whatever fails.
    """
    groups = {}
    for failure in failures:
        # Reasons that differ only in numbers are one group. A few failures need no groups.
        alike = _NUMBERS.sub("#", failure.reason) if len(failures) > FEW else failure.sample
        groups.setdefault(alike, []).append(failure)
    lines = []
    for group in sorted(groups.values(), key=len, reverse=True):
        if len(lines) == MOST_GROUPS or sum(map(len, lines)) > LENGTH:
            lines.append(f"and {len(groups) - len(lines)} other reasons")
            break
        lines.append(_describe_group(group))
    text = f" {lines[0]}" if len(groups) == 1 else "".join(f"\n- {line}" for line in lines)
    return f"{len(failures)} of {n_clips} {what} failed:{text}."


def _describe_group(group):
    first, *others = group
    name = show_file(first.file, LONGEST_FIRST)
    reason = _shorten(first.reason, LONGEST_REASON)
    text = f"sample {first.sample} ({name}) {reason}"
    if others:
        named = [(f.sample, f.file, "") for f in others]
        text = f"{len(group)} times: {text}; likewise {list_remarks(named, most=N_OTHERS)}"
    return text


def list_remarks(found, most=5):
    """Return samples with their files and a remark; those beyond `most` are only counted.

    Parameters
    ----------
    found : list of (sample, file, remark)
    most : int, default=5

    Returns
    -------
    str
    """
    shown = [
        f"sample {sample} ({show_file(file, LONGEST_OTHER)}) {remark}".rstrip()
        for sample, file, remark in found[:most]
    ]
    n_more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {n_more} more" if n_more else "")


def show_file(file, longest):
    """Return the end of a file's name, escaped so that it can be printed on one line."""
    if file is None:
        return "waveform"
    if not file.isprintable():
        file = repr(file)
    return file if len(file) <= longest else f"...{file[3 - longest :]}"


def _shorten(text, longest):
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
