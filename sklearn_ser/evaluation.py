"""Evaluation that keeps ratings whole."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone, is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import StratifiedKFold, check_cv
from sklearn.model_selection import cross_val_predict as cross_val_predict_labels
from sklearn.utils import Bunch, _safe_indexing
from sklearn.utils.validation import _num_samples, check_consistent_length

from sklearn_ser._folds import not_once, spread
from sklearn_ser._random import as_generator, as_seed
from sklearn_ser.classifiers import ProfileRefineryClassifier
from sklearn_ser.classifiers._profiles import joined
from sklearn_ser.ratings import check_ratings
from sklearn_ser.segments import Segments, check_segments
from sklearn_ser.targets import has_target

METHODS = ("predict", "predict_proba")


def cross_val_predict(
    estimator, X, y, *, groups=None, cv=None, method="predict_proba", n_jobs=None, verbose=0
):
    """Predict every sample by a model that was not trained on it.

    scikit-learn's function of this name turns y into labels before it calculates probabilities,
    which ratings refuse; this one hands them to the estimator as they are.

    Parameters
    ----------
    estimator : classifier
    X : DataFrame, Sequences or any container of n_samples that scikit-learn can index
    y : Ratings or what `check_ratings` takes, of n_samples
    groups : array-like of shape (n_samples,), default=None
        For the splitter: speakers or sessions that must not be on both sides.
    cv : int, splitter or iterable of splits, default=None
        An integer is plain KFold; None is five folds. Test parts must cover every sample once.
    method : {"predict_proba", "predict"}, default="predict_proba"
    n_jobs : int, default=None
        Folds side by side, by joblib.
    verbose : int, default=0
        Of joblib.

    Returns
    -------
    ndarray of shape (n_samples, n_classes) or (n_samples,)
        Probabilities of the target classes of y, sorted, and of whatever else a fold's model
        knows; 0 where a fold's model does not know a class. Or labels.

    Raises
    ------
    ValueError
        If `method` is unknown, X, y and groups differ in length, or the test parts do not cover
        every sample once; the samples are named.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GroupKFold
    >>> from sklearn_ser import AttentionBLSTMClassifier, Ratings
    >>> from sklearn_ser.evaluation import cross_val_predict
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(12, 7, 3))
    >>> y = Ratings.from_wide([["sad", "angry"], ["angry", "angry"], ["sad", "sad"]] * 4)
    >>> model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, random_state=0)
    >>> speakers = np.repeat(["F1", "M1", "F2", "M2"], 3)
    >>> cross_val_predict(model, X, y, groups=speakers, cv=GroupKFold(2)).shape
    (12, 2)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}.")
    ratings = check_ratings(y)
    check_consistent_length(X, ratings, groups)
    n_samples = _num_samples(X)
    # check_cv must not see ratings: it would ask whether they can be stratified.
    splits = list(
        check_cv(cv, classifier=is_classifier(estimator)).split(np.zeros(n_samples), None, groups)
    )
    uneven = not_once(splits, n_samples)
    if len(uneven):
        raise ValueError(
            f"the test parts of cv must hold every sample once; not so samples {uneven.tolist()}."
        )
    folds = Parallel(n_jobs=n_jobs, verbose=verbose)(
        delayed(_fold)(clone(estimator), X, ratings, train, test, method) for train, test in splits
    )
    rows = np.concatenate([test for _, test in splits])
    if method == "predict":
        predicted = np.concatenate([labels for labels, _ in folds])
    else:
        known = [ratings.classes, *(classes for _, classes in folds)]
        classes = np.unique(np.concatenate(known))
        predicted = np.concatenate([spread(proba, own, classes) for proba, own in folds])
    result = np.empty_like(predicted)
    result[rows] = predicted
    return result


def _fold(estimator, X, ratings, train, test, method):
    estimator.fit(_safe_indexing(X, train), ratings[train])
    return getattr(estimator, method)(_safe_indexing(X, test)), estimator.classes_


OPTIMISTIC = (
    "Optimistic: speakers are on both sides of every split, and the networks whose profiles the "
    "forest is trained on had seen the labels of the utterances that it is tested on."
)


def paper_protocol(estimator, X, y, *, cv=10, random_state=None):
    """Score stages of refinement as they were published, which is optimistic.

    Mao et al. [1]_ make the profiles by ten-fold cross-validation over utterances, and then
    cross-validate the random forest on them by another ten folds. Speakers are on both sides of
    both. And an utterance that the forest is trained on has its profile from a network that was
    trained with the labels of those the forest is tested on, whose own profiles come from networks
    that saw the former: what the forest finds may be what the labels left behind. To learn how
    well unknown utterances, or speakers, are classified, cross-validate
    `ProfileRefineryClassifier` by speaker, which does everything inside its ``fit``.

    Parameters
    ----------
    estimator : ProfileRefineryClassifier
        Its `cv`, `refit` and `random_state` are replaced.
    X : Segments, or what `check_segments` takes, of n_samples
        Speakers are ignored.
    y : Ratings or what `check_ratings` takes, of n_samples
        Utterances without a target are left out.
    cv : int, default=10
        Folds of both cross-validations; the two are drawn apart.
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    Bunch
        ``scores`` : DataFrame, one row a stage: ``WA`` and ``UA`` of the forest.
        ``predictions`` : list of ndarray of labels, by stage.
        ``target`` : ndarray of labels, of the utterances that have one.
        ``note`` : why these figures are optimistic.

    Raises
    ------
    TypeError
        If the estimator is none that refines profiles.
    ValueError
        As its ``fit``, and if a class has fewer utterances than there are folds.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259
    """
    if not isinstance(estimator, ProfileRefineryClassifier):
        raise TypeError(
            f"estimator must be a ProfileRefineryClassifier, got {type(estimator).__name__}."
        )
    X = check_segments(X)
    anonymous = Segments(
        X.values,
        X.offsets,
        segment_length=X.segment_length,
        hop=X.hop,
        frame_step=X.frame_step,
    )
    rng = as_generator(random_state)
    folds = [StratifiedKFold(cv, shuffle=True, random_state=as_seed(rng)) for _ in range(2)]
    fitted = clone(estimator).set_params(cv=folds[0], refit=False, random_state=as_seed(rng))
    ratings = check_ratings(y)
    fitted.fit(anonymous, ratings)
    forest = fitted.final_estimator
    if forest is None:
        forest = RandomForestClassifier(random_state=as_seed(rng))

    targets = fitted.target_encoder_.transform(ratings)
    used = np.flatnonzero(has_target(targets))
    labels = fitted.target_encoder_.classes_[targets[used].argmax(axis=1)]
    scores, predictions = [], []
    for profiles in fitted.profiles_:
        described = fitted._describe(joined([profiles[row] for row in used]))
        said = cross_val_predict_labels(forest, described, labels, cv=folds[1])
        ua = recall_score(labels, said, average="macro")
        scores.append({"WA": accuracy_score(labels, said), "UA": ua})
        predictions.append(said)
    index = pd.RangeIndex(1, len(scores) + 1, name="stage")
    return Bunch(
        scores=pd.DataFrame(scores, index=index),
        predictions=predictions,
        target=labels,
        note=OPTIMISTIC,
    )
