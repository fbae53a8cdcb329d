"""What users of scikit-learn do with an estimator, and what scikit-learn does to y on its own."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_ser import AttentionBLSTMClassifier, Ratings, Sequences, SoftTargetEncoder, evaluation
from sklearn_ser.features import FramePooler, SequenceScaler
from sklearn_ser.metrics import (
    macro_f1_scorer,
    neg_cross_entropy_scorer,
    neg_js_divergence_scorer,
    ua_scorer,
    wa_scorer,
)

SCORERS = {
    "ua": ua_scorer,
    "wa": wa_scorer,
    "f1": macro_f1_scorer,
    "ce": neg_cross_entropy_scorer,
    "js": neg_js_divergence_scorer,
}
CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def corpus():
    """48 samples of 8 speakers in 4 sessions, with three raters of whom some disagree."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(i % 3, 1, (rng.integers(6, 14), 4)) for i in range(48)]
    cells = [[CLASSES[i % 3], CLASSES[(i + i % 2) % 3], "other"] for i in range(48)]
    y = Ratings.from_wide(cells, annotators=["E1", "E2", "E3"], target_classes=CLASSES)
    sessions = np.arange(48) // 12
    return Sequences.from_arrays(arrays, speaker=np.arange(48) // 6, session=sessions), y, sessions


@pytest.fixture
def pipe():
    return make_pipeline(
        SequenceScaler(by="speaker"),
        FramePooler(2),
        AttentionBLSTMClassifier(
            (4, 4, 4), target_encoder=SoftTargetEncoder(), max_epochs=2, random_state=0
        ),
    )


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_validate_with_every_scorer(corpus, pipe, n_jobs):
    X, y, sessions = corpus
    scores = cross_validate(
        pipe,
        X,
        y,
        groups=sessions,
        cv=GroupKFold(4),
        scoring=SCORERS,
        n_jobs=n_jobs,
        error_score="raise",
    )
    assert all(np.isfinite(scores[f"test_{name}"]).all() for name in SCORERS)
    assert all(len(scores[f"test_{name}"]) == 4 for name in SCORERS)


def test_the_score_is_wa(corpus, pipe):
    X, y, _ = corpus
    assert pipe.fit(X, y).score(X, y) == wa_scorer(pipe, X, y)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_over_alpha(corpus, pipe, n_jobs):
    X, y, sessions = corpus
    grid = {"attentionblstmclassifier__target_encoder__alpha": [0, 0.75]}
    search = GridSearchCV(
        pipe, grid, cv=GroupKFold(2), scoring=ua_scorer, n_jobs=n_jobs, error_score="raise"
    )
    search.fit(X, y, groups=sessions)
    assert search.best_params_["attentionblstmclassifier__target_encoder__alpha"] in (0, 0.75)
    ce = cross_validate(search.best_estimator_, X, y, scoring=neg_cross_entropy_scorer, cv=2)
    assert np.isfinite(ce["test_score"]).all()


def test_alpha_reaches_the_targets(corpus, pipe):
    X, y, _ = corpus
    flat = pipe.set_params(attentionblstmclassifier__target_encoder__alpha=1e6).fit(X, y)
    np.testing.assert_allclose(flat[-1].target_encoder_.transform(y), 1 / 3, rtol=1e-5)


def test_an_integer_cv_is_plain_k_fold(corpus, pipe):
    X, y, _ = corpus
    by_number = cross_val_score(pipe, X, y, cv=3, scoring=ua_scorer, error_score="raise")
    rows = np.array_split(np.arange(48), 3)
    splits = [(np.setdiff1d(np.arange(48), test), test) for test in rows]
    by_hand = cross_val_score(pipe, X, y, cv=splits, scoring=ua_scorer)
    np.testing.assert_array_equal(by_number, by_hand)


def test_train_test_split(corpus):
    X, y, _ = corpus
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=12, random_state=0)
    assert isinstance(X_train, Sequences)
    assert isinstance(y_test, Ratings)
    assert (len(X_train), len(y_train), len(X_test), len(y_test)) == (36, 36, 12, 12)


