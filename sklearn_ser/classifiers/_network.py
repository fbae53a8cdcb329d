"""The base class of all classifiers that train one network."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._missing_frames import (
    average_targets,
    fill_with_prior,
    has_frames,
    require_frames,
    validate_frames,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._sample_weight import (
    check_sample_weight,
    find_usable,
    place_rows,
    scale_weights,
    take_ratings,
)
from sklearn_ser.classifiers._targets import choose_encoder, compute_class_weights, fit_targets
from sklearn_ser.classifiers._training_rows import choose_rows
from sklearn_ser.nn.device import Device
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.targets import has_target
from sklearn_ser.training import _net, _state
from sklearn_ser.training._batches import Examples
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState, Splitter


class NetworkClassifier(
    ClassNamePrefixFeaturesOutMixin,
    ProbabilityMixin,
    TransformerMixin,
    Estimator,
    metaclass=ABCMeta,
):
    """Base class of classifiers that train one torch network on sequences.

    It validates the input, makes targets from the ratings, holds out samples for early stopping,
    trains, predicts and saves; it also transforms samples into the last hidden layer. A subclass
    specifies the network.

    Parameters
    ----------
    target_encoder : target encoder, default=None
        Makes targets from the ratings. If None, `HardTargetEncoder` if every sample has at most
        one rating, otherwise `SoftTargetEncoder`. To search over ``target_encoder__alpha``, pass
        an encoder.
    class_weight : dict or "balanced", default=None
        Factor on the loss of each class; "balanced" makes it inversely proportional to the
        weighted sum of the training targets. As in scikit-learn, a dict may name classes that the
        training samples lack if all others have a weight; otherwise, classes missing from it have
        weight 1.
    resample : {"over", "under"}, default=None
        Repeat or drop training samples at random until classes are equally common; a sample
        belongs to the class with its highest target, and keeps its weight.
    optimizer : {"adamax", "adam", "adamw", "sgd"}, default="adamax"
    lr : float, default=1e-3
        Learning rate.
    weight_decay : float, default=0
    batch_size : int, default=32
    max_epochs : int, default=50
    early_stopping : bool, default=True
        Stop after `patience` epochs without a lower loss on held-out training samples, and restore
        the best weights. With fewer than 10 samples, none are held out.
    validation : float or splitter, default=0.1
        The share to hold out: of the speakers if they are known, so that no speaker is on both
        sides, otherwise of the samples, stratified. Alternatively, an object with ``split(X, y,
        groups)``, which gets the `Sequences` with their speakers and sessions; its first split is
        used.
    patience : int, default=10
        In epochs.
    device : str or torch.device, default="auto"
        "cpu", "cuda", "cuda:1" (the second GPU), "mps" (of Apple) or a `torch.device` of these
        types. "auto" is "cuda" if there is such a GPU, and otherwise "cpu". Saved models hold it
        as text.
    random_state : int, RandomState instance or None, default=None
        With an int, the same data give the same model. No global random state is used.
    verbose : bool, default=False
        Show a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only after `fit` on a DataFrame.
    target_encoder_ : target encoder
        Fitted.
    net_ : skorch.NeuralNet
        Fitted; ``net_.history`` has the losses of every epoch.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for a sample without frames.
    module_class : type
        The torch module that is trained; set by the subclass, not by users.

    Notes
    -----
    The loss is a weighted mean over samples: the weights in ``sample_weight`` are divided by their
    mean over the samples with a target, so that a constant factor on all of them has no effect,
    whatever the optimizer. The loss of held-out samples is weighted, too. A sample of weight 0 is
    left out before anything else: the model is the same as without it. Otherwise, a weight is not
    the same as repeating a sample, since repetitions make more batches.

    Samples without frames, in `Sequences` of recordings some of which could not be read, are left
    out of training like samples without a target. Their prediction is ``prior_``, with a warning;
    they cannot be transformed.

    To extend: set the class attribute ``module_class``, and return its parameters from
    `make_module_params`. A subclass with parameters of its own lists them, as well as these, in
    its ``__init__``. The module

    * takes ``generator`` in addition to its parameters, draws its initial weights from it, and has
      ``use_generator(generator)``, which sets the generator of its dropout (and does nothing if it
      has none), so that the same seed gives the same model;
    * has ``forward(x, lengths)``, which returns logits of shape (n_samples, n_classes). ``x`` has
      shape (n_samples, n_frames, n_features); frames from index ``lengths`` on are padding, and
      must not change the result;
    * has ``embed(x, lengths)``, which returns the last hidden layer, and the linear layer
      ``head``, which maps that to logits.

    A network with another kind of input overrides `make_examples` and `pool_outputs` too, as
    `SegmentVGGClassifier` does. The targets that it gets are already multiplied by all weights. A
    subclass that trains a network in another way calls `prepare_training`, `scale_weights` (if it
    takes ``sample_weight``), `make_examples` and `start_training`, as `LabelCorrectingClassifier`
    does.

    Examples
    --------
    >>> import torch
    >>> from sklearn_ser import NetworkClassifier
    >>> class Mean(torch.nn.Module):
    ...     def __init__(self, n_features, n_classes, generator=None):
    ...         super().__init__()
    ...         self.head = torch.nn.Linear(n_features, n_classes)
    ...         torch.nn.init.zeros_(self.head.weight)
    ...         torch.nn.init.zeros_(self.head.bias)
    ...
    ...     def use_generator(self, generator):
    ...         pass
    ...
    ...     def embed(self, x, lengths):
    ...         is_frame = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
    ...         return (x * is_frame[:, :, None]).sum(dim=1) / lengths[:, None]
    ...
    ...     def forward(self, x, lengths):
    ...         return self.head(self.embed(x, lengths))
    >>> class MeanClassifier(NetworkClassifier):
    ...     module_class = Mean
    ...
    ...     def make_module_params(self):
    ...         return {"n_features": self.n_features_in_, "n_classes": len(self.classes_)}
    >>> X = [[[-1.0], [-2.0]], [[1.0]]] * 10
    >>> model = MeanClassifier(lr=0.1, random_state=0).fit(X, ["sad", "angry"] * 10)
    >>> model.predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    """

    _parameter_constraints: dict = {
        "target_encoder": [HasMethods(["fit", "transform"]), None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "resample": [StrOptions({"over", "under"}), None],
        "optimizer": [StrOptions(set(_net.OPTIMIZERS))],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation": [Interval(Real, 0, 1, closed="neither"), HasMethods("split")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "device": list(get_args(Device)),
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _reaches = {"device": "device", "net_.device": "device"}
    module_class: type

    def __init__(
        self,
        *,
        target_encoder: BaseEstimator | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        resample: Literal["over", "under"] | None = None,
        optimizer: Literal["adam", "adamax", "adamw", "sgd"] = "adamax",
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        batch_size: int = 32,
        max_epochs: int = 50,
        early_stopping: bool = True,
        validation: float | Splitter = 0.1,
        patience: int = 10,
        device: Device = "auto",
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.target_encoder = target_encoder
        self.class_weight = class_weight
        self.resample = resample
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation = validation
        self.patience = patience
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: SequencesLike, y: RatingsLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Factor on the loss of each sample, 0 or more, besides that of its classes. Only the
            proportions matter. Samples of weight 0 are left out; None means equal weights.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            no sample has a target, or all targets are one class.
        """
        X, targets = self.prepare_training(X, y, sample_weight)
        weights = self.scale_weights(sample_weight, targets)
        rng = as_generator(self.random_state)
        train, valid = choose_rows(self, X, targets, rng)
        of_classes = compute_class_weights(
            self.class_weight, self.classes_, targets[train], weights[train]
        )
        weighted = targets * (weights[:, None] * of_classes)
        examples = self.make_examples(X, train, weighted[train])
        held_out = None if valid is None else self.make_examples(X, valid, weighted[valid])
        self.net_ = self.start_training(examples, held_out, seed=draw_seed(rng)).run()
        return self

    def prepare_training(
        self, X: SequencesLike, y: RatingsLike, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, NDArray]:
        """Validate parameters and data, and make the targets.

        It sets ``classes_``, ``target_encoder_``, ``prior_``, ``n_features_in_`` and, from a
        DataFrame, ``feature_names_in_``.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,) or number, default=None
            As of `fit`.

        Returns
        -------
        X : Sequences
            Validated; `Segments` if that is what the network takes.
        targets : ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``. A row of NaN is a sample to leave out: it has no target,
            no frames, or weight 0. Not yet multiplied by weights.

        Raises
        ------
        ValueError
            For the same reasons as `fit`.
        TypeError
            If the class has no `module_class`.
        """
        self._check_module_class()
        self._validate_params()
        sequences = self._validate_input(X, reset=True)
        ratings = check_ratings(y)
        # X as given: a table has no ids after validation.
        check_samples(X, ratings)
        weights = check_sample_weight(sample_weight, len(ratings))
        rows = find_usable(has_frames(sequences), weights)
        own = take_ratings(y, ratings, rows)
        encoder = choose_encoder(self.target_encoder, own)
        self.target_encoder_, self.classes_, targets = fit_targets(encoder, own)
        self.prior_ = average_targets(targets, weights[rows])
        return sequences, place_rows(targets, rows, len(ratings))

    def scale_weights(self, sample_weight: ArrayLike | None, targets: NDArray) -> NDArray:
        """Return the weights of samples, divided by their mean.

        Parameters
        ----------
        sample_weight : array-like of shape (n_samples,) or number, default=None
            As of `fit`.
        targets : ndarray of shape (n_samples, n_classes)
            As returned by `prepare_training`.

        Returns
        -------
        ndarray of float64 of shape (n_samples,)
            The mean over samples with a target is 1; the others have weight 0.
        """
        rows = np.flatnonzero(has_target(targets))
        weights = np.zeros(len(targets))
        weights[rows] = scale_weights(check_sample_weight(sample_weight, len(targets))[rows])
        return weights

    def _check_module_class(self):
        if not isinstance(getattr(self, "module_class", None), type):
            raise TypeError(
                f"{type(self).__name__} must have the class attribute module_class, the torch "
                "module that it trains; see NetworkClassifier."
            )

    def _validate_input(self, X, *, reset):
        """Return X as examples need it; learn its shape if `reset`, otherwise enforce it."""
        return validate_frames(self, X, reset=reset)

    @abstractmethod
    def make_module_params(self) -> dict[str, Any]:
        """Return the parameters of the module; to be defined by subclasses.

        It is called in `fit`, after ``classes_`` and ``n_features_in_`` have been set.

        Returns
        -------
        dict
            Parameters by name. Values are numbers, strings, None, and lists or tuples of these, so
            that they can be saved.
        """

    def make_examples(
        self, X: Any, rows: NDArray | None = None, targets: NDArray | None = None
    ) -> Examples:
        """Return some samples as examples, on which the network is trained or applied.

        Parameters
        ----------
        X : Sequences
            Validated, as returned by `prepare_training`.
        rows : ndarray of int of shape (n_rows,), default=None
            Which samples; None means all.
        targets : ndarray of shape (n_rows, n_classes), default=None
            Already multiplied by weights of classes and samples; None if there is nothing to
            learn.

        Returns
        -------
        examples : Examples
            A torch data set.
        """
        return Examples(X if rows is None else X[rows], targets)

    def pool_outputs(self, X: Any, outputs: NDArray) -> NDArray:
        """Combine the network's outputs into one row per sample.

        Parameters
        ----------
        X : Sequences
            Validated, as returned by `prepare_training`.
        outputs : ndarray of shape (n_examples, n_columns)
            For all examples of X.

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            Here, the unchanged outputs, since each sample is one example.
        """
        return outputs

    def start_training(
        self, train: Examples, valid: Examples | None, *, seed: RandomState, **params: Any
    ) -> _net.Training:
        """Create a new network, and return its training, which has not begun yet.

        Parameters
        ----------
        train : Examples
            As returned by `make_examples`, with targets.
        valid : Examples or None
            Held-out examples, which decide when to stop; with None, all epochs are trained.
        seed : int, RandomState instance, Generator or None
            Seed for all randomness of the training.
        **params : dict
            Replace parameters of this classifier, such as ``max_epochs``; ``state`` is the weights
            to start from, as returned by ``module_.state_dict()`` of a trained ``net_``.

        Returns
        -------
        Training
            ``run()`` trains to the end, and returns the network to store as ``net_``. Iterating
            over it within a ``with`` statement trains one epoch per iteration.

        Raises
        ------
        ValueError
            If the seed is invalid, or this machine does not have the device.
        """
        settings = {
            "optimizer": self.optimizer,
            "lr": self.lr,
            "weight_decay": self.weight_decay,
            "batch_size": self.batch_size,
            "max_epochs": self.max_epochs,
            "patience": self.patience,
            "device": self.device,
            "verbose": self.verbose,
            "module_class": self.module_class,
            "module_params": self.make_module_params(),
        }
        return _net.Training(train=train, valid=valid, seed=seed, **settings | params)

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; ``prior_`` for samples without frames.

        Raises
        ------
        ValueError
            If X is invalid, or the network's output is infinite or NaN; such samples are listed.

        Warns
        -----
        UserWarning
            If samples have no frames; they are listed.
        """
        X = self._validate_fitted(X)
        return fill_with_prior(X, self.prior_, self._compute_proba)

    def _compute_proba(self, X):
        """Return the probabilities of validated samples, all of which have frames."""
        return softmax(self._apply(X, "forward").astype(np.float64), axis=1)

    def transform(self, X: SequencesLike) -> NDArray:
        """Return the last hidden layer, as input for another model.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_hidden)

        Raises
        ------
        ValueError
            If X is invalid, samples have no frames, or the network's output is infinite or NaN;
            such samples are listed.
        """
        X = self._validate_fitted(X)
        require_frames(X)
        return self._apply(X, "embed")

    @property
    def _n_features_out(self):
        return self.net_.module_.head.in_features

    def _validate_fitted(self, X):
        check_is_fitted(self)
        return self._validate_input(X, reset=False)

    def _apply(self, X, method):
        """Return the outputs of a method of the network, one row per validated sample."""
        outputs = _net.compute_outputs(self.net_, self.make_examples(X), method)
        return self.pool_outputs(X, outputs)

    def __getstate__(self):
        # No objects of torch or skorch are saved, so that models do not depend on their versions.
        state = super().__getstate__()
        state = {**state, "device": str(state["device"])}
        if "net_" in state:
            state = {**state, "net_": _state.get_state(state["net_"])}
        return state

    def __setstate__(self, state):
        if "net_" in state:
            net = _state.restore_network(self.module_class, state["net_"])
            state = {**state, "net_": net}
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
