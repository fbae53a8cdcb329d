"""The base class of transformers that read recordings."""

from __future__ import annotations

import os
from collections.abc import Callable
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin

from sklearn_ser.features._extraction import Computation, extract_all
from sklearn_ser.speech._audio import HIGHEST_RATE, LOWEST_RATE
from sklearn_ser.speech._ids import check_samples, get_ids
from sklearn_ser.speech._recordings import AudioLike, check_audio
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._saving import Estimator, PathsAsTextMixin


class AudioTransformer(PathsAsTextMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Base class of transformers that compute frames from each recording on its own.

    A subclass defines

    * ``_function(signal, settings)``, static and importable, which returns the frames of a signal;
    * ``_make_settings()``, which validates the parameters and returns a tuple of everything that
      the frames depend on;
    * optionally ``_make_computation(settings)``, if a cache stores more than is wanted, or several
      signals are faster together;
    * optionally ``_check_settings(settings)``, for slow checks that ``fit`` runs but ``transform``
      does not;
    * optionally ``_get_frame_step(settings)``, which returns the seconds from one frame to the
      next, or None, as by default, if they are unknown or a frame is a whole recording;
    * optionally ``_make_container(results, speaker, session, frame_step)``, if ``transform`` does
      not return `Sequences`.
    """

    _function: Callable

    _reaches = {"memory": "memory", "n_jobs": "n_jobs", "root": "root"}
    _parameter_constraints: dict = {
        "sampling_rate": [Interval(Integral, LOWEST_RATE, HIGHEST_RATE, closed="both")],
        "memory": [str, os.PathLike, HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "root": [str, os.PathLike, None],
        "errors": [StrOptions({"raise", "skip"})],
    }

    def __init_subclass__(cls, auto_wrap_output_keys=None, **kwargs):
        # scikit-learn's default, which is not inherited, is a `set_output` that makes tables.
        super().__init_subclass__(auto_wrap_output_keys=auto_wrap_output_keys, **kwargs)

    def fit(self, X: AudioLike, y: object = None) -> Self:
        """Validate the parameters; nothing is learned.

        Parameters
        ----------
        X : DataFrame, or sequence of paths or of waveforms
        y : Ratings or other labels of the same samples, default=None
            Only checked to be of the same samples, if both have ids.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or parameters contradict each other.
        """
        self._check_settings(self._make_settings())
        if y is not None:
            check_samples(X, y)
        return self

    def _make_settings(self):
        """Validate the parameters, and return everything that the frames depend on as a tuple."""
        raise NotImplementedError

    def _make_computation(self, settings):
        """Return how features are computed; see `Computation`."""
        return Computation(self._function, settings)

    def _check_settings(self, settings):
        """Run checks that are too slow for every call of ``transform``."""

    def _get_frame_step(self, settings):
        """Return the seconds from one frame to the next, or None."""
        return None

    def transform(self, X: AudioLike) -> Any:
        """Compute the features of every recording.

        Parameters
        ----------
        X : DataFrame, Series, Index, or sequence of paths or of waveforms
            A DataFrame has a column ``file`` (paths) or ``signal`` (1-D float waveforms within
            [-1, 1]), or both, if each row has one of them. It may have ``start`` and ``end`` (in
            seconds, or as Timedelta; both also as text; missing for the beginning and the end of
            the recording), ``channel`` (counted from 0; missing for the mean of all channels),
            ``speaker`` and ``session``. In tables of audformat, file, start and end are levels of
            the index; such an index is accepted as well.

        Returns
        -------
        Sequences, or Segments
            One sample per recording, with its speaker and session, and with the frame step, if
            it is known. If `errors` is "skip", recordings that fail are samples without frames.

        Raises
        ------
        ExtractionError
            If recordings are missing, damaged, cut off or empty, have NaN or infinite samples or
            samples beyond [-4, 4], or do not contain the part or the channel. It is a ValueError,
            and its attribute ``failures`` lists all of these recordings. If `errors` is "skip", it
            is raised only if all recordings fail.
        ValueError
            For the same reasons as `fit`, and if cells of X are invalid; these are listed.
        TypeError
            If X has any other form.

        Warns
        -----
        UserWarning
            If recordings are skipped, if samples exceed [-1, 1] by a little and are clipped, or if
            the mean of the channels has lost more than 20 dB against the loudest one.
        """
        settings = self._make_settings()
        audio = check_audio(X, self._find_root())
        results = extract_all(
            self._make_computation(settings),
            audio.clips,
            sampling_rate=self.sampling_rate,
            memory=self.memory,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            errors=self.errors,
        )
        first = np.asarray(next(result for result in results if result is not None))
        nothing = np.zeros((0, *first.shape[1:]), first.dtype)
        results = [nothing if result is None else result for result in results]
        frame_step = self._get_frame_step(settings)
        made = self._make_container(results, audio.speaker, audio.session, frame_step)
        return made.with_ids(get_ids(X)) if isinstance(made, Sequences) else made

    def _find_root(self):
        """Return the folder that paths are relative to, or None for the working directory."""
        if self.root is None:
            return None
        root = os.path.expanduser(os.fspath(self.root))
        if not os.path.isdir(root):
            raise ValueError(f"root must be an existing folder, got {root!r}.")
        return root

    def _make_container(self, results, speaker, session, frame_step):
        """Join the frames of all recordings."""
        return Sequences.from_arrays(
            results, speaker=speaker, session=session, frame_step=frame_step
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags
