"""Samples without frames: recordings that could not be read, and were skipped on request."""

import warnings

import numpy as np
import pandas as pd
import pytest
from _contract import CLASSIFIERS, OF_TABLES, make_ratings, make_sequences, prepare
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    Sequences,
    SoftmaxClassifier,
    check_sequences,
)
from sklearn_ser.classifiers._missing_frames import average_targets
from sklearn_ser.features import SequenceStatistics

MISSING = [0, 7, 8, 47]  # the first, two in a row, and the last
PRESENT = np.setdiff1d(np.arange(48), MISSING)
MODELS = {
    name: model
    for name, model in CLASSIFIERS.items()
    if name not in ("AveragingClassifier", *OF_TABLES)
} | {
    "AveragingClassifier": AveragingClassifier(
        [("network", AttentionBLSTMClassifier((4, 4, 4), max_epochs=2))], random_state=0
    ),
}
every_classifier = pytest.mark.parametrize("name", MODELS)
NAMES = "4 of 48 samples have no frames; .*: samples 0, 7, 8, 47"


def remove_frames(X):
    """Remove the frames of some samples, but not the samples."""
    frames = [X[i] if i in PRESENT else X[i][:0] for i in range(len(X))]
    offsets = np.cumsum([0, *map(len, frames)])
    settings = {name: getattr(X, name) for name in X._settings}
    return type(X)(np.concatenate(frames), offsets, X.speaker, **settings)


@pytest.fixture
def X(name):
    return remove_frames(prepare(name, make_sequences()))


@pytest.fixture(scope="module")
def y():
    return make_ratings()


@every_classifier
def test_nothing_is_learned_from_them(name, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = clone(MODELS[name]).fit(X, y)
        expected = clone(MODELS[name]).fit(X[PRESENT], y[PRESENT])
    proba = expected.predict_proba(X[PRESENT])
    np.testing.assert_array_equal(found.predict_proba(X[PRESENT]), proba)


@every_classifier
def test_their_prediction_is_the_prior(name, X, y):
    model = clone(MODELS[name]).fit(X, y)
    with pytest.warns(UserWarning, match=NAMES):
        proba = model.predict_proba(X)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(proba[PRESENT], model.predict_proba(X[PRESENT]), atol=1e-6)
    assert (proba[MISSING] == proba[0]).all()
    np.testing.assert_allclose(proba[PRESENT].mean(axis=0), proba[0], atol=0.2)
    with pytest.warns(UserWarning, match=NAMES):
        assert (model.predict(X)[MISSING] == model.classes_[proba[0].argmax()]).all()
    with pytest.warns(UserWarning, match="2 of 2 samples have no frames"):
        np.testing.assert_array_equal(model.predict_proba(X[[0, 7]]), proba[[0, 7]])


@pytest.mark.parametrize("name", [name for name in MODELS if hasattr(MODELS[name], "transform")])
def test_they_have_no_hidden_layer(name, X, y):
    model = clone(MODELS[name]).fit(X, y)
    message = "at least one frame per sample; not for samples 0, 7, 8, 47"
    with pytest.raises(ValueError, match=message):
        model.transform(X)
    for method in ("attention", "predict_profile"):
        if hasattr(model, method):
            with pytest.raises(ValueError, match=message):
                getattr(model, method)(X)


def hard(X, **weights):
    """Fit networks on three of one class and one of the other; return their prior."""
    y = np.array(["sad", "sad", "angry", "sad"] * 12)
    encoder = HardTargetEncoder()
    network = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1, target_encoder=encoder)
    for model in (
        network,
        LabelCorrectingClassifier(network),
        AnnotatorEnsembleClassifier(network, annotators=(), final_estimator=LogisticRegression()),
    ):
        fitted = model.fit(X, y, **weights)
        with pytest.warns(UserWarning, match=NAMES):
            yield fitted.predict_proba(X)[MISSING]


def test_the_prior_by_hand():
    X = remove_frames(make_sequences())
    labels = np.array([1, 1, 0, 1] * 12)
    for proba in hard(X):
        np.testing.assert_allclose(proba[:, 1], labels[PRESENT].mean())
    weights = np.arange(48.0)
    for proba in hard(X, sample_weight=weights):
        expected = weights[PRESENT] @ labels[PRESENT] / weights[PRESENT].sum()
        np.testing.assert_allclose(proba[:, 1], expected)


@pytest.mark.parametrize("factor", [1e308, 1e-300, 3.0])
def test_the_prior_of_large_and_small_weights(factor):
    weights = np.array([1.0, 0.5, 0.25, 0.25] * 12)
    targets = np.array([[1.0, 0], [0, 1], [1, 0], [0.5, 0.5]] * 12)
    prior = average_targets(targets, weights * factor)
    np.testing.assert_allclose(prior, [1.375 / 2, 0.625 / 2], rtol=1e-15)
    np.testing.assert_array_equal(average_targets(targets, weights), [1.375 / 2, 0.625 / 2])


