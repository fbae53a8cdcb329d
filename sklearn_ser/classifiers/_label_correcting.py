"""A classifier that corrects labels and weights samples while its network learns from them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._alternation import alternate
from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._correction import average_by_class, compute_transitions
from sklearn_ser.classifiers._mixins import ProbabilityMixin, copy_feature_attributes
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.classifiers._sample_weight import place_rows
from sklearn_ser.classifiers._targets import clone_with_encoder
from sklearn_ser.ratings._check import RatingsLike
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.targets import has_target
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState


class LabelCorrectingClassifier(
    ClassNamePrefixFeaturesOutMixin, ProbabilityMixin, TransformerMixin, Estimator
):
    r"""Correct the labels and weight the samples while a network learns from them.

    Fujioka et al. [1]_ give every training sample :math:`n` two parameters, a label :math:`L_n`
    and a number :math:`w_n`. These and the network are learned alternately: one epoch for the
    network, then one step for the samples. With the network's probabilities :math:`y_n`, the loss
    of a sample is

    .. math:: -\frac{1}{w_n} \sum_c s_{nc} \log y_{nc}, \quad s_n = \mathrm{softmax}(L_n)

    so a large :math:`w_n` means *little* influence: the weight of a sample is :math:`1/w_n`.
    :math:`L_n` starts as the one-hot label, and :math:`w_n` in proportion to how common the label
    is. The step is plain gradient descent for each sample, with its own learning rates, after
    which all :math:`w` are scaled to have mean 1. The paper does not say how the step is taken;
    with Adam, all :math:`w` would drift to 1. At fixed losses :math:`\ell_n`, :math:`w_n` settles
    at :math:`\ell_n^{1/3}` times a constant.

    The samples that early stopping holds out are not training samples: they have no part in
    initial weights, means or tables. They take the same steps for their own sake, without any
    effect on the others, so that their labels can be judged, too.

    The rows of the paper's table correspond to settings. BLSTM+ATT is ``learn_targets=False,
    learn_weights=False`` (with oversampling: also ``w_init="uniform"`` and an estimator with
    ``resample="over"``). Setting one of the two to True gives +L or +w. The defaults are +L+w, and
    ``pretrain=True`` is +L+w pretrained.

    Parameters
    ----------
    estimator : NetworkClassifier, default=None
        If None, ``AttentionBLSTMClassifier()``. Its ``max_epochs`` counts pairs of an epoch and a
        step. Its ``class_weight`` must be None, because the weights of samples replace it.
    learn_targets : bool, default=True
        Whether to learn :math:`L`.
    learn_weights : bool, default=True
        Whether to learn :math:`w`.
    target_encoder : target encoder, default=None
        Makes the initial targets. If None, that of the estimator; if that is None too,
        ``HardTargetEncoder()``, the consensus, as in the paper.
    lr_target : float, default=0.2
        Step size for :math:`L`; the paper does not state it. It should be large enough to move a
        label within the epochs of the training, and small enough that the network learns first
        where to move it. With :math:`w = 1`, a label to which the network gives 0.1, and 0.7 to
        another of four, moves after 10 steps of 0.2, but after 4 of 0.5, when a network has hardly
        learned; if it gives them 0.3 and 0.5, after 44 and 18. On Emo-DB with 40 % of the labels
        of four emotions flipped at random (five folds, one seed), 84 % of the training labels were
        right after 50 epochs with 0.2, and 71 % with 0.5.
    lr_weight : float, default=0.1
        Step size for :math:`w`.
    w_init : {"proportional", "balanced", "uniform"}, default="proportional"
        The initial :math:`w`. "proportional" and "balanced" are in proportion to how many samples
        have the same label (the first of the highest targets), with mean 1 over samples
        (equation 4 of the paper) or over classes (as printed in its Table 3). "uniform" means 1.
    fixed_target : {"given", "softmax"}, default="given"
        Which targets to use if they are not learned: those of the encoder, or their softmax.
    warmup_epochs : int, default=0
        Epochs that train the network alone, before the pairs.
    pretrain : bool, default=False
        First train a network on the given targets, without steps for the samples, until it stops;
        then start from its weights. This training always watches the loss, whatever `stop_on` is.
    stop_on : {"loss", "accuracy", "probability"}, default="loss"
        What early stopping watches, on held-out samples and the labels that they were given: the
        cross-entropy, the accuracy, or the mean probability of the labels. See Notes.
    store_trajectory : bool, default=True
        Store targets and :math:`w` of every epoch, in ``n_epochs * n_samples * (n_classes + 1) *
        4`` bytes, for `LabelCorrectionDisplay`.
    random_state : int, RandomState instance or None, default=None
        With None, the ``random_state`` of the estimator is used.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    estimator_ : NetworkClassifier
        The fitted clone.
    initial_targets_ : ndarray of float64 of shape (n_samples, n_classes)
        From the encoder. As in all attributes with one row per sample, a row of NaN marks a sample
        that was left out because it has no target, no frames, or weight 0.
    corrected_targets_ : ndarray of float64 of shape (n_samples, n_classes)
        The learned targets, as distributions, from the epoch whose network was kept. Held-out
        samples, too, have rows of NaN here and in the next three attributes.
    initial_w_, w_ : ndarray of float64 of shape (n_samples,)
        :math:`w` before and after training; a large :math:`w` means little influence. The mean
        over training samples is 1 (if they are weighted by ``sample_weight``, the weighted mean).
    sample_weight_ : ndarray of float64 of shape (n_samples,)
        :math:`1/w` after training: as in scikit-learn, a large one means much influence.
    held_out_targets_ : ndarray of float64 of shape (n_samples, n_classes)
        The targets of held-out samples after the same steps, taken with a network that never
        learned from their labels; NaN for all other samples.
    held_out_w_ : ndarray of float64 of shape (n_samples,)
        Their :math:`w`, on the scale of ``w_``; NaN for all other samples.
    transitions_ : ndarray of float64 of shape (n_classes, n_classes)
        The share of the training samples of each class (rows) whose corrected label is each class
        (columns): the paper's Figure 3. A class without training samples has NaN.
    class_w_ : ndarray of float64 of shape (2, n_classes)
        The mean :math:`w` of the training samples of each class, before and after training: the
        paper's Table 3.
    history_ : dict of ndarray of shape (n_epochs,)
        ``train_loss``; ``valid_loss``, of held-out samples with the targets they were given and
        the initial :math:`w` of their class; ``valid_accuracy``, the share of held-out samples
        that the network gives their label, and ``valid_probability``, the mean probability of
        their targets (all three are NaN if no samples are held out); ``label_loss``, the mean loss
        of the training samples before each step; and ``moved``, the share of their labels that
        differ from the given ones.
    trajectory_ : dict of ndarray
        With `store_trajectory`, ``targets`` of shape (n_epochs, n_samples, n_classes) and ``w`` of
        shape (n_epochs, n_samples), both float32, of training samples; otherwise empty.
    n_epochs_ : int
        The epoch whose network was kept, counted from 1 and including the warm-up.
    n_features_in_ : int

    Notes
    -----
    Correction helps if the network is right more often than the labels, and if the errors in the
    labels are random. After 50 epochs without early stopping, on Emo-DB with labels of four
    emotions flipped at random, it raised the unweighted accuracy by 0.05 with 20 % flipped, and by
    0.15 with 40 %. A part of this is that the network without correction memorises flipped labels
    if it trains for so long. With early stopping or epochs that suit it, less is gained: with 40 %
    flipped, by 0.04 by the paper's rule (an interval over speakers of -0.03 to +0.10), and by 0.10
    (+0.03 to +0.16) with ``learn_weights=False``; with the number of epochs chosen on inner
    speakers for every network, by 0.02 (-0.01 to +0.05) and 0.03 (+0.00 to +0.06). With 40 %
    flipped in the way people confuse emotions, it brought no gain after 50 epochs, while
    ``learn_targets=False, learn_weights=False, fixed_target="softmax"``, which never moves its
    initial soft targets, gained 0.06 (benchmarks/label_correction.py). If `lr_target` is too
    large, labels move before the network has learned where to move them, and a class may lose all
    its samples: check ``transitions_``.

    Early stopping as in the paper, with ``stop_on="loss"``, often ends the training before many
    labels have moved, if many are wrong: on Emo-DB with 40 % flipped, the held-out loss was lowest
    after 15 epochs on average, when hardly any label had moved; after 40, a third had. While
    labels move, the network becomes more accurate and more confident, and the cross-entropy
    punishes confidence on every held-out label that is wrong, without bound. Labels that are
    flipped at random only shift and scale the expected accuracy and probability, so that the best
    network stays the best. The accuracy of few samples changes in steps, so let
    ``stop_on="accuracy"`` have a `patience` as long as the training. ``stop_on="probability"``
    trains longer; a network that does not correct its labels may memorise them by then.

    See Also
    --------
    sklearn_ser.inspection.LabelCorrectionDisplay : Plot the corrected labels and weights.

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
        "stop_on": [StrOptions({"loss", "accuracy", "probability"})],
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
        stop_on: Literal["loss", "accuracy", "probability"] = "loss",
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
        self.stop_on = stop_on
        self.store_trajectory = store_trajectory
        self.random_state = random_state

    def fit(
        self, X: SequencesLike, y: RatingsLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the network and, alternately, the targets and weights of its samples.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Factor on the loss of each sample, 0 or more, besides :math:`1/w`; see
            `NetworkClassifier.fit`. It applies to the network, and to all counts and means over
            samples that decide :math:`w` (a factor on all samples of a class has an effect only
            with ``w_init="uniform"``). It does not apply to the steps for the
            samples: each sample has a target and a :math:`w` of its own.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            the estimator has class weights, no sample has a target, or all targets are one class.
        TypeError
            If the estimator is not a `NetworkClassifier`.
        """
        self._validate_params()
        network = self._make_network()
        X, targets = network.prepare_training(X, y, sample_weight)
        weights = network.scale_weights(sample_weight, targets)
        copy_feature_attributes(self, network)
        used = np.flatnonzero(has_target(targets))
        if len(used) < len(X):
            X = X[used]
        learned = alternate(self, network, X, targets[used], weights[used])
        self.estimator_, self.classes_ = network, network.classes_
        self._set_learned(learned, targets, used)
        return self

    def _make_network(self):
        """Return a clone of the estimator, with the encoder and the seed for training."""
        estimator = AttentionBLSTMClassifier() if self.estimator is None else self.estimator
        if not isinstance(estimator, NetworkClassifier):
            raise TypeError(
                "estimator must be a NetworkClassifier, such as AttentionBLSTMClassifier, got "
                f"{type(estimator).__name__}; steps that prepare its input go before this "
                "classifier."
            )
        if estimator.class_weight is not None:
            raise ValueError(
                "class_weight of the estimator must be None, because the weights of samples "
                f"(w_init) replace it, got {estimator.class_weight!r}."
            )
        network = clone_with_encoder(estimator, self.target_encoder)
        if self.random_state is not None:
            network.set_params(random_state=self.random_state)
        return network

    def _set_learned(self, learned, targets, used):
        """Set the attributes with one row per sample; samples that they leave out get NaN."""
        n_samples, n_classes = targets.shape
        training = learned.training
        held_out = np.setdiff1d(np.arange(len(used)), training)

        def place(values, rows):
            return place_rows(values[rows], used[rows], n_samples)

        self.initial_targets_ = targets
        self.corrected_targets_ = place(learned.targets, training)
        self.initial_w_ = place(learned.initial_w, training)
        self.w_ = place(learned.w, training)
        self.sample_weight_ = 1 / self.w_
        self.held_out_targets_ = place(learned.targets, held_out)
        self.held_out_w_ = place(learned.w, held_out)
        given = targets[used[training]]
        self.transitions_ = compute_transitions(given, learned.targets[training])
        labels = given.argmax(axis=1)
        self.class_w_ = np.stack(
            [
                average_by_class(w[training], labels, n_classes)
                for w in (learned.initial_w, learned.w)
            ]
        )
        self.n_epochs_ = learned.n_epochs
        self.history_ = {
            name: np.array([epoch.get(name, np.nan) for epoch in self.estimator_.net_.history])
            for name in ("train_loss", "valid_loss", "valid_accuracy", "valid_probability")
        }
        for name in ("label_loss", "moved"):
            self.history_[name] = np.array([getattr(epoch, name) for epoch in learned.epochs])
        self.trajectory_ = {}
        if self.store_trajectory:
            for name in ("targets", "w"):
                self.trajectory_[name] = np.stack(
                    [place(getattr(epoch, name), training) for epoch in learned.epochs]
                )

    def suspects(self, n: int = 10) -> pd.DataFrame:
        """Return the samples whose labels moved furthest.

        They are sorted by the share of the corrected target that remains on the given label (the
        class with the highest initial target, or all such classes together), lowest first, and
        then by :math:`w`, highest first; or only by :math:`w` if targets were not learned.
        Held-out samples are ranked with the others, by ``held_out_targets_`` and ``held_out_w_``.
        No network learned from their labels, so wrong ones tend to move sooner than those of
        training samples.

        Parameters
        ----------
        n : int, default=10
            Number of samples to return; all if there are fewer.

        Returns
        -------
        DataFrame
            The most suspect first, indexed by ``sample``, the row in the data of `fit`. Columns
            are ``given`` (label), ``corrected`` (label), ``left`` (share of the corrected target),
            ``w`` (a large one means little influence) and ``held_out`` (bool).

        Raises
        ------
        ValueError
            If neither targets nor weights were learned.
        """
        check_is_fitted(self)
        if not (self.learn_targets or self.learn_weights):
            raise ValueError(
                "there are no suspects: neither targets nor weights were learned, because "
                "learn_targets and learn_weights are False."
            )
        rows = np.flatnonzero(has_target(self.initial_targets_))
        given, held_out = self.initial_targets_[rows], ~np.isnan(self.held_out_w_[rows])
        corrected = np.where(
            held_out[:, None], self.held_out_targets_[rows], self.corrected_targets_[rows]
        )
        highest = given == given.max(axis=1, keepdims=True)
        table = pd.DataFrame(
            {
                "given": self.classes_[given.argmax(axis=1)],
                "corrected": self.classes_[corrected.argmax(axis=1)],
                "left": (corrected * highest).sum(axis=1),
                "w": np.where(held_out, self.held_out_w_[rows], self.w_[rows]),
                "held_out": held_out,
            },
            index=pd.Index(rows, name="sample"),
        )
        moved = table["left"] if self.learn_targets else np.zeros(len(rows))
        return table.iloc[np.lexsort([-table["w"], moved])[:n]]

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def transform(self, X: SequencesLike) -> NDArray:
        """Return the network's last hidden layer, as input for another model.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_hidden)
        """
        check_is_fitted(self)
        return self.estimator_.transform(X)

    @property
    def _n_features_out(self):
        return len(self.estimator_.get_feature_names_out())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
