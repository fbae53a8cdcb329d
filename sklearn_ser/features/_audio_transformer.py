"""What transformers of recordings have in common."""

from __future__ import annotations

import os
from numbers import Integral
from typing import TYPE_CHECKING, Any

from sklearn.base import TransformerMixin

from sklearn_ser.features._extraction import extract_all
from sklearn_ser.speech._audio import LOWEST_RATE, AudioLike, check_audio
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._params import HasMethods, Interval
from sklearn_ser.utils._saving import Estimator, PathsAsTextMixin

if TYPE_CHECKING:
    from typing_extensions import Self


class AudioTransformer(  # type: ignore[call-arg]
    PathsAsTextMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None
):
    """Recordings in, frames out, each on its own: there is nothing to learn.

    A subclass has `_settings`, all that frames depend on, checked; `_function`, importable, which
    makes frames of a signal and the settings; and perhaps a `_container` of its own for them.
    """

    _parameter_constraints: dict = {
        "sampling_rate": [Interval(Integral, LOWEST_RATE, None, closed="left")],
        "memory": [str, os.PathLike, HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def fit(self, X: AudioLike, y: object = None) -> Self:
        """Check the parameters; nothing is learned.

        Parameters
        ----------
        X : DataFrame, or sequence of paths or of waveforms
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or parameters do not fit together.
        """
        self._check(self._settings())
        return self

    def _check(self, settings):
        """Raise what takes too long to be found out at every call."""

    def transform(self, X: AudioLike) -> Any:
        """Compute what is asked for, of every recording.

        Parameters
        ----------
        X : DataFrame, or sequence of paths or of waveforms
            A DataFrame has a column ``file`` (paths) or ``signal`` (1-D float waveforms within
            [-1, 1]), or both, of which each row has one; and it may have ``start`` and ``end`` (in
            seconds), ``speaker`` and ``session``.

        Returns
        -------
        Sequences, or Segments
            One sample a recording, with its speaker and session.

        Raises
        ------
        ValueError
            As `fit`, and if recordings are missing, broken, empty, not finite or outside of their
            file; all of them are listed.
        TypeError
            If X holds something else.
        """
        settings = self._settings()
        audio = check_audio(X)
        results = extract_all(
            self._function,
            audio.clips,
            settings,
            sampling_rate=self.sampling_rate,
            memory=self.memory,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        return self._container(results, audio.speaker, audio.session)

    def _container(self, results, speaker, session):
        """Return what the function made of each recording in one piece."""
        return Sequences.from_arrays(results, speaker=speaker, session=session)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags
