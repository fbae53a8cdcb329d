"""Transformers that fail or warn, as a bug would have them; importable by worker processes."""

import builtins
import warnings

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.features._mel import compute_log_mel


class Unpicklable(Exception):
    """An error that no process can send to another."""

    def __reduce__(self):
        raise TypeError("cannot be pickled")


ERRORS = {**vars(builtins), "Unpicklable": Unpicklable}


def compute_or_fail(signal, settings):
    """Compute log-Mel bands; an error for signals of 8,000 samples."""
    *settings, kind = settings
    if len(signal) == 8000:
        raise ERRORS[kind]("here")
    return compute_log_mel(signal, settings)


class FailingLogMel(SegmentLogMel):
    """Fails by `compute_or_fail`."""

    _function = staticmethod(compute_or_fail)

    def __init__(self, kind="ValueError", *, n_jobs=None, memory=None, errors="raise"):
        super().__init__(n_jobs=n_jobs, memory=memory, errors=errors)
        self.kind = kind

    def _make_settings(self):
        return (*super()._make_settings(), self.kind)


def compute_and_warn(signal, settings):
    """Compute log-Mel bands, with a warning."""
    warnings.warn("made in compute_and_warn", RuntimeWarning, stacklevel=1)
    return compute_log_mel(signal, settings)


class WarningLogMel(SegmentLogMel):
    """Warns by `compute_and_warn`."""

    _function = staticmethod(compute_and_warn)
