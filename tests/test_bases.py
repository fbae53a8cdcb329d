"""Estimators that cannot be the base of a classifier: the error says which can."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    RatingsClassifier,
)
from sklearn_ser.features import SequenceStatistics


def ensemble(estimator, **params):
    final = LogisticRegression()
    return AnnotatorEnsembleClassifier(estimator, final_estimator=final, min_ratings=5, **params)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (ensemble(LogisticRegression()), r"LogisticRegression takes a table, but X holds seq"),
        (ensemble(make_pipeline(StandardScaler(), SVC())), "must have transform .*SVC"),
        (
            ensemble(make_pipeline(SequenceStatistics(), SVC())),
            "must have transform or predict_proba, as AttentionBLSTM.* LogisticRegression .*SVC",
        ),
        (ensemble(LinearSVC(), cv=2), "must have predict_proba, as AttentionBLSTM.*LinearSVC"),
        (
            ensemble(LogisticRegression(), cv=2),
            r"LogisticRegression takes a table, but X holds sequences of frames. The estimator "
            r"must be a network, such as AttentionBLSTMClassifier, or a pipeline that makes a "
            r"table first: make_pipeline\(SequenceStatistics\(\), LogisticRegression\(\)\)",
        ),
        (ensemble(LinearDiscriminantAnalysis()), "LinearDiscriminantAnalysis takes a table"),
        (
            ensemble(make_pipeline(StandardScaler(), RandomForestClassifier()), cv=2),
            "StandardScaler takes a table",
        ),
        (ConsensusClassifier(SVC()), "SVC takes a table, but X holds sequences"),
        (
            AveragingClassifier([("a", ConsensusClassifier(LogisticRegression()))]),
            "LogisticRegression takes a table",
        ),
        (
            AveragingClassifier([("a", LogisticRegression())]),
            r"AveragingClassifier trains its estimators on ratings, and LogisticRegression takes "
            r"labels: ConsensusClassifier\(LogisticRegression\(\)\) learns",
        ),
        (
            AveragingClassifier([("a", make_pipeline(SequenceStatistics(), SVC()))]),
            r"SVC takes labels: ConsensusClassifier\(SVC\(\)\)",
        ),
    ],
)
def test_bases_that_cannot_learn(X, y, model, message):
    for form in (X, [np.array(frames) for frames in X]):
        with pytest.raises(TypeError, match=message):
            model.fit(form, y)


def test_classifiers_of_recordings_learn_ratings(y):
    audio = [0.1 * np.random.default_rng(0).standard_normal(4000)] * 40
    with pytest.raises(TypeError, match=r"AugmentedClassifier trains its .* SVC takes labels"):
        AugmentedClassifier(SVC(probability=True), augmentations=[]).fit(audio, y)


def test_bases_that_can_learn(X, y):
    """With what is scikit-learn's at the beginning or around them, they get their X as it is."""
    network = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1)
    table = SequenceStatistics()
    for base, params in (
        (make_pipeline(FunctionTransformer(), network), {}),
        (make_pipeline(table, LinearDiscriminantAnalysis()), {}),
        (make_pipeline(table, StandardScaler(), LogisticRegression()), {"cv": 2}),
        (GridSearchCV(network, {"lr": [0.1]}, cv=2, scoring=len_scorer), {}),
    ):
        assert ensemble(base, **params).fit(X, y).predict_proba(X).shape == (40, 2)
    ensemble(LinearDiscriminantAnalysis()).fit(table.fit_transform(X), y)
    AveragingClassifier([("a", GridSearchCV(network, {}, cv=2, scoring=len_scorer))]).fit(X, y)
    ConsensusClassifier(make_pipeline(table, SVC())).fit(X, y)


def len_scorer(estimator, X, y):
    return len(X)


@pytest.mark.parametrize("wrapper", [ConsensusClassifier, RatingsClassifier])
@pytest.mark.parametrize("labels", [["sad", "angry"] * 4, [0, 1] * 4])
def test_a_regressor_is_no_classifier(wrapper, labels):
    model = wrapper(make_pipeline(StandardScaler(), LinearRegression()))
    with pytest.raises(TypeError, match="estimator must be a classifier, got Pipeline"):
        model.fit(np.zeros((8, 2)), labels)
