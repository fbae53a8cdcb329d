"""scikit-learn's estimator checks on every estimator: none skipped, none expected to fail."""

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

# How many checks each estimator must have passed, at least; scikit-learn adds some now and then.
FEWEST = {
    "AnnotatorEnsembleClassifier": 55,
    "AttentionBLSTMClassifier": 55,
    "AveragingClassifier": 50,
    "ConsensusClassifier": 50,
    "FramePooler": 40,
    "LabelCorrectingClassifier": 55,
    "ProfileRefineryClassifier": 55,
    "SegmentVGGClassifier": 55,
    "SequenceScaler": 40,
    "SequenceScaler by utterance": 40,
    "SequenceStatistics": 40,
    "SoftmaxClassifier": 55,
}

CHECKS = [
    pytest.param(name, estimator, check, id=f"{name}-{getattr(check, 'func', check).__name__}")
    for name, one in ESTIMATORS.items()
    for estimator, check in estimator_checks_generator(one)
]

_passed = collections.Counter()


@pytest.mark.parametrize(("name", "estimator", "check"), CHECKS)
def test_scikit_learns_check(name, estimator, check):
    check(estimator)
    _passed[name] += 1


def test_enough_checks_passed(request):
    """Must come after the checks, in their process: a suite without them would prove nothing."""
    selected = [item for item in request.session.items if "test_scikit_learns_check" in item.name]
    if len(selected) < len(CHECKS):
        pytest.skip("only some of the checks were selected")
    assert FEWEST.keys() == ESTIMATORS.keys()
    for name, fewest in FEWEST.items():
        assert _passed[name] >= fewest, name


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
    assert found - {"AudioTransformer", "NetworkClassifier"} | {"SoftmaxClassifier"} == (
        checked | set(EXEMPT)
    )
