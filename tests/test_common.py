"""scikit-learn's estimator checks over every estimator, none skipped, none expected to fail."""

import collections
import inspect
import pkgutil
from importlib import import_module

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import estimator_checks_generator

import sklearn_ser
from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    SegmentVGGClassifier,
)
from sklearn_ser.features import FramePooler, SequenceScaler, SequenceStatistics

# Small and quick, yet able to learn what the checks ask for.
ESTIMATORS = [
    AttentionBLSTMClassifier((16, 8, 16), lr=0.02, max_epochs=20, random_state=0),
    AnnotatorEnsembleClassifier(
        AttentionBLSTMClassifier((16, 8, 16), lr=0.02, max_epochs=20), random_state=0
    ),
    LabelCorrectingClassifier(
        AttentionBLSTMClassifier((16, 8, 16), lr=0.02, max_epochs=20), random_state=0
    ),
    SegmentVGGClassifier(width=1 / 16, batch_size=16, random_state=0),
    ProfileRefineryClassifier(
        SegmentVGGClassifier(width=1 / 32, lr=0.005, batch_size=16, max_epochs=8),
        cv=2,
        refit=False,
        random_state=0,
    ),
    AveragingClassifier(
        [
            ("network", AttentionBLSTMClassifier((16, 8, 16), lr=0.02, max_epochs=20)),
            ("linear", ConsensusClassifier(LogisticRegression())),
        ],
        random_state=0,
    ),
    ConsensusClassifier(LogisticRegression()),
    FramePooler(),
    SequenceScaler(),
    SequenceScaler(by="utterance"),
    SequenceStatistics(["mean", "std"]),
]

# Input that is no array of numbers: scikit-learn's checks have nothing to say about these, and
# yield nothing, silently. Their own tests are named beside them.
EXEMPT = {
    "AugmentedClassifier": "takes audio; tests/test_augmented.py",
    "SpeedPerturbation": "takes audio; tests/test_augmented.py",
    "HardTargetEncoder": "takes ratings; tests/test_targets.py",
    "SoftTargetEncoder": "takes ratings; tests/test_targets.py",
    "OpenSmileFunctionals": "takes audio; tests/test_opensmile_functionals.py",
    "OpenSmileLLD": "takes audio; tests/test_opensmile.py",
    "SegmentLogMel": "takes audio; tests/test_segment_log_mel.py",
    "TransformerFrames": "takes audio; tests/test_transformer_frames.py",
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
    "SequenceStatistics": 40,
}

CHECKS = [
    pytest.param(estimator, check, id=f"{estimator}-{getattr(check, 'func', check).__name__}")
    for one in ESTIMATORS
    for estimator, check in estimator_checks_generator(one)
]

_ran = collections.Counter()


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_scikit_learns_check(estimator, check):
    check(estimator)
    _ran[repr(estimator)] += 1


def test_enough_checks_ran(request):
    """Last in this file: a green suite that ran nothing would be worth nothing."""
    selected = [item for item in request.session.items if "test_scikit_learns_check" in item.name]
    if len(selected) < len(CHECKS):
        pytest.skip("only some of the checks were selected")
    for estimator in ESTIMATORS:
        assert _ran[repr(estimator)] >= FEWEST[type(estimator).__name__]


def test_every_estimator_is_checked_or_exempt():
    found = set()
    for module in pkgutil.walk_packages(sklearn_ser.__path__, "sklearn_ser."):
        for name, thing in vars(import_module(module.name)).items():
            if inspect.isclass(thing) and issubclass(thing, BaseEstimator):
                ours = thing.__module__.startswith("sklearn_ser")
                # Bases that several estimators share are checked through them.
                if ours and not name.startswith("_") and "_parameter_constraints" in vars(thing):
                    found.add(name)
    checked = {type(estimator).__name__ for estimator in ESTIMATORS}
    assert found - {"AudioTransformer", "NetworkClassifier"} == checked | set(EXEMPT)
