"""Laws that hold for every classifier here, as scikit-learn's checks hold for every estimator."""

import copy
import random

import _estimators
import joblib
import numpy as np
import pytest
import torch
from _contract import (
    CLASSIFIERS,
    NOT_RANDOM,
    SEGMENTS,
    TRANSFORMERS,
    make_ratings,
    make_sequences,
    prepare,
)
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_ser import Sequences, features
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.features._audio_transformer import AudioTransformer

every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)
every_transformer = pytest.mark.parametrize("name", TRANSFORMERS)


@pytest.fixture(scope="module")
def sequences():
    return make_sequences()


@pytest.fixture
def X(request, sequences):
    return prepare(request.getfixturevalue("name"), sequences)


@pytest.fixture(scope="module")
def y():
    return make_ratings()


@pytest.fixture(scope="module")
def models():
    return {}


@pytest.fixture
def fitted(name, X, y, models):
    """The classifier, fitted once."""
    if name not in models:
        models[name] = clone(CLASSIFIERS[name]).fit(X, y)
    return models[name]


def test_all_are_here():
    assert CLASSIFIERS.keys() == _estimators.CLASSIFIERS.keys()
    assert TRANSFORMERS.keys() == _estimators.TRANSFORMERS.keys()


@every_classifier
def test_the_order_of_samples_does_not_matter_to_predictions(name, fitted, X):
    order = np.random.default_rng(1).permutation(len(X))
    found = fitted.predict_proba(X[order])
    np.testing.assert_allclose(found, fitted.predict_proba(X)[order], atol=1e-6)


@every_classifier
def test_padding_does_not_matter(name, fitted, X):
    """A sample gets the same prediction alone and beside longer ones."""
    together = fitted.predict_proba(X)
    for row in (int(X.lengths.argmin()), int(X.lengths.argmax()), 7):
        alone = fitted.predict_proba(X[[row]])
        np.testing.assert_allclose(alone[0], together[row], atol=1e-6)


@pytest.mark.parametrize("name", ["AttentionBLSTMClassifier", "SegmentVGGClassifier"])
def test_the_batch_size_does_not_matter_to_predictions(name, fitted, X):
    model = fitted
    expected = model.predict_proba(X)
    before = model.net_.batch_size
    try:
        for size in (1, 5, 1000):
            model.net_.batch_size = size
            np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)
    finally:
        model.net_.batch_size = before


def copies(X, folder):
    """Yield the same samples, with their frames held in memory or on disk in every way."""
    X.save(folder / "frames")
    yield type(X).load(folder / "frames")
    read_only = X.values.copy()
    read_only.flags.writeable = False
    for values in (read_only, np.asfortranarray(X.values)):
        other = copy.copy(X)
        other.values = values
        yield other


@every_classifier
def test_memory_mapped_and_read_only_input(name, fitted, X, y, tmp_path):
    expected = fitted.predict_proba(X)
    for form in copies(X, tmp_path):
        np.testing.assert_array_equal(fitted.predict_proba(form), expected)
        again = clone(CLASSIFIERS[name]).fit(form, y)
        np.testing.assert_array_equal(again.predict_proba(form), expected)


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name not in SEGMENTS])
def test_lists_are_read_as_sequences_are(name, fitted, X):
    arrays = [np.array(X[i]) for i in range(len(X))]
    expected = fitted.predict_proba(X)
    for form in (arrays, np.asarray(X), [array.tolist() for array in arrays]):
        np.testing.assert_array_equal(fitted.predict_proba(form), expected)


@every_classifier
def test_names_of_labels_do_not_matter(name, fitted, X, y):
    """The names may be anything, as long as they sort in the same order."""
    renamed = clone(CLASSIFIERS[name]).fit(X, y.rename({"angry": "0 Wut", "sad": "1 Trauer"}))
    assert renamed.classes_.tolist() == ["0 Wut", "1 Trauer"]
    expected = fitted.predict_proba(X)
    np.testing.assert_array_equal(renamed.predict_proba(X), expected)
    numbers = clone(CLASSIFIERS[name]).fit(X, y.rename({"angry": 1, "sad": 7}))
    assert set(numbers.predict(X).tolist()) <= {1, 7}
    np.testing.assert_array_equal(numbers.predict_proba(X), expected)


@every_classifier
def test_ratings_in_any_form(name, fitted, X, y):
    for form in (np.asarray(y), y.to_wide()):
        again = clone(CLASSIFIERS[name]).fit(X, form)
        np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def with_seed(name, seed):
    model = clone(CLASSIFIERS[name])
    last = model[-1] if isinstance(model, Pipeline) else model
    last.set_params(random_state=seed)
    return model


@every_classifier
def test_seeds(name, fitted, X, y):
    again = clone(CLASSIFIERS[name]).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    if name not in NOT_RANDOM:
        other = with_seed(name, 1).fit(X, y)
        assert (other.predict_proba(X) != fitted.predict_proba(X)).any()


