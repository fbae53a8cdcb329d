"""Labels and sample weights corrected while the network learns from them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._correction import (
    Alternation,
    Correction,
    average_by_class,
    compute_transitions,
    initialise_weights,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._targets import clone_with_encoder
from sklearn_ser.ratings._check import RatingsLike
from sklearn_ser.speech._sequences import SequencesLike, validate_sequences
from sklearn_ser.targets import has_target
from sklearn_ser.training import _net
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState

if TYPE_CHECKING:
    from typing_extensions import Self


class LabelCorrectingClassifier(
    ClassNamePrefixFeaturesOutMixin, ProbabilityMixin, TransformerMixin, Estimator
):
    r"""Correct the labels and weigh the samples while a network learns from them.

    Fujioka et al. [1]_ give every training sample :math:`n` two parameters of its own, learned in
    turns with the network: one epoch on the network, one step on these. With the network's
    probabilities :math:`y_n` the loss of a sample is

    .. math:: -\frac{1}{w_n} \sum_c s_{nc} \log y_{nc}, \quad s_n = \mathrm{softmax}(L_n)

    where :math:`L_n` starts as the one-hot label and the weight :math:`w_n` as how common the
    label is. The step is one of plain gradient descent for each sample, with rates of its own, and
    all :math:`w` are then scaled to have mean 1; the paper leaves this open, and with Adam all
    :math:`w` would drift to 1. A large :math:`w` is little influence: at fixed losses
    :math:`\ell_n`, :math:`w_n` settles at :math:`\ell_n^{1/3}` times a constant.

    Rows of their table are settings: BLSTM+ATT is ``learn_targets=False, learn_weights=False``
    (oversampled with ``w_init="uniform"`` and an estimator with ``resample="over"``); with one of
    the two, +L or +w; with ``pretrain=True``, +L+w pretrained; the defaults are +L+w.

    Parameters
    ----------
    estimator : estimator with a network, default=None
        Such as `AttentionBLSTMClassifier`, which None stands for. Its ``max_epochs`` counts pairs
        of an epoch and a step. Its ``class_weight`` must be None: weights of samples take its
        place.
    learn_targets : bool, default=True
        Whether to learn :math:`L`.
    learn_weights : bool, default=True
        Whether to learn :math:`w`.
    target_encoder : encoder, default=None
        What the targets are at first. None is the estimator's own, and if that has none,
        ``HardTargetEncoder()``, which is the paper: the consensus.
    lr_target : float, default=0.2
        Step size for :math:`L`: large enough to move a label within the epochs at hand, small
        enough that the network has learned what to move it to.
    lr_weight : float, default=0.1
        Step size for :math:`w`.
    w_init : {"proportional", "balanced", "uniform"}, default="proportional"
        The first :math:`w`: in proportion to how many samples have the same label (the first of
        the highest targets), with mean 1 over samples (equation 4) or over classes (what the
        paper's Table 3 prints); or 1 for all.
    fixed_target : {"given", "softmax"}, default="given"
        Where targets are not learned: those of the encoder as they are, or their softmax.
    warmup_epochs : int, default=0
        Epochs on the network alone, before the pairs.
    pretrain : bool, default=False
        Train the network on what is given first, as if nothing were learned of the samples, until
        it stops; then start from its weights.
    store_trajectory : bool, default=True
        Keep what was learned in every epoch, in ``n_epochs * n_samples * (n_classes + 1) * 4``
        bytes, for `LabelCorrectionDisplay`.
    random_state : int, RandomState instance or None, default=None
        With None, the estimator's own ``random_state`` is used.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    estimator_ : estimator
        Fitted, with ``net_``.
    initial_targets_ : ndarray of float64 of shape (n_samples, n_classes)
        Of the encoder; as in all of these, a row of NaN is a sample without a target, which was
        left out.
    corrected_targets_ : ndarray of float64 of shape (n_samples, n_classes)
        What was learned, as distributions. Samples held out to tell when to stop have theirs too,
        though the network never learns from them. After early stopping, these are of the epoch
        whose network was taken.
    initial_w_, w_ : ndarray of float64 of shape (n_samples,)
        :math:`w` before and after; a large one means little influence.
    sample_weight_ : ndarray of float64 of shape (n_samples,)
        :math:`1/w`.
    transitions_ : ndarray of float64 of shape (n_classes, n_classes)
        The share of the samples of each class (rows) whose corrected label is each class
        (columns): the paper's Figure 3. A class without samples has NaN.
    class_w_ : ndarray of float64 of shape (2, n_classes)
        The mean :math:`w` of each class, before and after: the paper's Table 3.
    history_ : dict of ndarray of shape (n_epochs,)
        ``train_loss``; ``valid_loss``, of held-out samples with the targets and weights that they
        had at first, NaN where none are held out; ``label_loss``, the mean loss of all samples
        before the step; and ``moved``, the share of labels that are not what was given.
    trajectory_ : dict of ndarray
        With `store_trajectory`, ``targets`` of shape (n_epochs, n_samples, n_classes) and ``w`` of
        shape (n_epochs, n_samples), float32.
    n_epochs_ : int
        How many of the epochs the network that was taken has seen, warm-up included.
    n_features_in_ : int

    Notes
    -----
    Correction helps where the network is right more often than the labels, and where labels are
    wrong at random. On Emo-DB with 20 and 40 % of the labels of four emotions flipped at random,
    it raised the unweighted accuracy by 0.05 and 0.15; with 40 % flipped the way people confuse
    emotions, by nothing, while ``learn_targets=False, learn_weights=False,
    fixed_target="softmax"``, which never moves the soft targets that it starts from, raised it by
    0.06 (benchmarks/label_correction.py). Too large an `lr_target` moves labels before the network
    knows where, and may empty a class: look at ``transitions_``.

    See Also
    --------
    sklearn_ser.inspection.LabelCorrectionDisplay : What was learned, as a picture.

    References
    ----------
    .. [1] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(loc, 1, (length, 4)) for loc, length in [(-1, 9), (1, 5)] * 20]
    >>> y = ["sad", "angry"] * 20
    >>> y[:2] = ["angry", "angry"]
    >>> network = AttentionBLSTMClassifier((8, 8, 8), lr=0.01, max_epochs=40, early_stopping=False)
    >>> model = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    >>> model.predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    >>> model.suspects(1)[["given", "corrected"]].reset_index()
       sample  given corrected
    0       0  angry       sad
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods("fit"), None],
        "learn_targets": ["boolean"],
        "learn_weights": ["boolean"],
        "target_encoder": [HasMethods(["fit", "transform"]), None],
        "lr_target": [Interval(Real, 0, None, closed="neither")],
        "lr_weight": [Interval(Real, 0, None, closed="neither")],
        "w_init": [StrOptions({"proportional", "balanced", "uniform"})],
        "fixed_target": [StrOptions({"given", "softmax"})],
        "warmup_epochs": [Interval(Integral, 0, None, closed="left")],
        "pretrain": ["boolean"],
        "store_trajectory": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        learn_targets: bool = True,
        learn_weights: bool = True,
        target_encoder: BaseEstimator | None = None,
        lr_target: float = 0.2,
        lr_weight: float = 0.1,
        w_init: Literal["proportional", "balanced", "uniform"] = "proportional",
        fixed_target: Literal["given", "softmax"] = "given",
        warmup_epochs: int = 0,
        pretrain: bool = False,
        store_trajectory: bool = True,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.learn_targets = learn_targets
        self.learn_weights = learn_weights
        self.target_encoder = target_encoder
        self.lr_target = lr_target
        self.lr_weight = lr_weight
        self.w_init = w_init
        self.fixed_target = fixed_target
        self.warmup_epochs = warmup_epochs
        self.pretrain = pretrain
        self.store_trajectory = store_trajectory
        self.random_state = random_state

    def fit(self, X: SequencesLike, y: RatingsLike) -> Self:
        """Train the network, its targets and its weights in turns.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples
            Samples for which the target encoder has no target are left out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or y do not pass their doors or differ in length, a parameter is out of range, the
            estimator has class weights, no sample has a target, or all targets are one class.
        TypeError
            If the estimator owns no network of this package.
        """
        self._validate_params()
        estimator = self._unfitted()
        sequences = validate_sequences(self, X, reset=True)
        sequences = estimator._check(sequences, reset=True)
        targets = estimator._fit_targets(y, sequences)
        self.estimator_, self.classes_ = estimator, estimator.classes_
        used = np.flatnonzero(has_target(targets))
        if len(used) < len(sequences):
            sequences = sequences[used]
        self._keep(self._alternate(sequences, targets[used]), targets, used)
        return self

    def _unfitted(self):
        """Return the estimator as it is to be trained."""
        estimator = AttentionBLSTMClassifier() if self.estimator is None else self.estimator
        if not isinstance(estimator, NetworkClassifier):
            raise TypeError(
                "estimator must own a network, as AttentionBLSTMClassifier does, got "
                f"{type(estimator).__name__}; what prepares its input goes before this classifier."
            )
        if estimator.class_weight is not None:
            raise ValueError(
                "class_weight of the estimator must be None, since weights of samples take its "
                f"place (w_init), got {estimator.class_weight!r}."
            )
        estimator = clone_with_encoder(estimator, self.target_encoder)
        if self.random_state is not None:
            estimator.set_params(random_state=self.random_state)
        estimator._validate_params()
        return estimator

    def _alternate(self, sequences, given):
        """Train the network of the estimator; return what was learned of the samples."""
        estimator, labels = self.estimator_, given.argmax(axis=1)
        rng = as_generator(estimator.random_state)
        train, valid = estimator._split(sequences, given, rng)
        weights = initialise_weights(labels, self.w_init)
        weighted = given * (1 / weights)[:, None]
        # Samples are watched as they were given: a loss that can be learned down tells nothing.
        examples, watched = (
            None if rows is None else estimator._examples(sequences, rows, weighted[rows])
            for rows in (train, valid)
        )
        settings = {"seed": draw_seed(rng)}
        if self.pretrain:
            estimator._train(examples, watched, **settings)
            state = estimator.net_.module_.state_dict()
            settings = {"seed": draw_seed(rng), "state": state}
        correction = Correction(
            given,
            weights,
            learn_targets=self.learn_targets,
            learn_weights=self.learn_weights,
            fixed_target=self.fixed_target,
            lr_target=self.lr_target,
            lr_weight=self.lr_weight,
        )
        every = estimator._examples(sequences, slice(None))

        def log_proba_of(net):
            logits = _net.compute_outputs(net, every).astype(np.float64)
            return estimator._of_samples(sequences, log_softmax(logits, axis=1))

        alternation = Alternation(
            correction, log_proba_of, examples, train, self.warmup_epochs, self.store_trajectory
        )
        max_epochs = estimator.max_epochs + self.warmup_epochs
        estimator._train(
            examples, watched, after_epoch=alternation, max_epochs=max_epochs, **settings
        )
        return alternation

    def _keep(self, found, given, used):
        """Set what was learned of the samples; those without a target get NaN."""
        n_samples = len(given)
        self.initial_targets_ = given
        self.corrected_targets_ = _in_place(found.targets, used, n_samples)
        self.initial_w_ = _in_place(found.first_weights, used, n_samples)
        self.w_ = _in_place(found.weights, used, n_samples)
        self.sample_weight_ = 1 / self.w_
        self.transitions_ = compute_transitions(given[used], found.targets)
        labels, n_classes = given[used].argmax(axis=1), given.shape[1]
        self.class_w_ = np.stack(
            [
                average_by_class(weights, labels, n_classes)
                for weights in (found.first_weights, found.weights)
            ]
        )
        losses = self.estimator_.net_.history
        self.history_ = {
            name: np.array([epoch.get(name, np.nan) for epoch in losses])
            for name in ("train_loss", "valid_loss")
        }
        self.history_ |= {name: np.array(values) for name, values in found.history.items()}
        self.n_epochs_ = found.n_epochs
        self.trajectory_ = {
            name: np.stack([_in_place(values, used, n_samples) for values in steps])
            for name, steps in found.trajectory.items()
        }

    def suspects(self, n: int = 10) -> pd.DataFrame:
        """Return the samples whose label moved furthest, to look at.

        They are ordered by how little of the corrected target is left on what was given (on the
        highest of the initial targets, together where several are), then by weight; by weight
        alone where targets were not learned.

        Parameters
        ----------
        n : int, default=10
            How many; all where there are fewer.

        Returns
        -------
        DataFrame
            Indexed by the row in what `fit` got: ``given`` (label), ``corrected`` (label),
            ``left`` (share of the corrected target), ``weight``. The most suspect is first.

        Raises
        ------
        ValueError
            If nothing of the samples was learned.
        """
        check_is_fitted(self)
        if not (self.learn_targets or self.learn_weights):
            raise ValueError(
                "nothing was learned of the samples: learn_targets and learn_weights are False."
            )
        rows = np.flatnonzero(has_target(self.initial_targets_))
        given, corrected = self.initial_targets_[rows], self.corrected_targets_[rows]
        highest = given == given.max(axis=1, keepdims=True)
        table = pd.DataFrame(
            {
                "given": self.classes_[given.argmax(axis=1)],
                "corrected": self.classes_[corrected.argmax(axis=1)],
                "left": (corrected * highest).sum(axis=1),
                "weight": self.w_[rows],
            },
            index=pd.Index(rows, name="sample"),
        )
        moved = table["left"] if self.learn_targets else np.zeros(len(rows))
        return table.iloc[np.lexsort([-table["weight"], moved])[:n]]

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(validate_sequences(self, X, reset=False))

    def transform(self, X: SequencesLike) -> NDArray:
        """Return the network's last hidden layer, as input for another model.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_hidden)
        """
        check_is_fitted(self)
        return self.estimator_.transform(validate_sequences(self, X, reset=False))

    @property
    def _n_features_out(self):
        return self.estimator_._n_features_out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _in_place(values, rows, n_samples):
    """Put rows in their places among n_samples rows of NaN."""
    whole = np.full((n_samples, *values.shape[1:]), np.nan, values.dtype)
    whole[rows] = values
    return whole