def test_the_prior_is_of_soft_targets():
    X = Sequences(np.arange(3.0)[:, None], [0, 1, 2, 2, 3])
    y = Ratings.from_wide([["sad", "sad"], ["sad", "angry"], ["angry", None], [None, None]])
    model = SoftmaxClassifier(max_epochs=1).fit(X, y)
    q = model.target_encoder_.transform(y[:2])
    np.testing.assert_allclose(model.prior_, q.mean(axis=0))
    with pytest.warns(UserWarning, match="1 of 4 samples .*: samples 2"):
        np.testing.assert_array_equal(model.predict_proba(X)[2], model.prior_)


def test_every_annotator_has_a_prior():
    X, y = remove_frames(make_sequences()), make_ratings()
    model = clone(CLASSIFIERS["AnnotatorEnsembleClassifier"]).fit(X, y)
    with pytest.warns(UserWarning, match=NAMES):
        proba = model.predict_annotators(X)
    np.testing.assert_allclose(proba.sum(axis=2), 1)
    for place, name in enumerate(model.annotators_):
        own = y.select(name)[PRESENT]
        targets = model.members_[name].target_encoder_.transform(own)
        np.testing.assert_allclose(proba[0, place], np.nanmean(targets, axis=0))
        np.testing.assert_array_equal(model.member_priors_[name], proba[0, place])
    np.testing.assert_array_equal(proba[PRESENT], model.predict_annotators(X[PRESENT]))


def test_a_list_of_names_stays_short():
    X = Sequences(np.eye(4), [0, 1, 2, 3, 4])
    model = SoftmaxClassifier(max_epochs=1).fit(X, ["sad", "angry"] * 2)
    many = Sequences(np.zeros((0, 4)), np.zeros(31))
    with pytest.warns(UserWarning, match="30 of 30 samples .*: samples 0, 1, .*, 9 and 20 more"):
        model.predict(many)


def test_rows_of_nan_are_samples_without_frames():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(48, 3))
    y = make_ratings()
    table[:, 0] += 2 * (y.consensus() == "sad")
    table[MISSING] = np.nan
    table[1, 1:] = 0  # only partly missing
    for form in (table, table.astype(np.float32), pd.DataFrame(table, columns=list("abc"))):
        rows = form.iloc[PRESENT] if hasattr(form, "iloc") else form[PRESENT]
        model = ConsensusClassifier(LogisticRegression()).fit(form, y)
        expected = ConsensusClassifier(LogisticRegression()).fit(rows, y[PRESENT])
        with pytest.warns(UserWarning, match=NAMES):
            proba = model.predict_proba(form)
        np.testing.assert_array_equal(proba[PRESENT], expected.predict_proba(rows))
        consensus = y[PRESENT].consensus()
        known = consensus[consensus != None]  # noqa: E711
        np.testing.assert_allclose(proba[MISSING, 1], np.mean(known == "sad"))
        with pytest.warns(UserWarning, match=NAMES):
            labels = model.predict(form)
        assert set(labels[MISSING]) == {model.classes_[model.prior_.argmax()]}
        assert labels[PRESENT].tolist() == expected.predict(rows).tolist()


NETWORK = AttentionBLSTMClassifier((4, 0, 0), max_epochs=5, random_state=0)
OF_VECTORS = {
    "network": NETWORK,
    "softmax": SoftmaxClassifier(lr=0.1, max_epochs=5, random_state=0),
    "crowd layer": CrowdLayerClassifier(NETWORK),
    "heads": CrowdLayerClassifier(NETWORK, annotator_model="head"),
    "label correction": LabelCorrectingClassifier(NETWORK, warmup_epochs=1),
    "joined networks": AnnotatorEnsembleClassifier(NETWORK, min_ratings=2, random_state=0),
    "joined tables": AnnotatorEnsembleClassifier(
        LogisticRegression(), min_ratings=2, cv=2, random_state=0
    ),
}


@pytest.mark.parametrize("name", OF_VECTORS)
def test_so_they_are_to_networks_and_models_of_raters(name):
    rng, y, model = np.random.default_rng(0), make_ratings(), OF_VECTORS[name]
    table = rng.normal(size=(48, 3)) + (y.consensus() == "sad")[:, None]
    table[MISSING] = np.nan
    for form in (table, table.astype(np.float32), pd.DataFrame(table, columns=list("abc"))):
        rows = form.iloc[PRESENT] if hasattr(form, "iloc") else form[PRESENT]
        found, expected = clone(model).fit(form, y), clone(model).fit(rows, y[PRESENT])
        with pytest.warns(UserWarning, match=NAMES):
            proba = found.predict_proba(form)
        np.testing.assert_array_equal(proba[PRESENT], expected.predict_proba(rows))
        prior = (found if hasattr(found, "prior_") else found.estimator_).prior_
        np.testing.assert_array_equal(proba[MISSING], [prior] * 4)
        if hasattr(found, "predict_annotators"):
            with pytest.warns(UserWarning, match=NAMES):
                answers = found.predict_annotators(form)
            np.testing.assert_array_equal(answers[PRESENT], expected.predict_annotators(rows))
            assert np.isfinite(answers).all()
        with pytest.warns(UserWarning, match="4 of 4 samples have no frames"):
            found.predict(form.iloc[MISSING] if hasattr(form, "iloc") else form[MISSING])
    with pytest.raises(ValueError, match="there is no sample to learn from"):
        clone(model).fit(table[MISSING], y[MISSING])
    table[1, 0] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        clone(model).fit(table, y)


