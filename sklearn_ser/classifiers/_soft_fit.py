"""Fit any classifier to distributions over classes, such as the shares of raters."""

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.pipeline import Pipeline

from sklearn_ser.classifiers._routing import find_weight_parameter
from sklearn_ser.classifiers._sample_weight import take_samples
from sklearn_ser.classifiers._softmax import SoftmaxClassifier
from sklearn_ser.classifiers._targets import compute_class_weights
from sklearn_ser.classifiers._views import find_encoder_parameter
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.targets import HardTargetEncoder, has_target

# A smaller share of a sample changes no fit, and would cost a row in it.
NEGLIGIBLE = 1e-9

# Above this number of rows, HistGradientBoostingClassifier's "auto" is early stopping.
MANY_ROWS = 10_000


def fit_soft(estimator, X, targets, classes, weights=None):
    """Fit a clone of a classifier to one distribution over classes per sample.

    A network learns the distributions as they are. Any other classifier gets each sample once per
    class, weighted by its share: for a model that minimises a weighted sum of log losses, this is
    the cross-entropy with the distributions.

    Parameters
    ----------
    estimator : classifier
        With a parameter ``target_encoder``, or with a ``fit`` that takes ``sample_weight``. Of a
        `Pipeline`, only the last step needs it: the others are fitted on each sample once, with
        its most likely class as y.
    X : container of length n_samples that the estimator accepts and scikit-learn can index
    targets : ndarray of shape (n_samples, n_classes)
        Rows of NaN are samples to leave out; the others sum to 1.
    classes : ndarray of shape (n_classes,)
        Sorted.
    weights : ndarray of shape (n_samples,), default=None
        Of the samples, 0 or more.

    Returns
    -------
    classifier
        Fitted. It does not know classes that have no share of any sample.

    Raises
    ------
    ValueError
        If the classifier does not take ``sample_weight``, or splits samples inside of ``fit``;
        with targets of 0 and 1, any classifier will do. Also if it is a wrapper around a network
        with a target encoder.
    """
    used = has_target(targets) if weights is None else has_target(targets) & (weights > 0)
    if not used.all():
        X, targets = take_samples(X, np.flatnonzero(used)), targets[used]
        weights = None if weights is None else weights[used]
    return _fit(clone(estimator), X, targets, classes, weights)


def _fit(estimator, X, targets, classes, weights):
    if isinstance(estimator, Pipeline):
        return _fit_pipeline(estimator, X, targets, classes, weights)
    encoder = find_encoder_parameter(estimator)
    if encoder == "target_encoder":
        return _fit_network(estimator, X, targets, classes, weights)
    if encoder is not None:
        raise ValueError(
            f"{type(estimator).__name__} has a target encoder of its own, in "
            f"{encoder}, and cannot be given other targets. Use the network itself, "
            f"{encoder.removesuffix('__target_encoder')}, as the estimator."
        )
    rows, codes, shares = repeat_rows(targets)
    if len(rows) == len(targets):
        # One class per sample: these are labels, which any classifier can learn.
        shares = np.ones(len(rows)) if weights is None else weights
    else:
        check_learns_shares(estimator, len(rows))
        X = take_samples(X, rows)
        shares = shares if weights is None else shares * weights[rows]
        shares = shares * _take_class_weights(estimator, targets, classes, weights)[codes]
    given = {} if (shares == 1).all() else {"sample_weight": shares}
    return estimator.fit(X, classes[codes], **given)


def repeat_rows(targets):
    """Repeat each sample once per class that has a share of it.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_classes)

    Returns
    -------
    rows : ndarray of int of shape (n_rows,)
        Which sample each row is.
    codes : ndarray of int of shape (n_rows,)
        Its class.
    shares : ndarray of float64 of shape (n_rows,)
    """
    rows, codes = np.nonzero(targets > NEGLIGIBLE)
    return rows, codes, targets[rows, codes]


def check_learns_shares(estimator, n_rows):
    """Raise a ValueError if an estimator cannot be fitted to weighted copies of its samples.

    Parameters
    ----------
    estimator : classifier
        Of a pipeline, its last step.
    n_rows : int
        Number of copies.
    """
    problem = _find_problem(estimator, n_rows)
    if problem is not None:
        raise ValueError(problem)