def stratified(pipe, X, y):
    return cross_val_score(pipe, X, y, cv=StratifiedKFold(2), error_score="raise")


def probabilities(pipe, X, y):
    return cross_val_predict(pipe, X, y, method="predict_proba")


def stacking(pipe, X, y):
    return StackingClassifier([("speech", pipe)]).fit(X, y)


def calibrated(pipe, X, y):
    return CalibratedClassifierCV(pipe, cv=2).fit(X, y)


@pytest.mark.parametrize("use", [stratified, probabilities, stacking, calibrated])
def test_where_scikit_learn_encodes_labels_ratings_fail_loudly(corpus, pipe, use):
    X, y, _ = corpus
    with pytest.raises((TypeError, ValueError)):
        use(pipe, X, y)


@pytest.mark.parametrize("use", [stratified, probabilities, calibrated])
def test_there_the_consensus_works(corpus, pipe, use):
    X, y, _ = corpus
    consensus = y.select("E1").consensus().astype(str)
    use(pipe, X, consensus)


def test_ratings_as_a_numpy_array_train_the_same_model(corpus, pipe):
    X, y, _ = corpus
    expected = pipe.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(pipe.fit(X, np.asarray(y)).predict_proba(X), expected)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_our_cross_val_predict_keeps_ratings(corpus, pipe, n_jobs):
    X, y, sessions = corpus
    settings = {"groups": sessions, "cv": LeaveOneGroupOut(), "n_jobs": n_jobs}
    proba = evaluation.cross_val_predict(pipe, X, y, method="predict_proba", **settings)
    for session in range(4):
        test = sessions == session
        model = pipe.fit(X[~test], y[~test])
        np.testing.assert_allclose(proba[test], model.predict_proba(X[test]), atol=1e-6)
    labels = evaluation.cross_val_predict(pipe, X, y, **settings)
    assert labels.tolist() == [CLASSES[k] for k in proba.argmax(axis=1)]


class Prior(DummyClassifier):
    """Knows the labels it was given, and no others."""

    def fit(self, X, y):
        return super().fit(np.zeros((len(y), 1)), y.consensus().astype(str))


def test_our_cross_val_predict_puts_columns_where_they_belong(corpus):
    X, _, sessions = corpus
    labels = np.where(sessions == 0, "angry", np.where(np.arange(48) % 2 == 0, "happy", "sad"))
    splits = {"groups": sessions, "cv": LeaveOneGroupOut()}
    proba = evaluation.cross_val_predict(Prior(), X, labels, method="predict_proba", **splits)
    # Trained without session 0, the model has never heard of "angry".
    np.testing.assert_allclose(proba[sessions == 0], [[0, 1 / 2, 1 / 2]] * 12)
    np.testing.assert_allclose(proba[sessions > 0], [[1 / 3, 1 / 3, 1 / 3]] * 36)


def test_our_cross_val_predict_says_what_is_wrong(corpus, pipe):
    X, y, _ = corpus
    half = [(np.arange(24), np.arange(24, 48))]
    message = r"exactly one test set of cv; this does not hold for samples 0, 1, .*, 9 and 14 more"
    with pytest.raises(ValueError, match=message):
        evaluation.cross_val_predict(pipe, X, y, cv=half)
    with pytest.raises(ValueError, match="method must be one of"):
        evaluation.cross_val_predict(pipe, X, y, method="transform")
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[48, 47\]"):
        evaluation.cross_val_predict(pipe, X, y[:47])


def test_the_hidden_layer_feeds_another_model(corpus, pipe):
    X, y, _ = corpus
    fused = make_pipeline(*(step for _, step in pipe.steps), FunctionTransformer(np.tanh))
    assert fused.fit_transform(X, y).shape == (48, 4)
