"""Find recordings that cannot be read before anything is trained, and leave them out."""

import os
import sys
import warnings

from sklearn.utils import Bunch

from sklearn_ser._cli._options import UsageError
from sklearn_ser.evaluation._places import shorten_path
from sklearn_ser.features import ExtractionError
from sklearn_ser.features._errors import Failure, describe_failures
from sklearn_ser.features._extraction import Computation, extract_all
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.speech._recordings import check_audio
from sklearn_ser.utils._messages import join_names

# Missing files that a message names.
MOST = 20


def leave_out_unreadable(corpus, options, *, memory, root):
    """Return a corpus without recordings that cannot be read, and what to say of them.

    Parameters
    ----------
    corpus : Bunch
    options : argparse.Namespace
        With ``n_jobs`` and ``skip_errors``.
    memory : path-like
        Folder that keeps which recordings can be read.
    root : path-like or None
        Folder that files are named relative to.

    Returns
    -------
    corpus : Bunch
    notices : list of str

    Raises
    ------
    UsageError
        If recordings cannot be read, unless they are to be left out; also if none can be read.
    """
    data = corpus.data
    if "file" not in data:
        return corpus, []
    failures = _find_missing(data)
    if failures and not options.skip_errors:
        raise UsageError(
            f"{_count(failures, data)} do not exist: {_join(failures)}. Correct the table, pass "
            "--root with the folder that they are in, or leave them out by --skip-errors"
        )
    failures += _find_failures(data, failures, options, memory)
    if failures and not options.skip_errors:
        raise UsageError(f"{_describe(failures, len(data))} To leave them out, pass --skip-errors")
    if not failures:
        return corpus, []
    failures = sorted(failure._replace(file=_name(failure, root)) for failure in failures)
    said = _describe(failures, len(data))
    if len(failures) == len(data):
        raise UsageError(f"no recording can be read: {said}")
    notice = f"LEFT OUT: {said}"
    print(f"warning: {notice}", file=sys.stderr)
    return _drop(corpus, [failure.sample for failure in failures]), [notice]


def _find_missing(data):
    return [
        Failure(row, os.fspath(file), "does not exist")
        for row, file in enumerate(data["file"])
        if isinstance(file, (str, os.PathLike)) and not os.path.exists(os.path.expanduser(file))
    ]


def _name(failure, root):
    return failure.file if root is None else shorten_path(failure.file, root)


def _describe(failures, n_recordings):
    """Describe failures in one line."""
    text = describe_failures(failures, n_recordings)
    return text.replace(":\n- ", ": ").replace("\n- ", "; ")


def _find_failures(data, missing, options, memory):
    """Read all recordings but those that are missing, and return those that fail."""
    absent = {failure.sample for failure in missing}
    present = [row for row in range(len(data)) if row not in absent]
    if not present:
        return []
    try:
        with warnings.catch_warnings():
            # Told when the features are computed.
            warnings.simplefilter("ignore", UserWarning)
            extract_all(
                Computation(count_samples, ()),
                check_audio(data.iloc[present].reset_index(drop=True)).clips,
                sampling_rate=SAMPLING_RATE,
                memory=memory,
                n_jobs=options.n_jobs,
                verbose=True,
                errors="raise",
            )
    except ExtractionError as error:
        found = error.failures.itertuples(index=False)
        return [Failure(present[row], file, reason) for row, file, reason in found]
    return []


def count_samples(signal, settings):
    """Return the length of a signal: it can be read."""
    return len(signal)


def _drop(corpus, rows):
    """Return a corpus without some of its samples."""
    kept = [row for row in range(len(corpus.data)) if row not in set(rows)]
    data = corpus.data.iloc[kept].reset_index(drop=True)
    ratings = corpus.ratings[kept].with_ids(get_ids(data))
    return Bunch(**{**corpus, "data": data, "ratings": ratings, "target": ratings.consensus()})


def _count(failures, data):
    return f"{len(failures)} of {len(data)} recording{'s' if len(data) > 1 else ''}"


def _join(failures):
    return join_names((failure.file for failure in failures), most=MOST)