@every_classifier
def test_global_random_states_are_left_alone(name, X, y):
    # The legacy states are the ones that anyone may share.
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    before = random.getstate(), torch.get_rng_state()
    numbers = np.random.get_state()[1].copy()  # noqa: NPY002
    model = clone(CLASSIFIERS[name]) if name in NOT_RANDOM else with_seed(name, 3)
    model.fit(X, y).predict_proba(X)
    assert random.getstate() == before[0]
    assert (np.random.get_state()[1] == numbers).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


@every_classifier
def test_arguments_are_left_as_they_were(name, X, y):
    values, cells = X.values.copy(), y.to_long()
    model = clone(CLASSIFIERS[name])
    params = repr(model.get_params())
    model.fit(X, y).predict(X)
    np.testing.assert_array_equal(X.values, values)
    assert y.to_long().equals(cells)
    assert repr(model.get_params()) == params


@every_classifier
def test_fitting_again_forgets(name, fitted, X, y):
    model = clone(CLASSIFIERS[name]).fit(X[:24], y[:24])
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), fitted.predict_proba(X))


@every_classifier
def test_threads_and_processes(name, fitted, X):
    expected = fitted.predict_proba(X)
    for backend in ("threading", "loky"):
        calls = [joblib.delayed(fitted.predict_proba)(X) for _ in range(3)]
        for found in joblib.Parallel(n_jobs=2, backend=backend)(calls):
            np.testing.assert_array_equal(found, expected)


def fit_and_predict(model, X, y):
    return clone(model).fit(X, y).predict_proba(X)


@every_classifier
def test_fitting_in_threads_and_processes(name, fitted, X, y):
    expected = fitted.predict_proba(X)
    for backend in ("threading", "loky"):
        calls = [joblib.delayed(fit_and_predict)(CLASSIFIERS[name], X, y) for _ in range(2)]
        for found in joblib.Parallel(n_jobs=2, backend=backend)(calls):
            np.testing.assert_array_equal(found, expected)


@every_classifier
def test_as_a_page(name, fitted):
    assert name in fitted._repr_html_()
    assert name in CLASSIFIERS[name]._repr_html_()


@every_transformer
def test_transformers_sample_by_sample(name, X, tmp_path):
    model = clone(TRANSFORMERS[name]).fit(X)
    expected = model.transform(X)
    order = np.random.default_rng(1).permutation(len(X))
    shuffled = model.transform(X[order])
    for form in copies(X, tmp_path):
        assert_equal(model.transform(form), expected)
    for i, row in enumerate(order.tolist()):
        np.testing.assert_allclose(shuffled[i], expected[row], rtol=1e-6)
    for found in joblib.Parallel(n_jobs=2)([joblib.delayed(model.transform)(X)] * 2):
        assert_equal(found, expected)
    assert name in model._repr_html_()


def assert_equal(found, expected):
    if isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected


def test_tables_may_be_frames(sequences):
    """scikit-learn's set_output turns the tables that are returned into DataFrames."""
    statistics = SequenceStatistics(["mean"]).set_output(transform="pandas")
    frame = statistics.fit_transform(sequences)
    assert frame.columns.tolist() == statistics.get_feature_names_out().tolist()
    network = clone(CLASSIFIERS["AttentionBLSTMClassifier"]).set_output(transform="pandas")
    frame = network.fit(sequences, ["sad", "angry"] * 24).transform(sequences)
    assert frame.columns.tolist() == [f"attentionblstmclassifier{i}" for i in range(8)]


NO_TRANSFORMERS = ("ExtractionError", "cut_recordings")


@pytest.mark.parametrize("name", sorted(set(features.__all__).difference(NO_TRANSFORMERS)))
def test_sequences_are_never_turned_into_frames(name):
    cls = getattr(features, name)
    assert hasattr(cls.__new__(cls), "set_output") == (cls is SequenceStatistics)


def test_front_ends_of_users_need_not_know_of_set_output():
    class Squares(AudioTransformer):
        _function = staticmethod(lambda signal, settings: signal**2)

        def __init__(self):
            self.sampling_rate, self.memory, self.n_jobs = 16000, None, None
            self.verbose, self.root, self.errors = False, None, "raise"

        def _make_settings(self):
            return ()

        def get_feature_names_out(self, input_features=None):
            return np.array(["square"], dtype=object)

        def _make_container(self, results, *_):
            return Sequences.from_arrays([r[:, None] for r in results])

    assert not hasattr(Squares(), "set_output")
    with config_context(transform_output="pandas"):
        X = Squares().fit_transform([np.array([0.5, 0.25], np.float32)])
    assert X[0].ravel().tolist() == [0.25, 0.0625]