def can_learn_shares(estimator, n_rows):
    """Return whether `fit_soft` can fit an estimator to distributions of that many copies."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return _find_problem(estimator, n_rows) is None


def _find_problem(estimator, n_rows):
    """Return why an estimator cannot be fitted to weighted copies of its samples, or None."""
    if find_weight_parameter(estimator) is None:
        return (
            f"{type(estimator).__name__} cannot learn the shares of raters, since its fit takes "
            "no sample_weight. RatingsClassifier trains it on their consensus, with "
            "target_encoder=HardTargetEncoder()."
        )
    for part in [estimator, *estimator.get_params(deep=True).values()]:
        reason = _find_inner_split(part, n_rows) if isinstance(part, BaseEstimator) else None
        if reason is not None:
            return (
                f"{type(part).__name__} with {reason} splits samples inside of fit, so copies of "
                "one sample would be on both sides. Search over its parameters from outside, "
                "with GridSearchCV around the whole model, or turn the split off."
            )
    return None


def _find_inner_split(estimator, n_rows):
    """Return the parameter by which an estimator splits its samples, as text, or None."""
    params = estimator.get_params(deep=False)
    early = params.get("early_stopping", False)
    patience = params.get("n_iter_no_change")
    splits = {
        "cv": "cv" in params,
        "early_stopping": early is True or (early == "auto" and n_rows > MANY_ROWS),
        "n_iter_no_change": "early_stopping" not in params
        and "validation_fraction" in params
        and patience is not None,
        "oob_score": bool(params.get("oob_score", False)),
    }
    return next((f"{name}={params[name]!r}" for name, found in splits.items() if found), None)


def is_linear(estimator):
    """Return whether an estimator, or the last step of a pipeline, is a linear classifier."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return isinstance(estimator, (LinearClassifierMixin, SoftmaxClassifier))


def _take_class_weights(estimator, targets, classes, weights):
    """Return the weight of each class, and reset the estimator's ``class_weight``.

    It would count rows, of which a sample has several.
    """
    wanted = estimator.get_params(deep=False).get("class_weight")
    if wanted is None:
        return np.ones(len(classes))
    if isinstance(wanted, str) and wanted != "balanced":
        raise ValueError(
            f"class_weight of {type(estimator).__name__} must be 'balanced', a dict or None to "
            f"learn the shares of raters, got {wanted!r}."
        )
    estimator.set_params(class_weight=None)
    return compute_class_weights(wanted, classes, targets, weights)


def _fit_pipeline(pipeline, X, targets, classes, weights):
    labels = classes[targets.argmax(axis=1)]
    if len(pipeline) > 1:
        head = pipeline[:-1]
        X = head.fit_transform(X, labels)
        pipeline.steps[:-1] = head.steps
    name, last = pipeline.steps[-1]
    pipeline.steps[-1] = name, _fit(last, X, targets, classes, weights)
    return pipeline


class _GivenTargets(BaseEstimator):
    """A target encoder with the targets of the training samples, whatever their ratings."""

    def __init__(self, targets, classes):
        self.targets = targets
        self.classes = classes

    def fit(self, ratings, y=None):
        self.classes_ = self.classes
        return self

    def transform(self, ratings):
        return self.targets


def _fit_network(network, X, targets, classes, weights):
    own = network.target_encoder
    labels = classes[targets.argmax(axis=1)]
    y = Ratings.from_labels(labels, target_classes=classes.tolist())
    network.set_params(target_encoder=_GivenTargets(targets, classes))
    network.fit(X, y, **({} if weights is None else {"sample_weight": weights}))
    # The targets of the training samples do not belong to the fitted model, nor to a network that
    # it trained with them.
    fitted = HardTargetEncoder(classes=classes).fit(y)
    for part in (network, getattr(network, "estimator_", None)):
        if isinstance(getattr(part, "target_encoder", None), _GivenTargets):
            part.set_params(target_encoder=own)
        if isinstance(getattr(part, "target_encoder_", None), _GivenTargets):
            part.target_encoder_ = fitted
    return network
