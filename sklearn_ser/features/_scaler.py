"""Scaling to zero mean and unit variance, by corpus, speaker or utterance."""

from __future__ import annotations

import itertools
import warnings
from typing import Literal, Self

import numpy as np
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.speech._check import SequencesLike, is_table, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.splits._speakers import get_voices
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import StrOptions
from sklearn_ser.utils._ragged import reduce_samples
from sklearn_ser.utils._saving import Estimator

# Number of frames that are processed at a time in float64, which limits the memory used.
BLOCK = 1 << 17


class SequenceScaler(
    OneToOneFeatureMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None
):
    """Scale every feature to zero mean and unit variance.

    Parameters
    ----------
    by : {"corpus", "speaker", "utterance"}, default="corpus"
        The frames from which mean and variance are computed.

        * "corpus": all frames that ``fit`` saw.
        * "utterance": the sample's own frames.
        * "speaker": the speaker's frames that ``fit`` saw. A speaker that ``fit`` did not see is
          scaled by that speaker's frames in the call of ``transform``, so it matters which samples
          are transformed together. No labels are used, but there should be enough speech from the
          speaker: if all of it is one frame, such as one vector per recording, that becomes 0. A
          sample without a speaker is scaled by its own frames, with a warning.

        Samples without frames are ignored by ``fit``, and remain without frames.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_features,) or (n_speakers, n_features)
        In units of the features, by corpus or by speaker. The scale is the standard deviation, or
        1 where a feature is constant.
    speakers_ : list
        Speakers that ``fit`` saw, in the order of the statistics; only if `by` is "speaker".
    n_features_in_ : int
        Number of features per frame.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import Sequences
    >>> from sklearn_ser.features import SequenceScaler
    >>> X = Sequences.from_arrays([[[1.0], [3.0]], [[10.0], [30.0]]], speaker=["Ann", "Bob"])
    >>> SequenceScaler(by="speaker").fit_transform(X).values.ravel()
    array([-1.,  1., -1.,  1.], dtype=float32)
    """

    _parameter_constraints: dict = {"by": [StrOptions({"corpus", "speaker", "utterance"})]}

    def __init__(self, by: Literal["corpus", "speaker", "utterance"] = "corpus") -> None:
        self.by = by

    def fit(self, X: SequencesLike, y: object = None) -> Self:
        """Learn the mean and the scale.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
        y : Ratings or other labels of the same samples, default=None
            Only checked to be of the same samples, if both have ids.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or `by` is invalid.
        """
        self._validate_params()
        if y is not None:
            check_samples(X, y)
        X = validate_sequences(self, X, reset=True)
        if (X.lengths == 0).any():
            X = X[X.lengths > 0]
        if self.by == "corpus":
            mean, scale = _compute_moments(X, np.zeros(len(X), dtype=int), 1)
            self.mean_, self.scale_ = mean[0], scale[0]
        elif self.by == "speaker":
            group, self.speakers_ = _group_by_speaker(X)
            known = np.flatnonzero(group >= 0)
            self.mean_, self.scale_ = _compute_moments(X[known], group[known], len(self.speakers_))
        return self

    def transform(self, X: SequencesLike) -> Sequences:
        """Scale the frames.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
            A 2-D array is read as sequences of one frame, without speakers.

        Returns
        -------
        Sequences, or ndarray of float32 of shape (n_samples, n_features) for a 2-D X

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in ``fit``.

        Warns
        -----
        UserWarning
            If `by` is "speaker" and samples have no speaker.
        """
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        if self.by == "corpus":
            group, mean, scale = np.zeros(len(sequences), dtype=int), self.mean_, self.scale_
        elif self.by == "utterance":
            group = np.arange(len(sequences))
            mean, scale = _compute_moments(sequences, group, len(sequences))
        else:
            group, mean, scale = self._find_statistics(sequences)
        values = _scale(sequences, group, np.atleast_2d(mean), np.atleast_2d(scale))
        return values if is_table(X) else sequences.with_values(values)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _find_statistics(self, X):
        """Return the group of each sample, and the mean and scale of each group."""
        group, speakers = _group_by_speaker(X)
        seen = {speaker: i for i, speaker in enumerate(self.speakers_)}
        place = [seen.get(speaker, -1) for speaker in speakers]
        group_seen = np.array([place[g] if g >= 0 else -1 for g in group])
        unseen = np.flatnonzero((group_seen < 0) & (group >= 0))
        alone = np.flatnonzero((group < 0) & (X.lengths > 0))
        if len(alone):
            warnings.warn(
                f"{len(alone)} of {len(X)} samples have no speaker and are scaled by their own "
                f"frames: {join_names(alone)}.",
                UserWarning,
                stacklevel=3,
            )
        # New groups are numbered after those of fit: one per new speaker, and one per sample
        # without a speaker.
        new, unseen_group = np.unique(group[unseen], return_inverse=True)
        rows = np.concatenate([unseen, alone])
        extra = np.concatenate([unseen_group, len(new) + np.arange(len(alone))])
        group_seen[rows] = len(seen) + extra
        mean, scale = _compute_moments(X[rows], extra, len(new) + len(alone))
        return group_seen, np.vstack([self.mean_, mean]), np.vstack([self.scale_, scale])


def _group_by_speaker(X):
    """Return the group of each sample, -1 where the speaker is missing, and the speakers."""
    voices = get_voices(X.speaker)
    if voices is None:
        return np.full(len(X), -1), []
    place = {}
    group = [-1 if s is None else place.setdefault(s, len(place)) for s in voices]
    return np.array(group), list(place)


def _compute_moments(X, group, n_groups):
    """Return the mean and scale of each group.

    Both are computed in float64 and in two passes, without cancellation and without a copy of X.
    """
    # At least 1: a group may have no frames, to which its mean is then applied.
    n_frames = np.maximum(np.bincount(group, X.lengths, minlength=n_groups), 1)[:, None]
    mean = _sum(X, group, n_groups, lambda frames, _: frames) / n_frames
    variance = _sum(X, group, n_groups, lambda frames, g: (frames - mean[g]) ** 2) / n_frames
    scale = np.sqrt(variance)
    # The only spread of a constant feature is rounding error, which scaling would amplify to
    # noise.
    constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return mean, np.where(constant, 1.0, scale)


def _sum(X, group, n_groups, function):
    """Sum a function of the frames over each group."""
    total = np.zeros((n_groups, X.n_features))
    for first, last in _iterate_blocks(X):
        offsets = X.offsets[first : last + 1]
        frames = X.values[offsets[0] : offsets[-1]].astype(np.float64)
        values = function(frames, np.repeat(group[first:last], np.diff(offsets)))
        sums = reduce_samples(np.add, values, offsets - offsets[0], 0)
        np.add.at(total, group[first:last], sums)
    return total


def _scale(X, group, mean, scale):
    values = np.empty_like(X.values)
    for first, last in _iterate_blocks(X):
        frames = slice(X.offsets[first], X.offsets[last])
        g = np.repeat(group[first:last], X.lengths[first:last])
        values[frames] = (X.values[frames] - mean[g]) / scale[g]
    return values


def _iterate_blocks(X):
    """Yield the first and last sample of blocks of whole samples, of about `BLOCK` frames."""
    cuts = np.searchsorted(X.offsets, np.arange(BLOCK, len(X.values), BLOCK))
    bounds = np.unique([0, *cuts, len(X)])
    return itertools.pairwise(bounds)
