"""A classifier that learns from all raters in one training."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._confusion_mixin import ConfusionsMixin, find_annotators, find_codes
from sklearn_ser.classifiers._mixins import ProbabilityMixin, copy_feature_attributes
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._training_rows import choose_rows
from sklearn_ser.nn.crowd import CrowdNetwork, RatingLoss
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.ratings._codes import find_firsts, keep_ratings, number_samples
from sklearn_ser.targets import SoftTargetEncoder
from sklearn_ser.training._batches import RatedExamples
from sklearn_ser.training._state import take_part
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._ragged import Ragged, gather
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from typing_extensions import Self


class CrowdLayerClassifier(MetaEstimatorMixin, ConfusionsMixin, ProbabilityMixin, Estimator):
    r"""Learn one network and all raters in one training, from every rating.

    The network predicts the class; each rater is modelled on top of it. With
    ``annotator_model="confusion"``, a rater has a matrix with the probability of each label, given
    the class [1]_, which is the sum of a matrix that all raters share and a small one of the
    rater's own, so that a rater with few ratings stays near the average rater. A penalty on the
    trace of the matrices lets the network take up what raters share [2]_. With "head", a rater has
    a linear layer on the last hidden layer that all share, and the mean over raters is the
    prediction [3]_.

    The number of raters hardly matters for the duration: `AnnotatorEnsembleClassifier` trains one
    network per rater.

    Parameters
    ----------
    estimator : NetworkClassifier, default=None
        Says which network is trained and how; its ``target_encoder`` and ``class_weight`` are not
        used. If None, ``AttentionBLSTMClassifier()``. For vectors, in a 2-D array or as sequences
        of one frame, ``AttentionBLSTMClassifier((128, 0, 0))`` is a multilayer perceptron, and
        ``SoftmaxClassifier()`` a linear model.
    annotator_model : {"confusion", "head"}, default="confusion"
        "confusion" learns all labels, "head" only target classes.
    shrinkage : float, default=5.0
        The number of ratings that the penalty on the own matrix of a rater is worth; only with
        "confusion".
    trace_penalty : float, default=0.01
        Per rating; only with "confusion".
    min_ratings : int, default=1
        Raters with fewer ratings, and anonymous ones, are the average rater; with "head", they
        share one layer.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The target classes that raters gave, sorted.
    estimator_ : NetworkClassifier
        The fitted network; with "head", only its hidden layers are.
    annotators_ : list
        All raters with an identity.
    labels_ : ndarray of shape (n_labels,)
        The labels that raters are modelled with.
    confusions_ : ndarray of shape (n_annotators, n_classes, n_labels)
        ``confusions_[a, k, l]`` is the probability that rater a says label l if the class is k;
        only with "confusion".
    average_confusion_ : ndarray of shape (n_classes, n_labels)
        The matrix of the average rater; only with "confusion".
    heads_ : tuple of ndarray of shape (n_annotators + 1, n_hidden, n_classes) and \
            (n_annotators + 1, n_classes)
        Weights and biases; only with "head". The last is that of raters without a layer.
    n_features_in_ : int

    Notes
    -----
    With the probabilities :math:`p` of the network, rater a's answer has the distribution
    :math:`p\,T_a` with :math:`T_a = \operatorname{softmax}(B + D_a)`, row by row. :math:`B` starts
    as 3 on the class itself and 0 elsewhere, :math:`D_a` as 0. The loss is the mean of
    :math:`-\log (p\,T_a)_l` over all ratings, plus the penalties. If a rater gave a sample m
    labels, each counts 1/m.

    References
    ----------
    .. [1] Rodrigues and Pereira, "Deep learning from crowds", AAAI 2018.
       doi:10.1609/aaai.v32i1.11506
    .. [2] Tanno et al., "Learning from noisy labels by regularized estimation of annotator
       confusion", CVPR 2019. doi:10.1109/CVPR.2019.01150
    .. [3] Davani et al., "Dealing with disagreements: looking beyond the majority vote in
       subjective annotations", TACL 10, 2022. doi:10.1162/tacl_a_00449

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import AttentionBLSTMClassifier, CrowdLayerClassifier, Ratings
    >>> rng = np.random.default_rng(0)
    >>> truth = np.tile(["angry", "sad"], 100)
    >>> X = rng.normal(size=(200, 2)) + 3 * (truth == "sad")[:, None]
    >>> random = rng.permutation(truth)
    >>> y = Ratings.from_wide(np.column_stack([truth, truth, random]).astype(object))
    >>> network = AttentionBLSTMClassifier((16, 0, 0), lr=0.02, random_state=0)
    >>> model = CrowdLayerClassifier(network).fit(X, y)
    >>> model.predict(X[:2]).tolist()
    ['angry', 'sad']
    >>> bool(model.confusions_[0, 1, 1] > model.confusions_[2, 1, 1] + 0.3)
    True
    """

    _parameter_constraints: dict = {
        "estimator": [NetworkClassifier, None],
        "annotator_model": [StrOptions({"confusion", "head"})],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "trace_penalty": [Interval(Real, 0, None, closed="left")],
        "min_ratings": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator: NetworkClassifier | None = None,
        *,
        annotator_model: Literal["confusion", "head"] = "confusion",
        shrinkage: float = 5.0,
        trace_penalty: float = 0.01,
        min_ratings: int = 1,
    ) -> None:
        self.estimator = estimator
        self.annotator_model = annotator_model
        self.shrinkage = shrinkage
        self.trace_penalty = trace_penalty
        self.min_ratings = min_ratings

    def fit(self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network and its raters.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples without any rating are left out.
        sample_weight : array-like of shape (n_samples,), default=None
            0 or more; None means 1.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or y is invalid or they differ in length, a parameter is out of range, fewer than
            two target classes were given, or the network has more than one example per sample.
        """
        self._validate_params()
        ratings = check_ratings(y)
        network = self._make_network(ratings)
        X, _ = network.prepare_training(X, y)
        raters = tabulate_raters(
            ratings,
            network.classes_,
            only_classes=self.annotator_model == "head",
            min_ratings=self.min_ratings,
        )
        rng = as_generator(network.random_state)
        train, valid = choose_rows(network, X, raters.truth, rng)
        held_out = None if valid is None else self._make_examples(network, X, raters, valid)
        net = network.start_training(
            self._make_examples(network, X, raters, train),
            held_out,
            seed=draw_seed(rng),
            module_class=CrowdNetwork,
            module_params={
                "network": network.module_class,
                "network_params": network.make_module_params(),
                "layer": self.annotator_model,
                "layer_params": self._make_layer_params(raters, train),
            },
            criterion=RatingLoss,
        ).run()

        self.classes_, self.labels_ = network.classes_, raters.labels
        self.annotators_ = ratings.annotators.tolist()
        self._keep_raters(net.module_.raters, raters)
        network.net_ = take_part(
            net, "network", network.module_class, network.make_module_params()
        )
        self.estimator_ = network
        copy_feature_attributes(self, network)
        return self

    def _make_network(self, ratings):
        """Return the unfitted network, checked to be one that raters can be put on."""
        network = AttentionBLSTMClassifier() if self.estimator is None else clone(self.estimator)
        if type(network).pool_outputs is not NetworkClassifier.pool_outputs:
            raise ValueError(
                "estimator must have one example per sample, but a "
                f"{type(network).__name__} has several."
            )
        given = [label for label in np.unique(ratings.classes) if label in ratings.labels]
        encoder = SoftTargetEncoder(alpha=0, classes=given)
        return network.set_params(target_encoder=encoder, class_weight=None)

    def _make_examples(self, network, X, raters, rows):
        table = raters.table[rows]
        positions, _ = gather(raters.table.offsets, rows)
        return RatedExamples(network.make_examples(X, rows), table, raters.weights[positions])

    def _make_layer_params(self, raters, rows):
        """Return the parameters of the layer of raters, as numbers and lists."""
        n_annotators = len(raters.annotators)
        if self.annotator_model == "head":
            return {"n_annotators": n_annotators + 1, "n_classes": raters.truth.shape[1]}
        positions, _ = gather(raters.table.offsets, rows)
        annotator, weights = raters.table.values[positions, 0], raters.weights[positions]
        return {
            "n_annotators": n_annotators,
            "class_labels": raters.class_labels.tolist(),
            "n_labels": len(raters.labels),
            "n_ratings": np.bincount(annotator, weights, minlength=n_annotators + 1).tolist(),
            "shrinkage": self.shrinkage,
            "trace_penalty": self.trace_penalty,
        }

    def _keep_raters(self, layer, raters):
        """Store what was learned of the raters, as arrays."""
        for name in ("confusions_", "average_confusion_", "heads_"):
            vars(self).pop(name, None)
        with torch.inference_mode():
            if self.annotator_model == "head":
                weight, bias = (part.cpu().numpy() for part in (layer.weight, layer.bias))
                weight[:-1][raters.is_rare], bias[:-1][raters.is_rare] = weight[-1], bias[-1]
                self.heads_ = weight, bias
                return
            every = torch.arange(len(raters.annotators) + 1, device=layer.shared.device)
            confusions = layer.log_confusions(every).double().exp().cpu().numpy()
        confusions /= confusions.sum(axis=2, keepdims=True)
        self.confusions_, self.average_confusion_ = confusions[:-1], confusions[-1]

    def predict_proba(self, X: Any) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : as in `fit`, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; with "head", the mean over all annotators.
        """
        check_is_fitted(self)
        if self.annotator_model == "confusion":
            return self.estimator_.predict_proba(X)
        hidden = self.estimator_.transform(X)
        heads = range(max(len(self.annotators_), 1))  # without annotators, that of all others
        return sum(self._apply_head(hidden, row) for row in heads) / len(heads)

    def predict_annotators(self, X: Any, annotators: Iterable[Any] | None = None) -> NDArray:
        """Return the probability that each annotator gives each class.

        Parameters
        ----------
        X : as in `fit`, of length n_samples
        annotators : sequence of annotators, default=None
            Whose answers to predict; None means all of ``annotators_``.

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_annotators, n_classes)

        Raises
        ------
        ValueError
            If annotators are unknown.
        """
        check_is_fitted(self)
        if self.annotator_model == "confusion":
            return super().predict_annotators(X, annotators)
        rows = find_annotators(self.annotators_, annotators)
        hidden = self.estimator_.transform(X)
        return np.stack([self._apply_head(hidden, row) for row in rows], axis=1)

    def _apply_head(self, hidden, row):
        weight, bias = self.heads_
        return softmax((hidden @ weight[row] + bias[row]).astype(np.float64), axis=1)


class Raters(NamedTuple):
    """All ratings as numbers."""

    table: Ragged  # rows (annotator, label); the last annotator is all that are not modelled
    weights: NDArray  # of the ratings: 1 / m, if a rater gave a sample m labels
    truth: NDArray  # of shape (n_samples, n_classes): shares of votes; NaN without ratings
    annotators: list
    is_rare: NDArray  # of shape (n_annotators,): too few ratings to be modelled
    labels: NDArray
    class_labels: NDArray  # the number of each class among the labels


def tabulate_raters(ratings, classes, *, only_classes, min_ratings):
    """Return ratings as numbers.

    Parameters
    ----------
    ratings : Ratings
    classes : ndarray of shape (n_classes,)
        All of them are among the labels.
    only_classes : bool
        Whether ratings with other labels are left out.
    min_ratings : int

    Returns
    -------
    Raters
    """
    class_labels = find_codes(classes, ratings.labels)
    labels, values, offsets = ratings.labels, ratings.values, ratings.offsets
    if only_classes:
        is_class = np.isin(values[:, 1], class_labels)
        values, offsets = keep_ratings(values, offsets, is_class)
        number = np.zeros(len(labels), dtype=values.dtype)
        number[class_labels] = np.arange(len(classes))
        values = np.column_stack([values[:, 0], number[values[:, 1]]])
        labels, class_labels = classes, np.arange(len(classes))
    annotators = ratings.annotators.tolist()
    known = values[values[:, 0] >= 0, 0]
    is_rare = np.bincount(known, minlength=len(annotators)) < min_ratings
    modelled = np.append(np.where(is_rare, len(annotators), np.arange(len(annotators))), 0)
    modelled[-1] = len(annotators)  # anonymous raters have the number -1
    rater = np.cumsum(find_firsts(values, offsets)) - 1
    weights = 1 / np.bincount(rater)[rater] if len(rater) else np.zeros(0)
    table = np.column_stack([modelled[values[:, 0]], values[:, 1]])
    votes = np.zeros((len(ratings), len(labels)))
    np.add.at(votes, (number_samples(offsets), values[:, 1]), weights)
    truth = em.start_truth(votes[:, class_labels])
    truth[np.diff(offsets) == 0] = np.nan
    return Raters(
        Ragged(table, offsets), weights, truth, annotators, is_rare, labels, class_labels
    )
