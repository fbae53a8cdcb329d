"""A classifier that learns from all raters in one training."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._annotators_mixin import AnnotatorsMixin, ConfusionsMixin
from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._label_codes import find_given_classes, recode_labels
from sklearn_ser.classifiers._missing_frames import fill_with_prior, has_frames, validate_frames
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._raters import count_ratings, tabulate_raters
from sklearn_ser.classifiers._sample_weight import check_sample_weight, find_usable, take_ratings
from sklearn_ser.classifiers._training_rows import choose_rows
from sklearn_ser.nn.crowd import CrowdNetwork, RatingLoss
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.targets import SoftTargetEncoder
from sklearn_ser.training._batches import RatedExamples
from sklearn_ser.training._state import take_part
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._ragged import gather
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState


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
        The network and how it is trained; ``target_encoder`` and ``class_weight`` are not used.
        It must have one example per sample, which `SegmentVGGClassifier` has not. If None,
        ``AttentionBLSTMClassifier()``. For vectors, in a 2-D array or as sequences of one frame,
        ``AttentionBLSTMClassifier((128, 0, 0))`` is a multilayer perceptron, and
        ``SoftmaxClassifier()`` a linear model.
    annotator_model : {"confusion", "head"}, default="confusion"
        "confusion" learns all labels, "head" only target classes.
    shrinkage : float, default=5.0
        The number of ratings that the penalty on a rater's own matrix is worth; only with
        "confusion".
    trace_penalty : float, default=0.01
        Per rating; only with "confusion".
    min_ratings : int, default=1
        Raters who rated fewer samples, and anonymous ones, are the average rater; with "head",
        they share one layer.
    random_state : int, RandomState instance or None, default=None
        That of the network; None keeps the estimator's own.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The target classes that raters gave, sorted.
    estimator_ : NetworkClassifier
        The fitted network; with "head", only its hidden layers are.
    annotators_ : list
        All raters with an identity, and then those whom `enrol` added.
    labels_ : ndarray of shape (n_labels,)
        The labels that raters are modelled with.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the shares of votes: the prediction for samples without frames.
    confusions_ : ndarray of shape (n_annotators, n_classes, n_labels)
        ``confusions_[a, k, l]`` is the probability that rater a says label l if the class is k;
        only with "confusion".
    average_confusion_ : ndarray of shape (n_classes, n_labels)
        The matrix of the average rater; only with "confusion".
    heads_ : tuple of two ndarray
        Weights, of shape (n_annotators + 1, n_hidden, n_classes), and biases, of shape
        (n_annotators + 1, n_classes), of the annotators that were there in training; only with
        "head". The last is that of raters without a layer of their own: the one that they share
        or, if they have no rating, the mean of all others.
    enrolled_ : ndarray of float64 of shape (n_enrolled, n_classes, n_classes)
        Only with "head": the confusion matrices of those whom `enrol` added, given the class as
        predicted. Each is drawn to the average of the raters enrolled together, which is worth
        five ratings per class.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only after `fit` on a DataFrame.

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
        "estimator": [HasMethods(["fit"]), None],
        "annotator_model": [StrOptions({"confusion", "head"})],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "trace_penalty": [Interval(Real, 0, None, closed="left")],
        "min_ratings": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: NetworkClassifier | None = None,
        *,
        annotator_model: Literal["confusion", "head"] = "confusion",
        shrinkage: float = 5.0,
        trace_penalty: float = 0.01,
        min_ratings: int = 1,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.annotator_model = annotator_model
        self.shrinkage = shrinkage
        self.trace_penalty = trace_penalty
        self.min_ratings = min_ratings
        self.random_state = random_state

    def fit(
        self, X: SequencesLike, y: RatingsLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the network and its raters.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
            Samples without frames are left out.
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples without any rating are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Factor on the loss of each rating of a sample, 0 or more. Only the proportions matter.
            Samples of weight 0 are left out; None means equal weights.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            fewer than two target classes were given, or the network has more than one example per
            sample.
        TypeError
            If the estimator is no network of this package.
        """
        self._validate_params()
        sequences = validate_frames(self, X, reset=True)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        weights = check_sample_weight(sample_weight, len(ratings))
        rows = find_usable(has_frames(sequences), weights)
        own = take_ratings(y, ratings, rows)
        classes = find_given_classes(own)
        network = self._make_network(classes)
        network.prepare_training(sequences, ratings.with_ids(None), weights)

        learned = recode_labels(own, classes) if self.annotator_model == "head" else own
        raters = tabulate_raters(learned, classes, self.min_ratings)
        X = sequences if len(rows) == len(ratings) else sequences[rows]
        rng = as_generator(network.random_state)
        train, valid = choose_rows(network, X, raters.truth, rng)
        # A weight is a factor on the loss of each rating.
        factors = np.repeat(network.scale_weights(weights[rows], raters.truth), learned.lengths)
        raters = raters._replace(weights=factors * raters.weights)
        n_ratings = count_ratings(raters, train)
        if self.annotator_model == "head":
            # A layer that nothing is learned for must not decide when to stop.
            heard = n_ratings[raters.table.values[:, 0]] > 0
            raters = raters._replace(weights=raters.weights * heard)
        net = network.start_training(
            _make_examples(network, X, raters, train),
            None if valid is None else _make_examples(network, X, raters, valid),
            seed=draw_seed(rng),
            module_class=CrowdNetwork,
            module_params={
                "network": network.module_class,
                "network_params": network.make_module_params(),
                "layer": self.annotator_model,
                "layer_params": self._make_layer_params(raters, len(learned.labels), n_ratings),
            },
            criterion=RatingLoss,
        ).run()

        self.classes_, self.labels_ = classes, learned.labels
        self.annotators_, self.prior_ = own.annotators.tolist(), network.prior_
        self._keep_raters(net.module_.raters, raters.place, n_ratings > 0)
        network.net_ = take_part(
            net, "network", network.module_class, network.make_module_params()
        )
        self.estimator_ = network
        return self

    def _make_network(self, classes):
        """Return the unfitted network, checked to be one that raters can be put on."""
        if not isinstance(self.estimator, (NetworkClassifier, type(None))):
            raise TypeError(
                "estimator must be a network of this package, such as AttentionBLSTMClassifier, "
                f"got {type(self.estimator).__name__}. CrowdEMClassifier models raters with any "
                "classifier. Transformers belong into a pipeline around CrowdLayerClassifier."
            )
        network = AttentionBLSTMClassifier() if self.estimator is None else clone(self.estimator)
        if type(network).pool_outputs is not NetworkClassifier.pool_outputs:
            raise ValueError(
                "estimator must have one example per sample, but a "
                f"{type(network).__name__} has several."
            )
        if self.random_state is not None:
            network.set_params(random_state=self.random_state)
        encoder = SoftTargetEncoder(alpha=0, classes=classes)
        return network.set_params(target_encoder=encoder, class_weight=None)

    def _make_layer_params(self, raters, n_labels, n_ratings):
        """Return the parameters of the layer of raters, as numbers and lists."""
        n_annotators = len(raters.place)
        if self.annotator_model == "head":
            return {"n_annotators": n_annotators + 1, "n_classes": len(raters.class_labels)}
        return {
            "n_annotators": n_annotators,
            "class_labels": raters.class_labels.tolist(),
            "n_labels": n_labels,
            "n_ratings": n_ratings.tolist(),
            "shrinkage": self.shrinkage,
            "trace_penalty": self.trace_penalty,
        }

    def _keep_raters(self, layer, place, is_learned):
        """Store what was learned of the raters, as arrays."""
        for name in ("confusions_", "average_confusion_", "heads_", "enrolled_"):
            vars(self).pop(name, None)
        if self.annotator_model == "head":
            self.heads_ = _take_heads(layer, place, is_learned)
            n_classes = len(self.classes_)
            self.enrolled_ = np.empty((0, n_classes, n_classes))
            return
        confusions = layer.compute_confusions()
        self.confusions_, self.average_confusion_ = confusions[:-1], confusions[-1]

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; with "head", the mean over all annotators that were there
            in training. ``prior_`` for samples without frames.

        Raises
        ------
        ValueError
            If X is invalid, or the network's output is infinite or NaN; such samples are listed.

        Warns
        -----
        UserWarning
            If samples have no frames; they are listed.
        """
        check_is_fitted(self)
        X = validate_frames(self, X, reset=False)
        return fill_with_prior(X, self.prior_, self._compute_proba)

    def _compute_proba(self, X):
        """Return the probabilities of validated samples, all of which have frames."""
        if hasattr(self, "confusions_"):
            return self.estimator_.predict_proba(X)
        hidden = self.estimator_.transform(X)
        # Without annotators, the layer of all others is the only one.
        places = range(max(len(self.annotators_) - len(self.enrolled_), 1))
        return sum(self._apply_head(hidden, place) for place in places) / len(places)

    def _apply_head(self, hidden, place):
        weight, bias = self.heads_
        return softmax((hidden @ weight[place] + bias[place]).astype(np.float64), axis=1)

    def _predict_own(self, X, places):
        """Return the answers of annotators who have a layer."""
        X = validate_frames(self, X, reset=False)
        priors = np.tile(self.prior_, (len(places), 1))

        def apply_heads(X):
            hidden = self.estimator_.transform(X)
            return np.stack([self._apply_head(hidden, place) for place in places], axis=1)

        return fill_with_prior(X, priors, apply_heads)

    def _get_matrices(self):
        if hasattr(self, "confusions_"):
            return super()._get_matrices()
        return self.enrolled_

    def _add_matrices(self, ratings, proba):
        if hasattr(self, "confusions_"):
            super()._add_matrices(ratings, proba)
        else:
            AnnotatorsMixin._add_matrices(self, ratings, proba)


def _make_examples(network, X, raters, rows):
    positions, _ = gather(raters.table.offsets, rows)
    examples = network.make_examples(X, rows)
    return RatedExamples(examples, raters.table[rows], raters.weights[positions])


def _take_heads(layer, place, is_learned):
    """Return the layer of each annotator, and last that of all others.

    Parameters
    ----------
    layer : HeadLayer
    place : ndarray of int of shape (n_annotators,)
        The layer of each annotator.
    is_learned : ndarray of bool of shape (n_annotators + 1,)
        Which layers anybody has trained.

    Returns
    -------
    weight : ndarray of float32 of shape (n_annotators + 1, n_hidden, n_classes)
    bias : ndarray of float32 of shape (n_annotators + 1, n_classes)
    """
    parts = layer.copy_arrays()
    others = len(place)
    if not is_learned[others]:
        for part in parts:
            part[others] = part[is_learned].mean(axis=0)
    place = np.append(place, others)
    place = np.where(is_learned[place], place, others)
    return tuple(part[place] for part in parts)