def test_labels_of_different_lengths_are_not_cut():
    table = np.array([[0.0], [1], [0], [0], [np.nan]])
    y = ["a long name", "b", "b", "b", "b"]
    model = ConsensusClassifier(LogisticRegression(C=99)).fit(table[[0, 1, 1, 1]], y[:4])
    with pytest.warns(UserWarning, match="1 of 5 samples"):
        assert model.predict(table).tolist() == [*["a long name", "b"], *["a long name"] * 2, "b"]


def test_behind_a_scaler():
    table = np.vstack([np.random.default_rng(0).normal(size=(20, 2)), np.full((2, 2), np.nan)])
    y = ["sad", "angry"] * 11
    pipe = make_pipeline(StandardScaler(), ConsensusClassifier(LogisticRegression()))
    found, expected = clone(pipe).fit(table, y), clone(pipe).fit(table[:20], y[:20])
    np.testing.assert_allclose(
        found.predict_proba(table[:20]), expected.predict_proba(table[:20]), atol=1e-12
    )


def test_a_missing_value_is_not_remove_frames():
    table = np.random.default_rng(0).normal(size=(40, 2))
    table[::3, 0] = np.nan
    y = ["sad", "angry"] * 20
    model = ConsensusClassifier(HistGradientBoostingClassifier()).fit(table, y)
    alone = HistGradientBoostingClassifier().fit(table, y)
    np.testing.assert_array_equal(model.predict_proba(table), alone.predict_proba(table))
    with pytest.raises(ValueError, match="contains NaN"):
        ConsensusClassifier(LogisticRegression()).fit(table, y)


def test_empty_arrays_of_a_user_are_an_error():
    X, y = [np.ones((3, 2)), np.ones((0, 2))] * 2, ["sad", "angry"] * 2
    for model in (AttentionBLSTMClassifier((2, 2, 2)), AnnotatorEnsembleClassifier()):
        with pytest.raises(ValueError, match="at least one frame; not for samples 1, 3"):
            model.fit(X, y)
    with pytest.raises(ValueError, match="at least one frame; not for samples 1"):
        check_sequences([[[1.0]], np.ones((0, 1)), [[2.0]]])


def test_segments_without_frames():
    X = Segments(np.zeros((8, 2)), [0, 0, 5, 5, 8], segment_length=3)
    assert X.n_segments.tolist() == [0, 3, 0, 1]
    assert X.segment_offsets.tolist() == [0, 0, 3, 3, 4]
    assert X.segment_starts.tolist() == [0, 1, 2, 5]
    with pytest.raises(ValueError, match=r"at least 3 frames.*not for samples 1 \(2\)"):
        Segments(np.zeros((5, 2)), [0, 0, 2, 5], segment_length=3)
    # Samples of equal length are segments themselves.
    frames = np.random.default_rng(0).normal(size=(96, 4))
    equal = Sequences(frames, [0, 0, *range(8, 97, 8)])
    model = SegmentVGGClassifier(width=1 / 64, max_epochs=1).fit(
        equal, ["sad", "angry"] * 6 + ["sad"]
    )
    for some in (equal, equal[:1]):
        with pytest.warns(UserWarning, match="samples 0"):
            np.testing.assert_array_equal(model.predict_proba(some)[0], model.prior_)


def test_not_a_number_beside_missing_frames_is_named():
    X = remove_frames(make_sequences())
    X.values[X.offsets[5] : X.offsets[5] + 2] = np.nan
    X.values[-1] = np.inf
    message = r"NaN or infinity in samples 5 \(2 frames\), 46 \(1 frames\)"
    with pytest.raises(ValueError, match=message):
        AttentionBLSTMClassifier((2, 2, 2)).fit(X, make_ratings())


def test_statistics_of_a_pipeline_feed_it():
    """As SequenceStatistics is expected to make rows of NaN of samples without frames."""
    X, y = make_sequences(), make_ratings()
    table = SequenceStatistics().fit_transform(X)
    table[MISSING] = np.nan
    both = AveragingClassifier([("linear", ConsensusClassifier(LogisticRegression()))])
    model = both.fit(table, y)
    with pytest.warns(UserWarning, match=NAMES):
        proba = model.predict_proba(table)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
