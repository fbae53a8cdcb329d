"""A fit that fails leaves an estimator as it was, whatever the reason."""

import numpy as np
import pytest
from _contract import CLASSIFIERS, SEGMENTS, TRANSFORMERS, make_ratings, make_sequences, prepare
from _estimators import CLASSIFIERS as TABLE_CLASSIFIERS
from _estimators import EXEMPT
from _estimators import TRANSFORMERS as ALL_TRANSFORMERS
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from skorch import NeuralNet

from sklearn_ser import (
    AugmentedClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    Ratings,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.features import (
    OpenSmileFunctionals,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceStatistics,
    SpeedPerturbation,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.recipes import OneAnnotator
from sklearn_ser.utils._saving import Estimator


def last_step(model):
    return model[-1] if isinstance(model, Pipeline) else model


def snapshot(model):
    """The attributes of an estimator, and the objects that they are."""
    return {name: (id(value), repr(value)) for name, value in vars(last_step(model)).items()}


@pytest.fixture(scope="module")
def models():
    return {}


@pytest.fixture
def fitted(name, models):
    """The classifier, fitted once, its X and its predictions: no test may change it."""
    if name not in models:
        X, y = prepare(name, make_sequences()), make_ratings()
        model = clone(CLASSIFIERS[name]).fit(X, y)
        models[name] = model, X, model.predict_proba(X)
    return models[name]


def others():
    """Ratings with other classes."""
    return make_ratings().rename({"angry": "neutral", "sad": "surprise"})


def expect_unchanged(fitted, error, message, X, y, **params):
    model, own, expected = fitted
    before = snapshot(model)
    with pytest.raises(error, match=message):
        last_step(model).fit(X, y, **params)
    assert snapshot(model) == before
    np.testing.assert_array_equal(model.predict_proba(own), expected)
    assert model.classes_.tolist() == ["angry", "sad"]


def for_last_step(model, X):
    """The data that the last step of a pipeline gets."""
    return model[:-1].transform(X) if isinstance(model, Pipeline) else X


every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)


@every_classifier
def test_invalid_data(name, fitted):
    model, X, _ = fitted
    X, y = for_last_step(model, X), others()
    expect_unchanged(fitted, ValueError, "inconsistent numbers of samples", X, y[:47])
    expect_unchanged(fitted, ValueError, "ratings are needed", X, None)
    single = ["neutral"] * 48
    expect_unchanged(fitted, ValueError, "class", X, single)
    if isinstance(X, Sequences):
        bad = X.with_values(np.where(np.arange(len(X.values)) == 9, np.nan, 1)[:, None] * X.values)
    else:
        bad = X.copy()
        bad[1, 0] = np.nan
    expect_unchanged(fitted, ValueError, "NaN", bad, y)
    weights = np.full(48, -1.0)
    expect_unchanged(fitted, ValueError, "sample_weight must", X, y, sample_weight=weights)
    # Of other features.
    wide = np.ones((48, 7)) if name not in SEGMENTS else np.ones((48, 8, 7))
    expect_unchanged(fitted, ValueError, "inconsistent numbers of samples", wide, y[:3])


FAILURES = [RuntimeError("out of memory"), KeyboardInterrupt("stop"), SystemExit(1)]
# In which call for an epoch of a network, or for a fit of scikit-learn's. A network that was
# interrupted after a complete epoch is kept, with a warning; a linear model has no second call.
CALLS = [
    pytest.param(name, error, nth, id=f"{name}-{type(error).__name__}-{nth}")
    for name in CLASSIFIERS
    for error in FAILURES
    for nth in (1, 2)
    if nth == 1
    or not (
        name in ("ConsensusClassifier", "RatingsClassifier", "SegmentClassifier")
        or isinstance(error, KeyboardInterrupt)
    )
]


@pytest.mark.parametrize(("name", "error", "nth"), CALLS)
def test_a_failure_in_training(name, error, nth, fitted, monkeypatch):
    calls = []

    def patch(cls, method):
        original = getattr(cls, method)

        def fail(*args, **kwargs):
            calls.append(cls)
            if len(calls) >= nth:
                raise error
            return original(*args, **kwargs)

        monkeypatch.setattr(cls, method, fail)

    model, X, _ = fitted
    X = for_last_step(model, X)
    patch(NeuralNet, "run_single_epoch")
    patch(LogisticRegression, "fit")
    expect_unchanged(fitted, type(error), None, X, others())
    assert len(calls) == nth


BAD_PARAMETERS = {
    "AnnotatorEnsembleClassifier": {"crowd": ["medium"]},
    "AttentionBLSTMClassifier": {"hidden_sizes": (1, 2)},
    "AveragingClassifier": {"n_seeds": 0},
    "ConsensusClassifier": {"estimator__C": -1},
    "CrowdEMClassifier": {"shrinkage": -1},
    "CrowdLayerClassifier": {"annotator_model": "both"},
    "LabelCorrectingClassifier": {"estimator__class_weight": "balanced"},
    "ProfileRefineryClassifier": {"statistics": ["median"]},
    "RatingsClassifier": {"estimator__C": -1},
    "SegmentClassifier": {"statistics": ["mode"]},
    "SegmentVGGClassifier": {"width": 0},
    "SoftmaxClassifier": {"lr": -1},
}


@every_classifier
def test_a_bad_parameter(name, fitted):
    model, X, expected = fitted
    X, last = for_last_step(model, X), last_step(model)
    good = {key: last.get_params()[key] for key in BAD_PARAMETERS[name]}
    last.set_params(**BAD_PARAMETERS[name])
    try:
        before = snapshot(model)
        with pytest.raises(ValueError, match=r"."):
            last.fit(X, others())
        assert snapshot(model) == before
    finally:
        last.set_params(**good)
    np.testing.assert_array_equal(model.predict_proba(fitted[1]), expected)


@every_classifier
def test_a_first_fit_that_fails_leaves_nothing(name):
    X = prepare(name, make_sequences())
    model = clone(CLASSIFIERS[name])
    last = last_step(model)
    X = SequenceStatistics().fit_transform(X) if model is not last else X
    before = snapshot(last)
    with pytest.raises(ValueError, match="inconsistent"):
        last.fit(X, make_ratings()[:5])
    with pytest.raises(ValueError, match="class"):
        last.fit(X, ["sad"] * 48)
    assert snapshot(last) == before


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name):
    X = make_sequences()
    model = clone(TRANSFORMERS[name]).fit(X)
    before, expected = snapshot(model), np.concatenate(list(model.transform(X)))
    for bad, message in (
        ([np.ones((3, 5)), np.full((2, 5), np.nan)], "NaN or infinity in samples 1"),
        ([np.ones((3, 5)), np.ones((2, 4))], "same number of features"),
        (np.ones((0, 5)), r"0 sample\(s\)"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(bad)
        assert snapshot(model) == before
    np.testing.assert_array_equal(np.concatenate(list(model.transform(X))), expected)


@pytest.mark.parametrize("encoder", [HardTargetEncoder(), SoftTargetEncoder(weights="agreement")])
def test_encoders(encoder, monkeypatch):
    y = make_ratings()
    encoder.fit(y)
    before, expected = snapshot(encoder), encoder.transform(y)
    with pytest.raises(ValueError, match="ratings are needed"):
        encoder.fit(None)
    for bad in ({"classes": ["bored"]}, {"classes": ["sad", "sad"]}):
        encoder.set_params(**bad)
        with pytest.raises(ValueError, match="class"):
            encoder.fit(others())
        encoder.set_params(classes=None)
        assert snapshot(encoder) == before
    if isinstance(encoder, SoftTargetEncoder):

        def fail(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr("sklearn_ser.targets.compute_evaluator_weights", fail)
        with pytest.raises(KeyboardInterrupt):
            encoder.fit(others())
        assert snapshot(encoder) == before
    np.testing.assert_array_equal(encoder.transform(y), expected)


def of_audio():
    linear = ConsensusClassifier(LogisticRegression())
    steps = SegmentLogMel(segment_step=10), SequenceStatistics(), linear
    return AugmentedClassifier(make_pipeline(*steps))


def test_classifiers_around_another(monkeypatch):
    rng = np.random.default_rng(0)
    audio = [(v * rng.standard_normal(8000)).clip(-1, 1) for v in [0.02, 0.3] * 5]
    table = np.vstack([np.eye(5)] * 2)
    y = Ratings.from_wide([["sad"], ["angry"]] * 5, annotators=["E1"])
    linear = ConsensusClassifier(LogisticRegression())
    for model, X in ((of_audio(), audio), (OneAnnotator(linear, "E1"), table)):
        model.fit(X, y)
        before, expected = snapshot(model), model.predict_proba(X)

        def fail(*args, **kwargs):
            raise MemoryError("no more")

        with monkeypatch.context() as patch:
            patch.setattr(LogisticRegression, "fit", fail)
            with pytest.raises(MemoryError, match="no more"):
                model.fit(X, y.rename({"sad": "bored"}))
        with pytest.raises(ValueError, match=r"inconsistent"):
            model.fit(X[:3], y)
        assert snapshot(model) == before
        np.testing.assert_array_equal(model.predict_proba(X), expected)


@pytest.mark.parametrize(
    ("model", "bad"),
    [
        (OpenSmileLLD(), {"clip_hnr": -1}),
        (OpenSmileFunctionals(), {"feature_set": "none"}),
        (SegmentLogMel(), {"segment_step": 0}),
        (SpeedPerturbation(0.9), {"factor": 99}),
        (TransformerFrames("a model"), {"layer": "last"}),
        (TransformerEmbeddings("a model"), {"statistics": ["best"]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_transformers_of_recordings(model, bad):
    recordings = [np.zeros(8000)]
    before = snapshot(model.set_params(**bad))
    with pytest.raises(ValueError, match=next(iter(bad))):
        model.fit(recordings)
    assert snapshot(model) == before


def test_nothing_is_forgotten():
    """All estimators of the package are in a test of this file."""
    tested = {type(last_step(model)).__name__ for model in CLASSIFIERS.values()}
    tested |= {type(model).__name__ for model in TRANSFORMERS.values()}
    tested |= {"AugmentedClassifier", "OneAnnotator", "HardTargetEncoder", "SoftTargetEncoder"}
    tested |= {"OpenSmileLLD", "OpenSmileFunctionals", "SegmentLogMel", "SpeedPerturbation"}
    tested |= {"TransformerFrames", "TransformerEmbeddings"}
    assert tested >= {*TABLE_CLASSIFIERS, *ALL_TRANSFORMERS, *EXEMPT}


def test_estimators_of_users_are_protected_too():
    class Counter(Estimator):
        def fit(self, X, y=None):
            """Count."""
            self.n_ = len(X)
            del self.old_
            raise OSError("disk")

    class Twice(Counter):
        def fit(self, X, y=None):
            self.more_ = 1
            return super().fit(X)

    for cls in (Counter, Twice):
        model = cls()
        model.old_, model.n_ = "old", 3
        with pytest.raises(OSError, match="disk"):
            model.fit([1, 2])
        assert vars(model) == {"old_": "old", "n_": 3}
    assert Counter.fit.__doc__ == "Count."


def test_warnings_of_fit_name_the_line_that_called_it():
    """Though what restores attributes stands between them."""
    X = make_sequences()
    cells = [["sad", "sad", "sad"], ["angry", "angry", "sad"]] * 24
    y = Ratings.from_wide(cells, annotators=["E1", "E2", "E3"])
    ensemble = clone(CLASSIFIERS["AnnotatorEnsembleClassifier"])
    with pytest.warns(UserWarning, match="no member for E3") as caught:
        ensemble.fit(X, y)
    with pytest.warns(UserWarning, match="are not among the labels") as also:
        HardTargetEncoder(classes=["sad", "bored"]).fit(y)
    assert {warning.filename for warning in (*caught, *also)} == {__file__}
