"""A classifier of utterances that trains a VGG network on segments."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator

from sklearn_ser.classifiers._missing_frames import require_frames
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._profiles import average_segments
from sklearn_ser.classifiers._targets import compute_class_weights
from sklearn_ser.classifiers._training_rows import choose_rows
from sklearn_ser.nn import SegmentVGG
from sklearn_ser.nn.device import Device
from sklearn_ser.nn.segment_vgg import CONFIGURATIONS
from sklearn_ser.ratings._check import RatingsLike
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.speech._segments import as_segments
from sklearn_ser.training import _net
from sklearn_ser.training._batches import Examples, SegmentExamples
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._ragged import Ragged, gather
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._typing import RandomState, Splitter


class SegmentVGGClassifier(NetworkClassifier):
    """Classify utterances segment by segment with a VGG network.

    The network is trained to predict, for every segment, the target of its utterance or a target
    of its own. The prediction for an utterance is the mean over its segments. The probabilities of
    its segments, in order, are its emotion profile [1]_: see `predict_profile`, and
    `ProfileRefineryClassifier`, which refines profiles.

    Parameters
    ----------
    configuration : {"A", "B", "D", "E"}, default="A"
        The configurations of [2]_, with 8, 10, 13 and 16 convolutions. [1]_ uses "E".
    width : float, default=0.25
        Factor on the numbers of channels; [1]_ uses 1, which means 20 million weights with "E".
    batch_norm : bool, default=True
        Neither paper has it. Without it, deep configurations may not learn at all.
    head : {"small", "literal"}, default="small"
        "small" is one linear layer; "literal" puts the two hidden layers of [2]_, with 4096 units
        (times `width`), before it.
    dropout : float, default=0.5
        In [0, 1); used by the literal head only.
    target_encoder : target encoder, default=None
        Makes targets from the ratings. If None, `HardTargetEncoder` if every utterance has at most
        one rating, otherwise `SoftTargetEncoder`.
    class_weight : dict or "balanced", default=None
        Factor on the loss of each class; "balanced" makes it inversely proportional to the sum of
        the targets of the training segments. As in scikit-learn, a dict may name classes that the
        training utterances lack if all others have a weight; otherwise, classes missing from it
        have weight 1.
    resample : {"over", "under"}, default=None
        Repeat or drop training utterances at random until classes are equally common.
    optimizer : {"adamax", "adam", "adamw", "sgd"}, default="adam"
    lr : float, default=1e-3
        Learning rate.
    lr_decay : float, default=0.8
        In (0, 1]; the learning rate is multiplied by it every `lr_decay_every` epochs.
    lr_decay_every : int, default=2
    weight_decay : float, default=0
    batch_size : int, default=128
        Number of segments.
    max_epochs : int, default=20
    early_stopping : bool, default=True
        Stop after `patience` epochs without a lower loss on held-out utterances, and restore the
        best weights. With fewer than 10 utterances, none are held out.
    validation : float or splitter, default=0.1
        See `NetworkClassifier`: whole speakers if they are known, and never single segments.
    patience : int, default=3
    mixed_precision : bool, default=True
        Use bfloat16 on a GPU.
    device : str or torch.device, default="auto"
        "auto", "cpu", "cuda", "cuda:1" or "mps"; see `NetworkClassifier`.
    random_state : int, RandomState instance or None, default=None
    verbose : bool, default=False
        Show a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    n_features_in_ : int
        Number of bands.
    segment_length_ : int
        In frames.
    target_encoder_ : target encoder
        Fitted.
    net_ : skorch.NeuralNet
        Fitted; ``net_.history`` has the losses of every epoch.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for a sample without frames.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259
    .. [2] Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
       recognition", ICLR 2015. arXiv:1409.1556

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import SegmentVGGClassifier
    >>> from sklearn_ser.features import SegmentLogMel
    >>> rng = np.random.default_rng(0)
    >>> speech = [volume * rng.standard_normal(8000) for volume in [0.01, 0.2] * 10]
    >>> X = SegmentLogMel(segment_step=8).fit_transform(speech)
    >>> model = SegmentVGGClassifier(width=1 / 16, max_epochs=4, random_state=0)
    >>> model = model.fit(X, ["sad", "angry"] * 10)
    >>> [profile.shape for profile in model.predict_profile(X[:2])]
    [(3, 2), (3, 2)]
    """

    _parameter_constraints: dict = {
        **NetworkClassifier._parameter_constraints,
        "configuration": [StrOptions(set(CONFIGURATIONS))],
        "width": [Interval(Real, 0, None, closed="neither")],
        "batch_norm": ["boolean"],
        "head": [StrOptions({"small", "literal"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "lr_decay": [Interval(Real, 0, 1, closed="right")],
        "lr_decay_every": [Interval(Integral, 1, None, closed="left")],
        "mixed_precision": ["boolean"],
    }
    module_class = SegmentVGG

    def __init__(
        self,
        configuration: Literal["A", "B", "D", "E"] = "A",
        *,
        width: float = 0.25,
        batch_norm: bool = True,
        head: Literal["small", "literal"] = "small",
        dropout: float = 0.5,
        target_encoder: BaseEstimator | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        resample: Literal["over", "under"] | None = None,
        optimizer: Literal["adam", "adamax", "adamw", "sgd"] = "adam",
        lr: float = 1e-3,
        lr_decay: float = 0.8,
        lr_decay_every: int = 2,
        weight_decay: float = 0.0,
        batch_size: int = 128,
        max_epochs: int = 20,
        early_stopping: bool = True,
        validation: float | Splitter = 0.1,
        patience: int = 3,
        mixed_precision: bool = True,
        device: Device = "auto",
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.configuration = configuration
        self.width = width
        self.batch_norm = batch_norm
        self.head = head
        self.dropout = dropout
        self.target_encoder = target_encoder
        self.class_weight = class_weight
        self.resample = resample
        self.optimizer = optimizer
        self.lr = lr
        self.lr_decay = lr_decay
        self.lr_decay_every = lr_decay_every
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation = validation
        self.patience = patience
        self.mixed_precision = mixed_precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: SequencesLike,
        y: RatingsLike,
        sample_weight: ArrayLike | None = None,
        segment_targets: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Utterances for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Factor on the loss of all segments of each utterance; see `NetworkClassifier.fit`.
        segment_targets : array-like of shape (n_segments_total, n_classes), default=None
            Targets of the segments, instead of those of their utterances; classes in sorted order.
            Targets in utterances that are left out are ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            no utterance has a target, all targets are one class, or `segment_targets` does not fit
            the segments.
        """
        X, targets = self.prepare_training(X, y, sample_weight)
        # One weight per segment.
        weights = np.repeat(self.scale_weights(sample_weight, targets), X.n_segments)
        if segment_targets is None:
            of_segments = np.repeat(targets, X.n_segments, axis=0)
        else:
            of_segments = self._check_segment_targets(segment_targets, X)
        rng = as_generator(self.random_state)
        train, valid = choose_rows(self, X, targets, rng)
        segments, _ = gather(X.segment_offsets, train)
        of_classes = compute_class_weights(
            self.class_weight, self.classes_, of_segments[segments], weights[segments]
        )
        weighted = Ragged(of_segments * (weights[:, None] * of_classes), X.segment_offsets)
        examples = self._make_segment_examples(X, train, weighted)
        held_out = None if valid is None else self._make_segment_examples(X, valid, weighted)
        self.net_ = self.start_training(examples, held_out, seed=draw_seed(rng)).run()
        return self

    def _make_segment_examples(self, X, rows, targets):
        examples = self.make_examples(X, rows)
        examples.set_segment_targets(targets[rows].values)
        return examples

    def _validate_input(self, X, *, reset):
        X = as_segments(super()._validate_input(X, reset=reset))
        if reset:
            self.segment_length_ = X.segment_length
        elif X.segment_length != self.segment_length_ and len(X.values):
            raise ValueError(
                f"segments must have {self.segment_length_} frames, as in fit, got "
                f"{X.segment_length}."
            )
        return X

    def make_examples(
        self, X: Any, rows: NDArray | None = None, targets: NDArray | None = None
    ) -> SegmentExamples:
        """Return the segments of some utterances; each is one example.

        Parameters
        ----------
        X : Segments
            Validated, as returned by `prepare_training`.
        rows : ndarray of int of shape (n_rows,), default=None
            Which utterances; None means all.
        targets : ndarray of shape (n_rows, n_classes), default=None
            Targets of the utterances, already multiplied by weights of classes and samples; None
            if there is nothing to learn.

        Returns
        -------
        SegmentExamples
            A torch data set.
        """
        return SegmentExamples(X, np.arange(len(X)) if rows is None else rows, targets)

    def pool_outputs(self, X: Any, outputs: NDArray) -> NDArray:
        """Return the mean output over the segments of each utterance.

        Parameters
        ----------
        X : Segments
            Validated, as returned by `prepare_training`.
        outputs : ndarray of shape (n_segments_total, n_columns)

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
        """
        return average_segments(Ragged(outputs, X.segment_offsets))

    def start_training(
        self, train: Examples, valid: Examples | None, *, seed: RandomState, **params: Any
    ) -> _net.Training:
        """Create a new network, and return its training, with the decay of the learning rate.

        Parameters
        ----------
        train : Examples
            As returned by `make_examples`, with targets.
        valid : Examples or None
            Held-out examples, which decide when to stop; with None, all epochs are trained.
        seed : int, RandomState instance, Generator or None
            Seed for all randomness of the training.
        **params : dict
            See `NetworkClassifier.start_training`.

        Returns
        -------
        Training
        """
        decay = None if self.lr_decay == 1 else (self.lr_decay, self.lr_decay_every)
        return super().start_training(train, valid, seed=seed, lr_decay=decay, **params)

    def _check_segment_targets(self, segment_targets, X):
        targets = np.asarray(segment_targets, dtype=np.float64)
        wanted = (int(X.segment_offsets[-1]), len(self.classes_))
        if targets.shape != wanted:
            raise ValueError(
                f"segment_targets must have shape {wanted}, one row per segment and one column "
                f"per class, got {targets.shape}."
            )
        return targets

    def predict_profile(self, X: SequencesLike) -> list[NDArray]:
        """Return the probability of each class in each segment: the emotion profile.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples

        Returns
        -------
        list of ndarray of float64 of shape (n_segments_i, n_classes)
            Columns as in ``classes_``.

        Raises
        ------
        ValueError
            If X is invalid, or utterances have no frames.
        """
        X = self._validate_fitted(X)
        require_frames(X)
        return list(self._compute_profiles(X))

    def _compute_profiles(self, X):
        """Return the profiles of all validated utterances in one container."""
        logits = _net.compute_outputs(self.net_, self.make_examples(X))
        return Ragged(softmax(logits.astype(np.float64), axis=1), X.segment_offsets)

    def _compute_proba(self, X):
        """Return the mean of the profile of each utterance."""
        return average_segments(self._compute_profiles(X))

    def make_module_params(self) -> dict[str, Any]:
        """Return the parameters of the `SegmentVGG`.

        Returns
        -------
        dict
        """
        return {
            "n_frames": self.segment_length_,
            "n_bands": self.n_features_in_,
            "n_classes": len(self.classes_),
            "configuration": self.configuration,
            "width": self.width,
            "batch_norm": self.batch_norm,
            "head": self.head,
            "dropout": self.dropout,
            "mixed_precision": self.mixed_precision,
        }
