"""The network of segments as an estimator of utterances."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._profiles import average_segments
from sklearn_ser.nn import SegmentVGG
from sklearn_ser.nn.segment_vgg import CONFIGURATIONS
from sklearn_ser.ratings._check import RatingsLike
from sklearn_ser.speech._segments import as_segments
from sklearn_ser.speech._sequences import SequencesLike, validate_sequences
from sklearn_ser.training import _net
from sklearn_ser.training._batches import SegmentExamples
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._typing import RandomState, Splitter

if TYPE_CHECKING:
    from typing_extensions import Self


class SegmentVGGClassifier(NetworkClassifier):
    """Classify utterances segment by segment with a VGG network.

    Every segment learns the target of its utterance, or one of its own; what is predicted of an
    utterance is the mean over its segments. The segments' probabilities in order are the emotion
    profile of [1]_: see `predict_profile`, and `ProfileRefineryClassifier`, which refines them.

    Parameters
    ----------
    configuration : {"A", "B", "D", "E"}, default="A"
        Of [2]_, with 8, 10, 13 and 16 convolutions. [1]_ has "E".
    width : float, default=0.25
        Factor on all channels; [1]_ has 1, which is 20 million weights with "E".
    batch_norm : bool, default=True
        Neither paper has it. Without, deep configurations may never leave the starting line.
    head : {"small", "literal"}, default="small"
        One linear layer, or the two hidden ones of 4096 units (times `width`) of [2]_.
    dropout : float, default=0.5
        In [0, 1); of the literal head.
    target_encoder : encoder, default=None
        None is `HardTargetEncoder` where every sample has one rating, else `SoftTargetEncoder`.
    class_weight : dict or "balanced", default=None
        Factor on the loss of each class; "balanced" is inverse to the mass of the targets.
    resample : {"over", "under"}, default=None
        Repeat or drop training utterances at random until classes are equal.
    optimizer : {"adamax", "adam", "adamw", "sgd"}, default="adam"
    lr : float, default=1e-3
        Learning rate.
    lr_decay : float, default=0.8
        In (0, 1]; factor on the learning rate every `lr_decay_every` epochs.
    lr_decay_every : int, default=2
    weight_decay : float, default=0
    batch_size : int, default=128
        Segments.
    max_epochs : int, default=20
    early_stopping : bool, default=True
        Stop after `patience` epochs without a lower loss on held-out utterances, and take the
        weights that were best there. Below 10 utterances none are held out.
    validation : float or splitter, default=0.1
        As of `AttentionBLSTMClassifier`: whole speakers where they are known, never single
        segments.
    patience : int, default=3
    mixed_precision : bool, default=True
        Use bfloat16 on a GPU.
    device : {"auto", "cpu", "cuda"}, default="auto"
    random_state : int, RandomState instance or None, default=None
    verbose : bool, default=False
        Show a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    n_features_in_ : int
        Bands.
    segment_length_ : int
        Frames a segment.
    target_encoder_ : encoder
    net_ : skorch.NeuralNet

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
    >>> speech = [volume * rng.standard_normal(8000) for volume in [0.01, 0.3] * 10]
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
    _module = SegmentVGG

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
        device: Literal["auto", "cpu", "cuda"] = "auto",
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
        self, X: SequencesLike, y: RatingsLike, segment_targets: ArrayLike | None = None
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : Segments, or what `check_segments` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples
            Utterances for which the target encoder has no target are left out.
        segment_targets : array-like of shape (n_segments_total, n_classes), default=None
            What each segment is to learn instead, for the classes in sorted order; those of
            utterances that are left out do not matter.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or y do not pass their doors or differ in length, a parameter is out of range, no
            utterance has a target, all targets are one class, or the targets of segments do not
            fit them.
        """
        self._validate_params()
        X = self._check(X, reset=True)
        targets = self._fit_targets(y, X)
        if segment_targets is None:
            of_segments = np.repeat(targets, X.n_segments, axis=0)
        else:
            of_segments = self._check_segment_targets(segment_targets, X)
        of_segments = Ragged(of_segments, X.segment_offsets)

        rng = as_generator(self.random_state)
        train, valid = self._split(X, targets, rng)
        weights = self._class_weights(of_segments[train].values)
        parts = [self._part(X, rows, of_segments, weights) for rows in (train, valid)]
        self._train(*parts, seed=draw_seed(rng))
        return self

    def _part(self, X, rows, of_segments, weights):
        if rows is None:
            return None
        examples = SegmentExamples(X, rows)
        examples.set_segment_targets(of_segments[rows].values * weights)
        return examples

    def _check(self, X, *, reset):
        X = as_segments(validate_sequences(self, X, reset=reset))
        if reset:
            self.segment_length_ = X.segment_length
        elif X.segment_length != self.segment_length_:
            raise ValueError(
                f"segments must have the {self.segment_length_} frames that they had in fit, got "
                f"{X.segment_length}."
            )
        return X

    def _examples(self, X, rows, targets=None):
        if isinstance(rows, slice):
            rows = np.arange(len(X))[rows]
        return SegmentExamples(X, rows, targets)

    def _of_samples(self, X, outputs):
        return average_segments(Ragged(outputs, X.segment_offsets))

    def _train(self, train, valid, **settings):
        decay = None if self.lr_decay == 1 else (self.lr_decay, self.lr_decay_every)
        super()._train(train, valid, lr_decay=decay, **settings)

    def _check_segment_targets(self, segment_targets, X):
        targets = np.asarray(segment_targets, dtype=np.float64)
        wanted = (int(X.segment_offsets[-1]), len(self.classes_))
        if targets.shape != wanted:
            raise ValueError(
                f"segment_targets must have shape {wanted}, one row a segment and one column a "
                f"class, got {targets.shape}."
            )
        return targets

    def predict_profile(self, X: SequencesLike) -> list[NDArray]:
        """Return the probability of each class in each segment: the emotion profile.

        Parameters
        ----------
        X : Segments, or what `check_segments` takes, of n_samples

        Returns
        -------
        list of ndarray of float64 of shape (n_segments_i, n_classes)
            Columns as in ``classes_``.
        """
        return list(self._profiles(X))

    def _profiles(self, X):
        """Return `predict_profile` in one piece."""
        check_is_fitted(self)
        X = self._check(X, reset=False)
        logits = _net.compute_outputs(self.net_, self._examples(X, slice(None)))
        return Ragged(softmax(logits.astype(np.float64), axis=1), X.segment_offsets)

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class: the mean of the profile.

        Parameters
        ----------
        X : Segments, or what `check_segments` takes, of n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``.
        """
        return average_segments(self._profiles(X))

    def _module_params(self):
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
