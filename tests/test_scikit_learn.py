"""What users of scikit-learn do with an estimator, and what scikit-learn does to y on its own."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from _versions import has_scikit_learn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    get_scorer,
    make_scorer,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder
from sklearn.utils import resample
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    Ratings,
    Sequences,
    SoftTargetEncoder,
    check_ratings,
    evaluation,
)
from sklearn_ser.features import FramePooler, SequenceScaler
from sklearn_ser.metrics import (
    all_inclusive_f1_scorer,
    macro_f1_scorer,
    neg_calibration_error_scorer,
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
    "all": all_inclusive_f1_scorer,
    "ece": neg_calibration_error_scorer,
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


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (probabilities, "Use sklearn_ser.evaluation.cross_val_predict, or y.consensus()"),
        (stacking, "StackingClassifier needs one label per sample, and y holds Ratings"),
        (calibrated, "CalibratedClassifierCV needs one label per sample, and y holds Ratings"),
    ],
)
def test_where_scikit_learn_encodes_labels_ratings_fail_loudly(corpus, pipe, use, message):
    X, y, _ = corpus
    with pytest.raises((TypeError, ValueError), match=message):
        use(pipe, X, y)


def test_there_stratified_folds_work(corpus, pipe):
    X, y, _ = corpus
    strata = StratifiedKFold(2).split(np.zeros(48), y.strata())
    expected = cross_val_score(pipe, X, y, cv=list(strata), error_score="raise")
    np.testing.assert_array_equal(stratified(pipe, X, y), expected)


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
    for missing in (None, np.nan, pd.NA):
        groups = pd.Series(["F1", "M1"] * 23 + [missing] * 2, dtype=object)
        with pytest.raises(ValueError, match="must have a group; samples 46, 47 have none"):
            evaluation.cross_val_predict(pipe, X, y, groups=groups, cv=GroupKFold(2))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[48, 47\]"):
        evaluation.cross_val_predict(pipe, X, y[:47])


def test_the_hidden_layer_feeds_another_model(corpus, pipe):
    X, y, _ = corpus
    fused = make_pipeline(*(step for _, step in pipe.steps), FunctionTransformer(np.tanh))
    assert fused.fit_transform(X, y).shape == (48, 4)


# What scikit-learn's own tools get for y ---------------------------------------------------


def rate(n=48, ties=True, labels=CLASSES, **settings):
    """Two raters per sample, who disagree on each eighth sample if there are ties."""
    cells = [
        [labels[i % 3], labels[(i + (ties and i % 8 == 0)) % 3] if i else None] for i in range(n)
    ]
    return Ratings.from_wide(pd.DataFrame(cells, columns=["E1", "E2"]), **settings)


def consensus_labels(y, own="no consensus"):
    return np.array([own if label is None else label for label in y.consensus()])


@pytest.fixture
def table():
    """Vectors whose class is easy, and one classifier of labels."""
    X = np.eye(3)[np.arange(48) % 3] + np.random.default_rng(0).normal(0, 0.1, (48, 3))
    return X, ConsensusClassifier(LogisticRegression())


STRATIFIED = {
    "StratifiedKFold": StratifiedKFold(3),
    "shuffled": StratifiedKFold(3, shuffle=True, random_state=0),
    "StratifiedGroupKFold": StratifiedGroupKFold(3),
    "StratifiedShuffleSplit": StratifiedShuffleSplit(3, random_state=0),
    "RepeatedStratifiedKFold": RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
}


@pytest.mark.parametrize("name", STRATIFIED)
def test_stratified_splitters_get_the_consensus_as_strata(name, recwarn):
    y, splitter = rate(), STRATIFIED[name]
    groups = np.arange(48) // 2 if name == "StratifiedGroupKFold" else None
    strata = np.array([CLASSES.index(c) if c is not None else -1 for c in y.consensus()])
    assert y.strata().tolist() == strata.tolist()
    assert (strata == -1).sum() == 5
    X = np.zeros(48)
    got = list(splitter.split(X, y, groups))
    for parts, expected in zip(got, splitter.split(X, strata, groups), strict=True):
        for part, rows in zip(parts, expected, strict=True):
            np.testing.assert_array_equal(part, rows)
    assert len(recwarn) == 0


def test_a_stratified_train_test_split(table, recwarn):
    y = rate()
    X_train, X_test, y_train, y_test = train_test_split(table[0], y, stratify=y, random_state=0)
    again = train_test_split(table[0], y.strata(), stratify=y.strata(), random_state=0)
    np.testing.assert_array_equal(X_test, again[1])
    assert y_test.strata().tolist() == again[3].tolist()
    assert isinstance(y_train, Ratings)
    assert len(X_train) == len(y_train)
    assert len(recwarn) == 0


@pytest.mark.parametrize("scorer", ["accuracy", "balanced_accuracy", "f1_macro"])
def test_metrics_of_labels_get_the_consensus(table, scorer):
    X, model = table
    y, folds = rate(), KFold(3)
    with pytest.warns(UserWarning, match=r"\d of 16 samples have no consensus among the target"):
        scores = cross_val_score(model, X, y, cv=folds, scoring=scorer, error_score="raise")
    expected = [
        get_scorer(scorer)(model.fit(X[train], y[train]), X[test], consensus_labels(y[test]))
        for train, test in folds.split(X)
    ]
    np.testing.assert_array_equal(scores, expected)


ALL_SCORERS = ["accuracy", "balanced_accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]


@pytest.mark.parametrize("scorer", [*ALL_SCORERS, "neg_brier_score", "top_k_accuracy"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_metrics_are_those_of_labels_where_all_samples_have_a_consensus(table, scorer, n_jobs):
    X, model = table
    y = rate(ties=False)
    settings = {"cv": KFold(3), "scoring": scorer, "error_score": "raise", "n_jobs": n_jobs}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        scores = cross_val_score(model, X, y, **settings)
    expected = cross_val_score(model, X, y.consensus().astype(str), **settings)
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize("scorer", ["neg_log_loss", "roc_auc_ovr", "neg_brier_score"])
def test_metrics_of_probabilities_have_no_place_for_ties(table, scorer):
    X, model = table
    message = r"samples have no consensus .*, and \w+ has no place for them. .* wa_scorer, ua_sco"
    with pytest.raises(ValueError, match=message):
        cross_val_score(model, X, rate(), cv=3, scoring=scorer, error_score="raise")


def test_the_warning_names_the_metric_and_what_to_use(table):
    X, model = table
    y = rate()
    predicted = model.fit(X, y).predict(X)
    message = (
        "^5 of 48 samples have no consensus among the target classes; balanced_accuracy_score "
        "counts them as errors, of the class 'no consensus' that no classifier predicts. To leave "
        "them out or use every rating, score by wa_scorer, ua_scorer, macro_f1_scorer or "
        "neg_cross_entropy_scorer of sklearn_ser.metrics.$"
    )
    with pytest.warns(UserWarning, match=message):
        balanced_accuracy_score(y, predicted)
    with pytest.warns(UserWarning, match="accuracy_score counts them as errors"):
        score = LogisticRegression().fit(X, predicted).score(X, y)
    assert score == pytest.approx(43 / 48)
    assert wa_scorer(model, X, y) == 1


@pytest.mark.parametrize(
    ("labels", "own"),
    [
        ([3, 5, 4], 2),
        ([0, 1, 2], -1),
        (["a", "no consensus", "b"], "no consensus (2)"),
        (["no consensus", "no consensus (2)", "b"], "no consensus (3)"),
    ],
)
def test_who_agree_on_nothing_are_of_a_class_of_their_own(labels, own):
    y = rate(labels=labels)
    predicted = [labels[i % 3] for i in range(48)]
    with pytest.warns(UserWarning, match=re.escape(f"of the class {own!r} that no")):
        table = confusion_matrix(y, predicted, labels=sorted([*labels, own], key=str))
    place = sorted([*labels, own], key=str).index(own)
    assert table[place].sum() == 5
    assert table[:, place].sum() == 0


def test_a_consensus_that_is_no_target_class_is_an_error_to_metrics():
    y = rate(ties=False, target_classes=["angry", "sad"])
    predicted = [CLASSES[i % 3] for i in range(48)]
    with pytest.warns(UserWarning, match="16 of 48 samples have no consensus among the target"):
        assert accuracy_score(y, predicted) == pytest.approx(32 / 48)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        DummyClassifier(),
        RandomForestClassifier(),
        SelectKBest(),
        LabelEncoder(),
        CalibratedClassifierCV(LogisticRegression()),
        StackingClassifier([("one", LogisticRegression())]),
        VotingClassifier([("one", LogisticRegression())]),
        make_pipeline(FunctionTransformer(), LogisticRegression()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("ties", [False, True])
def test_other_estimators_say_what_they_need(estimator, ties):
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    message = (
        rf"{type(last).__name__} needs one label per sample, and y holds Ratings. Wrap the "
        r"classifier, as ConsensusClassifier\(estimator\) of sklearn_ser, or pass y.consensus\(\)"
    )
    given = (rate(ties=ties),)
    if not isinstance(estimator, LabelEncoder):
        given = (np.eye(48), *given)
    with pytest.raises(TypeError, match=message):
        estimator.fit(*given)


def test_weights_of_classes_need_labels():
    message = "needs one label per sample, and y holds Ratings"
    with pytest.raises(TypeError, match=f"compute_sample_weight {message}"):
        compute_sample_weight("balanced", rate())
    if not has_scikit_learn("1.9"):  # it looks at single samples first
        message = "unhashable type: 'SampleRatings'"
    else:
        message = f"compute_class_weight {message}"
    with pytest.raises(TypeError, match=message):
        compute_class_weight("balanced", classes=np.array(["angry"]), y=rate())


def test_resampling_by_strata():
    y = rate()
    drawn = resample(y, stratify=y, n_samples=24, replace=False, random_state=0)
    expected = resample(
        np.arange(48), stratify=y.strata(), n_samples=24, replace=False, random_state=0
    )
    assert drawn == y[expected]


GRID = {"estimator__C": [1e-6, 1.0]}


def test_a_search_by_accuracy_picks_the_better(table):
    X, model = table
    search = GridSearchCV(model, GRID, scoring="accuracy", cv=3, error_score="raise")
    with pytest.warns(UserWarning, match="have no consensus"):
        search.fit(X, rate())
    assert search.best_params_ == {"estimator__C": 1.0}
    assert search.cv_results_["mean_test_score"][1] == pytest.approx(43 / 48)


@pytest.mark.parametrize("search", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_searches(table, search, recwarn):
    X, model = table
    settings = {"cv": 3, "random_state": 0, "error_score": "raise"}
    found = search(model, GRID, **settings).fit(X, rate())
    assert found.best_params_ == {"estimator__C": 1.0}
    # The smallest number of samples is twice the number of folds for each of four strata.
    assert found.min_resources_ >= 2 * 3 * 4
    assert len(recwarn) == 0


def test_curves_and_permutations(table, recwarn):
    X, model = table
    y = rate()
    score, _, p = permutation_test_score(model, X, y, cv=3, n_permutations=20, random_state=0)
    assert score == 1
    assert p == pytest.approx(1 / 21)
    settings = {"shuffle": True, "random_state": 0, "error_score": "raise"}
    assert learning_curve(model, X, y, cv=3, **settings)[2].shape == (5, 3)
    assert len(recwarn) == 0


def test_everybody_else_gets_dicts(table):
    """Also functions that scikit-learn calls, and our own code below its searches."""
    X, model = table
    y = rate()

    def own_metric(y_true, y_pred):
        return float(isinstance(np.asarray(y_true)[0], dict) and check_ratings(y_true) == y_true)

    scoring = make_scorer(own_metric)
    assert cross_val_score(model, X, y, cv=3, scoring=scoring).tolist() == [1, 1, 1]
    assert check_ratings(np.asarray(y)) == y
    assert check_ratings(pd.Series(list(y)).to_numpy()) == y
    with pytest.raises(ValueError, match="without a copy"):
        y.__array__(copy=False)
    with pytest.raises(TypeError, match="can only become an array of objects"):
        np.asarray(y, dtype=float)
