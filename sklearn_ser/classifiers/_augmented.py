"""Train any classifier of recordings on altered copies of them, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._bases import check_learns_ratings
from sklearn_ser.classifiers._mixins import ProbabilityMixin, fit_wrapped
from sklearn_ser.classifiers._routing import (
    combine_weights,
    make_router,
    route_weights,
    take_params,
)
from sklearn_ser.classifiers._sample_weight import take_ratings
from sklearn_ser.features import SpeedPerturbation
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._recordings import AudioLike, convert_to_frame
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import HasMethods
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter


class AugmentedClassifier(MetaEstimatorMixin, ProbabilityMixin, Estimator):
    """Train on recordings and on altered copies of them; predict unaltered recordings.

    A copy has the ratings and the session of its original. `SequenceScaler` scales it like a
    separate speaker, because the voice sounds different. Early stopping and cross-fitting inside
    the estimator keep it with its original's speaker. By default, the estimator is trained on each
    recording at 0.9, 1 and 1.1 times its speed [1]_. Waveforms must be at 16 kHz.

    Parameters
    ----------
    estimator : classifier
        It must accept recordings and ratings, such as a pipeline that begins with `OpenSmileLLD`
        or another transformer of recordings. If that transformer has a ``memory``, it extracts
        each copy only once.
    augmentations : sequence of transformers, default=None
        Each makes one altered copy of every recording, as `SpeedPerturbation` does. If None,
        ``[SpeedPerturbation(0.9), SpeedPerturbation(1.1)]``.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)

    References
    ----------
    .. [1] Ko et al., "Audio augmentation for speech recognition", Interspeech 2015.
       doi:10.21437/Interspeech.2015-711

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import AttentionBLSTMClassifier, AugmentedClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.features import FramePooler, OpenSmileLLD
    >>> corpus = make_dyadic_corpus(n_sessions=1, n_utterances=10, random_state=0)
    >>> network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, random_state=0)
    >>> pipeline = make_pipeline(OpenSmileLLD("chou2019"), FramePooler(5), network)
    >>> model = AugmentedClassifier(pipeline).fit(corpus.data, corpus.ratings)
    >>> model.predict_proba(corpus.data).shape
    (10, 4)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "augmentations": ["array-like", None],
    }

    def __init__(
        self, estimator: BaseEstimator, *, augmentations: Sequence[BaseEstimator] | None = None
    ) -> None:
        self.estimator = estimator
        self.augmentations = augmentations

    def fit(
        self, X: AudioLike, y: RatingsLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Make the altered copies, and train the estimator on all recordings.

        Parameters
        ----------
        X : DataFrame, or sequence of paths or of waveforms, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weights for the estimator, 0 or more; a copy has that of its original. Recordings of
            weight 0 are left out.
        **params : dict
            Other metadata to route to the estimator, if scikit-learn's metadata routing is
            enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, or a transformer does not
            return one copy per recording; also any error of the transformers or the estimator.
        TypeError
            If weights are given and the estimator does not accept them, or the estimator learns
            labels instead of ratings.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_samples(X, ratings)
        parts, n_samples = {"estimator": self.estimator}, len(ratings)
        params = route_weights(self, parts, sample_weight, params, n_samples)["estimator"]
        used = np.flatnonzero(combine_weights(params, n_samples) > 0)
        if len(used) < n_samples:
            X, ratings = _safe_indexing(X, used), take_ratings(y, ratings, used)
        changes = self.augmentations
        changes = [SpeedPerturbation(0.9), SpeedPerturbation(1.1)] if changes is None else changes
        copies = [clone(change).fit_transform(X) for change in changes]
        odd = [
            f"{len(copy)} of {change!r}"
            for change, copy in zip(changes, copies, strict=True)
            if len(copy) != len(X)
        ]
        if odd:
            raise ValueError(
                f"augmentations must return one copy per recording: {len(X)}, got "
                f"{join_names(odd)}."
            )
        check_learns_ratings(self.estimator, self)
        # Copies keep the ratings and the weights of their originals.
        rows = np.tile(np.arange(len(ratings)), 1 + len(copies))
        params = take_params(params, used[rows], n_samples)
        frames = [convert_to_frame(recordings) for recordings in (X, *copies)]
        everything = pd.concat(_name_speakers(frames), ignore_index=True)
        return fit_wrapped(self, everything, ratings[rows], **params)

    def predict_proba(self, X: AudioLike) -> NDArray:
        """Return the estimator's probabilities.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimator.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, {"estimator": self.estimator})

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags


def _name_speakers(frames):
    """Name unknown speakers, one per recording: a copy must not part from its original."""
    named = []
    for number, frame in enumerate(frames):
        speakers = []
        for row, known in enumerate(frame.get("speaker", [None] * len(frame))):
            name = f"recording {row}"
            alone = AlteredSpeaker(name, f"copy {number}") if number else name
            speakers.append(alone if pd.isna(known) else known)
        named.append(frame.assign(speaker=pd.Series(speakers, dtype=object, index=frame.index)))
    return named
