"""Check that a command replaces none of the files that it reads, nor other people's files."""

import os
import re
from pathlib import Path

from sklearn_ser._cli._models import get_report_folder
from sklearn_ser._cli._options import UsageError
from sklearn_ser.evaluation._own_files import check_own, find_present, list_own
from sklearn_ser.utils._messages import join_names

# The options that name what a command reads.
_INPUTS = ("recordings", "ratings", "corpus", "model", "report")


def check_outputs(options, *, files=(), folder=None, names=()):
    """Raise an error if a command would replace files that it must not.

    Parameters
    ----------
    options : argparse.Namespace
    files : iterable of Path
        Files to write that the user named.
    folder : Path, default=None
        A folder to write files into.
    names : iterable of str
        The names of these files, which may have ``*`` in them.

    Raises
    ------
    UsageError
        If a file to write is one that the command reads.
    FileExistsError
        If a file in the folder is not of this package.
    """
    inputs = _list_inputs(options)
    inside = [] if folder is None else find_present(folder, names).values()
    both = [path for path in [*files, *inside] if _is_any_of(path, inputs)]
    if both:
        raise UsageError(
            f"--out {options.out} would replace what the command reads: {join_names(both)}. Name "
            "another output"
        )
    if folder is not None:
        check_own(folder, names)


def check_pages(path, marker):
    """Raise an error if further pages beside one would replace files that are no such pages.

    Parameters
    ----------
    path : Path
        The first page.
    marker : bytes
        What every page has in it.
    """
    number = re.compile(rf"{re.escape(path.stem)}-\d+{re.escape(path.suffix)}")
    beside = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    foreign = [p for p in beside if number.fullmatch(p.name) and marker not in p.read_bytes()]
    if foreign:
        raise UsageError(
            f"--out {path}: further pages would replace files that are no such pages: "
            f"{join_names(foreign)}. Name another page, or move these files"
        )


def _list_inputs(options):
    """Return the files that options name, and those of reports that they belong to."""
    found = []
    for name in _INPUTS:
        values = getattr(options, name, None)
        found += values if isinstance(values, list) else [values]
    paths = [Path(value).expanduser() for value in found if value is not None]
    reports = [getattr(options, "report", None)]
    if getattr(options, "model", None) is not None:
        reports.append(get_report_folder(options.model))
    return [*paths, *(path for report in reports if report for path in list_own(report))]


def _is_any_of(path, others):
    return any(
        path.exists() and other.exists() and os.path.samefile(path, other) for other in others
    )
