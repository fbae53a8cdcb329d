"""Every type that files may hold can be saved when it is fitted, and predicts the same."""

import importlib
import inspect

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from sklearn_ser.io import load, save
from sklearn_ser.io._types import OF_SCIKIT_LEARN

RNG = np.random.default_rng(0)
X = np.abs(RNG.normal(size=(60, 4)) + np.arange(60)[:, None] % 3)
LABELS = np.array(["angry", "happy", "sad"] * 20)
# What is not fitted can be saved; once fitted, they hold objects without a reason.
ONLY_UNFITTED = {
    "CalibratedClassifierCV",
    "StackingClassifier",
    "StackingRegressor",
    "TunedThresholdClassifierCV",
    "VotingClassifier",
    "VotingRegressor",
}
ESTIMATORS = {}
for _name in OF_SCIKIT_LEARN:
    _module, _, _class = _name.rpartition(".")
    _found = getattr(importlib.import_module(_module), _class)
    if issubclass(_found, BaseEstimator):
        ESTIMATORS[_class] = _found


def make(cls):
    """An estimator, and what it is fitted on."""
    name = cls.__name__
    is_regressor = "Regress" in name and "Logistic" not in name
    is_regressor |= name.endswith("SVR") or name.startswith(("Ridge", "Lasso", "Elastic"))
    is_regressor &= not name.startswith("RidgeClassifier")
    inner = Ridge() if is_regressor else LogisticRegression()
    if name == "FrozenEstimator":
        inner.fit(X, LABELS)
    scaler = ("scaler", StandardScaler())
    given = {
        "estimator": inner,
        "estimators": [("inner", inner)],
        "steps": [scaler, ("inner", inner)],
        "transformer_list": [scaler],
        "transformers": [(*scaler, [0, 1])],
        "param_grid": {},
        "param_distributions": {"C": [1.0]},
    }
    parameters = inspect.signature(cls).parameters
    needed = {p: given[p] for p in parameters if parameters[p].default is inspect._empty}
    if name == "RandomizedSearchCV":
        needed["n_iter"] = 1
    if name.endswith("Chain"):  # required from scikit-learn 1.9 on
        needed["estimator"] = inner
    targets = X[:, 0] if is_regressor else LABELS
    if "Threshold" in name and "Variance" not in name:
        targets = np.arange(60) % 2
    elif name.startswith("MultiOutput") or name.endswith("Chain"):
        targets = X[:, :2] if is_regressor else (X[:, :2] > 1).astype(int)
    settings = {"random_state": 0, "n_quantiles": 20, "k": 2, "n_components": 2}
    needed |= {p: value for p, value in settings.items() if p in parameters}
    model = cls(**needed)
    data = X @ X.T if name == "KernelCenterer" else X
    if name.startswith("Label"):
        return model, LABELS, ()
    return model, data, (targets,)


# Newer versions of scikit-learn announce changes of these.
@pytest.mark.filterwarnings("ignore:Class PassiveAggressive.* is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*default value.* will change:FutureWarning")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_fitted_estimators(name, tmp_path):
    model, data, targets = make(ESTIMATORS[name])
    path = tmp_path / "model.skops"
    save(model, path)
    assert repr(load(path)) == repr(model)
    model.fit(data, *targets)
    if name in ONLY_UNFITTED:
        with pytest.raises(TypeError, match=r"cannot be saved: it holds .*list them in trusted"):
            save(model, path)
        return
    save(model, path)
    uses = ("predict_proba", "predict", "transform")
    use = next((use for use in uses if hasattr(model, use)), None)
    found, expected = (np.asarray(getattr(each, use)(data)) for each in (load(path), model))
    if found.dtype.kind == "f":
        # Arrays are saved row by row, and sums of another order differ in their last bits.
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    else:
        np.testing.assert_array_equal(found, expected)
