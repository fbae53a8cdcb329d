"""One pipeline from recordings and ratings to scores, which is what the package is for."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_ser import AttentionBLSTMClassifier, SoftTargetEncoder
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler, _extraction
from sklearn_ser.metrics import ua_scorer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def corpus(folder):
    return make_dyadic_corpus(3, 24, root=folder / "corpus", random_state=0)


@pytest.fixture
def pipe(folder):
    return make_pipeline(
        OpenSmileLLD("chou2019", memory=folder / "cache"),
        SequenceScaler(by="speaker"),
        FramePooler(5),
        AttentionBLSTMClassifier(
            (32, 16, 32),
            target_encoder=SoftTargetEncoder(alpha=0.75),
            lr=0.005,
            max_epochs=30,
            random_state=0,
        ),
    )


def test_a_pipeline_is_fitted_on_ratings(corpus, pipe):
    test = (corpus.data["session"] == 3).to_numpy()
    model = Pipeline(pipe.steps).fit(corpus.data[~test], corpus.ratings[~test])
    proba = model.predict_proba(corpus.data[test])
    assert model.classes_.tolist() == corpus.target_names
    assert proba.shape == (24, 4)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert set(model.predict(corpus.data[test])) <= set(corpus.target_names)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(corpus.data[test]), proba)


def test_cross_validation_by_session(corpus, pipe):
    scores = cross_val_score(
        pipe,
        corpus.data,
        corpus.ratings,
        groups=corpus.data["session"],
        cv=GroupKFold(3),
        scoring=ua_scorer,
        error_score="raise",
    )
    assert len(scores) == 3
    assert scores.mean() > 0.3  # four classes: guessing is 0.25


def test_grid_search_over_alpha(corpus, pipe):
    pipe.set_params(attentionblstmclassifier__max_epochs=3)
    alpha = "attentionblstmclassifier__target_encoder__alpha"
    search = GridSearchCV(
        pipe,
        {alpha: [0, 0.25, 0.5, 0.75, 1]},
        cv=GroupKFold(3),
        scoring=ua_scorer,
        error_score="raise",
    )
    search.fit(corpus.data, corpus.ratings, groups=corpus.data["session"])
    results = search.cv_results_["mean_test_score"]
    assert np.isfinite(results).all()
    assert search.best_params_[alpha] == [0, 0.25, 0.5, 0.75, 1][int(results.argmax())]
    assert len(search.predict(corpus.data)) == 72


def test_features_are_extracted_once(corpus, pipe, monkeypatch):
    pipe[:1].fit_transform(corpus.data)
    monkeypatch.setattr(_extraction, "read_clip", None)  # would fail if it were called
    pipe.set_params(attentionblstmclassifier__max_epochs=1)
    cross_val_score(
        pipe, corpus.data, corpus.ratings, groups=corpus.data["session"], cv=GroupKFold(3)
    )
