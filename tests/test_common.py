"""scikit-learn's estimator checks on every estimator: none skipped, few expected to fail."""

import collections
import inspect
import pkgutil
from importlib import import_module

import pytest
from _estimators import CLASSIFIERS, EXEMPT, TRANSFORMERS
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import estimator_checks_generator

import sklearn_ser
from sklearn_ser.features import SequenceScaler

ESTIMATORS = {
    **CLASSIFIERS,
    **TRANSFORMERS,
    "SequenceScaler by utterance": SequenceScaler(by="utterance"),
}

# Checks that fail, with the reason; where it is rounding, they may also pass.
# tests/test_sample_weight.py shows what holds instead: a weight is a factor on the loss, weight 0
# is exactly the same as leaving a sample out, and with all samples in one batch a weight is the
# same as repetitions, up to rounding.
_REPETITIONS = "check_sample_weight_equivalence_on_dense_data"
_BATCHES = "repetitions make other batches, held-out samples and random numbers than weights do"
_ROUNDING = "equal up to the rounding of float32, not of float64"
EXPECTED_FAILURES = {
    ("AnnotatorEnsembleClassifier", _REPETITIONS): _BATCHES,
    ("AttentionBLSTMClassifier", _REPETITIONS): _BATCHES,
    ("AveragingClassifier", _REPETITIONS): f"of its network: {_BATCHES}",
    ("CrowdLayerClassifier", _REPETITIONS): _BATCHES,
    ("LabelCorrectingClassifier", _REPETITIONS): _BATCHES,
    ("ProfileRefineryClassifier", _REPETITIONS): f"{_BATCHES}; the forest draws other samples",
    ("SegmentClassifier", _REPETITIONS): _ROUNDING,
    ("SegmentVGGClassifier", _REPETITIONS): _BATCHES,
    ("SoftmaxClassifier", _REPETITIONS): _ROUNDING,
}

# How many checks each estimator must have passed, at least; scikit-learn adds some now and then.
FEWEST = {
    "AnnotatorEnsembleClassifier": 60,
    "AttentionBLSTMClassifier": 60,
    "AveragingClassifier": 55,
    "ConsensusClassifier": 55,
    "CrowdEMClassifier": 55,
    "CrowdLayerClassifier": 55,
    "FramePooler": 40,
    "FrameSegmenter": 40,
    "LabelCorrectingClassifier": 60,
    "LayerSelector": 40,
    "ProfileRefineryClassifier": 60,
    "RatingsClassifier": 55,
    "SegmentClassifier": 55,
    "SegmentVGGClassifier": 60,
    "SequenceScaler": 40,
    "SequenceScaler by utterance": 40,
    "SequenceStatistics": 40,
    "SoftmaxClassifier": 60,
}

CHECKS = [
    pytest.param(name, estimator, check, id=f"{name}-{getattr(check, 'func', check).__name__}")
    for name, one in ESTIMATORS.items()
    for estimator, check in estimator_checks_generator(one)
]

_passed, _failed = collections.Counter(), collections.Counter()


@pytest.mark.parametrize(("name", "estimator", "check"), CHECKS)
def test_scikit_learns_check(name, estimator, check):
    reason = EXPECTED_FAILURES.get((name, getattr(check, "func", check).__name__))
    if reason is None:
        check(estimator)
        _passed[name] += 1
    else:
        try:
            check(estimator)
        except (AssertionError, ValueError):
            _failed[name] += 1
        else:
            # Which versions and processors round alike is not ours to say.
            assert reason == _ROUNDING


def test_enough_checks_passed(request):
    """Must come after the checks, in their process: a suite without them would prove nothing."""
    selected = [item for item in request.session.items if "test_scikit_learns_check" in item.name]
    if len(selected) < len(CHECKS):
        pytest.skip("only some of the checks were selected")
    assert FEWEST.keys() == ESTIMATORS.keys()
    for name, fewest in FEWEST.items():
        assert _passed[name] >= fewest, name
        reasons = [reason for (one, _), reason in EXPECTED_FAILURES.items() if one == name]
        assert len(reasons) - reasons.count(_ROUNDING) <= _failed[name] <= len(reasons), name


def test_every_estimator_is_checked_or_exempt():
    found = set()
    for module in pkgutil.walk_packages(sklearn_ser.__path__, "sklearn_ser."):
        for name, thing in vars(import_module(module.name)).items():
            if inspect.isclass(thing) and issubclass(thing, BaseEstimator):
                ours = thing.__module__.startswith("sklearn_ser")
                # Bases that several estimators share are checked through them.
                if ours and not name.startswith("_") and "_parameter_constraints" in vars(thing):
                    found.add(name)
    checked = {type(estimator).__name__ for estimator in ESTIMATORS.values()}
    assert found - {"AudioTransformer", "EncoderTransformer", "NetworkClassifier"} | {
        "SoftmaxClassifier"
    } == (checked | set(EXEMPT))
