"""Score profile refinement by the published procedure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils import Bunch

from sklearn_ser.classifiers import ProfileRefineryClassifier
from sklearn_ser.classifiers._profiles import compute_statistics, concatenate_profiles
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.speech._segments import Segments, check_segments
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._typing import RandomState

OPTIMISTIC = (
    "Optimistic: speakers are on both sides of every split, and the networks whose profiles the "
    "forest is trained on had seen the labels of the utterances that it is tested on."
)


def paper_protocol(
    estimator: BaseEstimator,
    X: SequencesLike,
    y: RatingsLike,
    *,
    cv: int = 10,
    random_state: RandomState = None,
) -> Bunch:
    """Score stages of refinement by the published procedure, which is optimistic.

    Mao et al. [1]_ make the profiles by ten-fold cross-validation over utterances, and then
    cross-validate the random forest on them by another ten folds. This is optimistic for two
    reasons. Speakers are on both sides of both splits. In addition, the networks that made the
    profiles of the forest's training utterances were trained on the labels of its test utterances,
    and vice versa, so profiles may leak labels. To estimate how well unknown utterances or
    speakers are classified, cross-validate `ProfileRefineryClassifier` by speaker: it does
    everything inside its ``fit``.

    For the rows of a table, from recordings and with the scores of `cross_evaluate`, see
    `evaluate_paper_protocol`.

    Parameters
    ----------
    estimator : ProfileRefineryClassifier
        Its `cv`, `refit` and `random_state` are replaced.
    X : Segments, or any form that `check_segments` accepts, of length n_samples
        Speakers are ignored. Bands are taken as they are; to scale them as
        `evaluate_paper_protocol` does, apply ``SequenceScaler().fit_transform`` to all samples.
    y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Utterances without a target are left out.
    cv : int, default=10
        Folds of both cross-validations, which are drawn independently.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    Bunch
        ``scores`` : DataFrame with one row per stage, ``WA`` and ``UA`` of the forest.
        ``predictions`` : list of ndarray of labels, by stage.
        ``target`` : ndarray of labels of the utterances that have a target.
        ``note`` : str that explains why these figures are optimistic.

    Raises
    ------
    TypeError
        If the estimator is not a `ProfileRefineryClassifier`.
    ValueError
        If its ``fit`` raises one, a class has fewer utterances than there are folds, or recordings
        are altered copies, since an utterance and its copy could be on different sides.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import ProfileRefineryClassifier, SegmentVGGClassifier
    >>> from sklearn_ser.evaluation import paper_protocol
    >>> from sklearn_ser.features import SegmentLogMel
    >>> rng = np.random.default_rng(0)
    >>> speech = [volume * rng.standard_normal(8000) for volume in [0.01, 0.2] * 6]
    >>> X = SegmentLogMel(segment_step=4).fit_transform(speech)
    >>> network = SegmentVGGClassifier(width=1 / 64, max_epochs=1)
    >>> model = ProfileRefineryClassifier(network, n_stages=2)
    >>> found = paper_protocol(model, X, ["sad", "angry"] * 6, cv=2, random_state=0)
    >>> found.scores.shape, len(found.predictions)
    ((2, 2), 2)
    """
    if not isinstance(estimator, ProfileRefineryClassifier):
        raise TypeError(
            f"estimator must be a ProfileRefineryClassifier, got {type(estimator).__name__}."
        )
    tested = cross_validate_forest(
        estimator, check_segments(X), check_ratings(y), cv, random_state
    )
    predictions = [tested.predict(stage) for stage in range(len(tested.proba))]
    scores = [
        {
            "WA": accuracy_score(tested.labels, said),
            "UA": recall_score(tested.labels, said, average="macro"),
        }
        for said in predictions
    ]
    index = pd.RangeIndex(1, len(scores) + 1, name="stage")
    return Bunch(
        scores=pd.DataFrame(scores, index=index),
        predictions=predictions,
        target=tested.labels,
        note=OPTIMISTIC,
    )


class Tested(NamedTuple):
    """Predictions of the forest for every utterance that has a target.

    Parameters
    ----------
    samples : ndarray of int of shape (n_tested,)
        Numbers of these utterances.
    labels : ndarray of shape (n_tested,)
        Their labels.
    classes : ndarray of shape (n_classes,)
        Columns of `proba`.
    folds : ndarray of int of shape (n_tested,)
        The fold in which each was tested.
    proba : list of ndarray of shape (n_tested, n_classes)
        By stage.
    """

    samples: NDArray
    labels: NDArray
    classes: NDArray
    folds: NDArray
    proba: list[NDArray]

    def predict(self, stage: int) -> NDArray:
        """Return the most probable label of every utterance in a stage."""
        return self.classes[self.proba[stage].argmax(axis=1)]


def cross_validate_forest(refinery, X, ratings, cv, random_state):
    """Make profiles by cross-validation, and cross-validate the final estimator on them.

    Parameters
    ----------
    refinery : ProfileRefineryClassifier
    X : Segments of length n_samples
    ratings : Ratings of length n_samples
    cv : int
        Folds of both.
    random_state : int, RandomState instance or None

    Returns
    -------
    Tested
    """
    _check_originals(X)
    anonymous = Segments(
        X.values,
        X.offsets,
        segment_length=X.segment_length,
        segment_step=X.segment_step,
        frame_step=X.frame_step,
    )
    rng = as_generator(random_state)
    folds = [StratifiedKFold(cv, shuffle=True, random_state=draw_seed(rng)) for _ in range(2)]
    fitted = clone(refinery).set_params(cv=folds[0], refit=False, random_state=draw_seed(rng))
    fitted.fit(anonymous, ratings)
    forest = fitted.final_estimator
    if forest is None:
        forest = RandomForestClassifier(random_state=draw_seed(rng))

    used = np.flatnonzero([profile is not None for profile in fitted.profiles_[0]])
    targets = fitted.target_encoder_.transform(ratings)[used]
    labels = fitted.target_encoder_.classes_[targets.argmax(axis=1)]
    by_stage = []
    for profiles in fitted.profiles_:
        own = concatenate_profiles([profiles[row] for row in used])
        statistics = compute_statistics(own, fitted.statistics, fitted.threshold)
        splits = list(folds[1].split(statistics, labels))
        proba = cross_val_predict(forest, statistics, labels, cv=splits, method="predict_proba")
        by_stage.append(proba)
    of_fold = np.empty(len(used), dtype=int)
    for fold, (_, test) in enumerate(splits):
        of_fold[test] = fold
    return Tested(used, labels, np.unique(labels), of_fold, by_stage)


def _check_originals(X):
    altered = (
        [i for i, name in enumerate(X.speaker) if isinstance(name, AlteredSpeaker)]
        if X.speaker is not None
        else []
    )
    if altered:
        raise ValueError(
            "altered copies would be on the other side of their originals, because the published "
            f"procedure splits by utterance: leave out samples {join_names(altered)}."
        )
