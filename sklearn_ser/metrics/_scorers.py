"""Scores as scorers for scikit-learn, which pass ratings on unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import MetadataRequest

from sklearn_ser.metrics._all_inclusive import all_inclusive_f1
from sklearn_ser.metrics._annotator_scores import annotator_accuracy, annotator_log_likelihood
from sklearn_ser.metrics._answers import AnnotatorPredictions
from sklearn_ser.metrics._calibration import calibration_error
from sklearn_ser.metrics._scores import (
    cross_entropy,
    js_divergence,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._saving import get_public_module, new_instance


class RatingsScorer:
    """A scorer, for ``scoring=`` of scikit-learn's searches and cross-validations.

    Scorers are pickled by their name in this module, so you cannot add others. For a score of your
    own, use `sklearn.metrics.make_scorer`, which passes ratings on unchanged.

    With scikit-learn's metadata routing, `set_score_request` returns a scorer that uses weights of
    samples, such as those in ``params={"sample_weight": weights}`` of `cross_validate`.

    Parameters
    ----------
    name : str
        Name of the scorer in this module.
    function : callable
        ``function(y_true, y_pred, *, sample_weight)``,
        ``function(y_true, y_proba, *, classes, sample_weight)`` or
        ``function(y_true, y_annotators, *, annotators, classes, sample_weight)``.
    sign : {1, -1}, default=1
        -1 for a loss, because greater scores are better; the name then begins with "neg".
    response_method : {"predict", "predict_proba", "predict_annotators"}, default="predict"
        The method of the classifier that returns what the function takes. With
        "predict_annotators", only ratings by the classifier's ``annotators_`` count: raters who
        are unknown to it are left out. A pipeline or search may hold the classifier.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_ser import AttentionBLSTMClassifier, Ratings
    >>> from sklearn_ser.metrics import neg_cross_entropy_scorer, ua_scorer
    >>> X = [[[-1.0]], [[1.0]]] * 10
    >>> y = Ratings.from_wide([["sad", "sad"], ["angry", "sad"]] * 10)
    >>> model = AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=5, random_state=0)
    >>> cross_val_score(model, X, y, scoring=neg_cross_entropy_scorer, cv=2).shape
    (2,)
    >>> ua_scorer(model.fit(X, y), X, y)
    1.0
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        sign: int = 1,
        response_method: Literal["predict", "predict_proba", "predict_annotators"] = "predict",
    ) -> None:
        general = type(self).__doc__ or ""  # python -OO drops it
        self.__doc__ = general.replace("A scorer", f"`{function.__name__}` as a scorer")
        self.name = name
        self.function = function
        self.sign = sign
        self.response_method = response_method
        self._weight_request: bool | str | None = None
        # Pickle looks the name up in the module of the object.
        self.__module__ = get_public_module(type(self).__module__)

    def __call__(
        self,
        estimator: BaseEstimator,
        X: Any,
        y: RatingsLike,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Score a fitted classifier.

        Parameters
        ----------
        estimator : classifier
        X : any container that the classifier accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, finite and 0 or more.

        Returns
        -------
        float
            Greater is better.

        Raises
        ------
        TypeError
            If the classifier has no ``predict_annotators``, but the score needs it.
        ValueError
            If X and y differ in length or in the names of their samples; also as the function.
        """
        ratings = check_ratings(y)
        check_samples(X, ratings)
        predicted, settings = self._predict(estimator, X)
        return self.sign * self.function(
            ratings, predicted, **settings, sample_weight=sample_weight
        )

    def _predict(self, estimator, X):
        """Return predictions, and what they are of."""
        if self.response_method == "predict":
            return estimator.predict(X), {}
        if self.response_method == "predict_proba":
            return estimator.predict_proba(X), {"classes": estimator.classes_}
        predicted = AnnotatorPredictions(estimator, X)
        return predicted, {"annotators": predicted.annotators, "classes": predicted.classes}

    def set_score_request(self, *, sample_weight: bool | str | None) -> RatingsScorer:
        """Return a scorer that asks for weights of samples, or that refuses them.

        Unlike scikit-learn's method of this name, it leaves the scorer itself unchanged, because
        everybody shares it.

        Parameters
        ----------
        sample_weight : bool, str or None
            Whether to use weights that are passed as ``sample_weight``, or the name under which
            they are passed. With None, passing them is an error.

        Returns
        -------
        RatingsScorer

        Raises
        ------
        RuntimeError
            If metadata routing is not enabled, with
            ``sklearn.set_config(enable_metadata_routing=True)``.
        """
        if not get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "set_score_request needs metadata routing: "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        scorer = RatingsScorer.__new__(RatingsScorer)
        scorer.__setstate__({"name": self.name, "sample_weight": sample_weight})
        return scorer

    def get_metadata_routing(self) -> MetadataRequest:
        """Return what the scorer asks for, for scikit-learn's metadata routing.

        Returns
        -------
        MetadataRequest
        """
        request = MetadataRequest(owner=self.name)
        request.score.add_request(param="sample_weight", alias=self._weight_request)
        return request

    def _accept_sample_weight(self):
        # scikit-learn's searches ask this without metadata routing, if fit gets weights.
        return True

    def __repr__(self):
        return self.name

    def __reduce__(self):
        # By name, so that unpickling in another process returns the scorer of this module. A copy,
        # as skops makes it, has no name of its own.
        if self is _SCORERS.get(self.name):
            return self.name
        return new_instance, (self.__module__, type(self).__name__), self.__getstate__()

    def __getstate__(self):
        # For skops, which ignores __reduce__ and must not write functions.
        return {"name": self.name, "sample_weight": self._weight_request}

    def __setstate__(self, state):
        self.__dict__.update(vars(_SCORERS[state["name"]]))
        self._weight_request = state.get("sample_weight")


ua_scorer = RatingsScorer("ua_scorer", unweighted_accuracy)
wa_scorer = RatingsScorer("wa_scorer", weighted_accuracy)
macro_f1_scorer = RatingsScorer("macro_f1_scorer", macro_f1)
all_inclusive_f1_scorer = RatingsScorer(
    "all_inclusive_f1_scorer", all_inclusive_f1, response_method="predict_proba"
)
neg_cross_entropy_scorer = RatingsScorer(
    "neg_cross_entropy_scorer", cross_entropy, sign=-1, response_method="predict_proba"
)
neg_js_divergence_scorer = RatingsScorer(
    "neg_js_divergence_scorer", js_divergence, sign=-1, response_method="predict_proba"
)
neg_calibration_error_scorer = RatingsScorer(
    "neg_calibration_error_scorer", calibration_error, sign=-1, response_method="predict_proba"
)
annotator_accuracy_scorer = RatingsScorer(
    "annotator_accuracy_scorer", annotator_accuracy, response_method="predict_annotators"
)
annotator_log_likelihood_scorer = RatingsScorer(
    "annotator_log_likelihood_scorer",
    annotator_log_likelihood,
    response_method="predict_annotators",
)
_SCORERS = {
    scorer.name: scorer
    for scorer in (
        ua_scorer,
        wa_scorer,
        macro_f1_scorer,
        all_inclusive_f1_scorer,
        neg_cross_entropy_scorer,
        neg_js_divergence_scorer,
        neg_calibration_error_scorer,
        annotator_accuracy_scorer,
        annotator_log_likelihood_scorer,
    )
}
