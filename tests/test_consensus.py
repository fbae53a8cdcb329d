"""ConsensusClassifier against the estimator that it wraps."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import ConsensusClassifier, Ratings, Sequences
from sklearn_ser.features import SequenceStatistics


def test_only_samples_with_a_consensus_are_learned():
    rng = np.random.default_rng(0)
    wide = [["sad", "sad"], ["angry", "angry"], ["sad", "angry"], ["other", "other"]] * 10
    ratings = Ratings.from_wide(wide, target_classes=["angry", "sad"])
    frames = [rng.normal(i % 4, 0.5, size=(5, 2)) for i in range(40)]
    X = Sequences.from_arrays(frames)
    model = make_pipeline(
        SequenceStatistics(), StandardScaler(), ConsensusClassifier(LogisticRegression())
    ).fit(X, ratings)
    labelled = np.arange(40) % 4 < 2
    table = SequenceStatistics().fit_transform(X)
    table = StandardScaler().fit_transform(table)
    labels = np.where(np.arange(40) % 4 == 0, "sad", "angry")[labelled]
    alone = LogisticRegression().fit(table[labelled], labels)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(table))
    assert model.predict(X).tolist() == alone.predict(table).tolist()
    np.testing.assert_array_equal(model.decision_function(X), alone.decision_function(table))
    assert model.score(X, ratings) == alone.score(table[labelled], labels)


def test_what_an_estimator_lacks_its_consensus_lacks_too():
    from sklearn.svm import LinearSVC

    assert not hasattr(ConsensusClassifier(LinearSVC()), "predict_proba")
    assert hasattr(ConsensusClassifier(LinearSVC()), "decision_function")


def test_no_consensus_at_all():
    ratings = Ratings.from_wide([["sad", "angry"]] * 3)
    with pytest.raises(ValueError, match=r"no sample has a consensus.*\['angry', 'sad'\]"):
        ConsensusClassifier(LogisticRegression()).fit(np.zeros((3, 1)), ratings)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ConsensusClassifier(LogisticRegression()).fit(np.zeros((2, 1)), ratings)
