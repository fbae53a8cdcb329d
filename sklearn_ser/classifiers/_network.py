"""What the classifiers of sequences share: doors, targets, the way back to labels."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._targets import fit_targets
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._sequences import SequencesLike, validate_sequences
from sklearn_ser.splits._validation import split_validation
from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder, has_target
from sklearn_ser.training import _net, _state
from sklearn_ser.training._batches import Examples
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState, Splitter

if TYPE_CHECKING:
    from typing_extensions import Self


class NetworkClassifier(
    ClassNamePrefixFeaturesOutMixin, ProbabilityMixin, TransformerMixin, Estimator
):
    """A classifier of sequences that owns one network, and a transformer into its last layer.

    A subclass says which: `_module` is the torch module's class, and `_module_params` returns its
    parameters.
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
        "device": [StrOptions({"auto", "cpu", "cuda"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

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
        device: Literal["auto", "cpu", "cuda"] = "auto",
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

    def fit(self, X: SequencesLike, y: RatingsLike) -> Self:
        """Train the network.

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
            If X or y do not pass their doors or differ in length, a parameter is out of range, no
            sample has a target, or all targets are one class.
        """
        self._validate_params()
        X = self._check(X, reset=True)
        targets = self._fit_targets(y, X)
        rng = as_generator(self.random_state)
        train, valid = self._split(X, targets, rng)
        targets = targets * self._class_weights(targets[train])
        examples = [
            None if rows is None else self._examples(X, rows, targets[rows])
            for rows in (train, valid)
        ]
        self._train(*examples, seed=draw_seed(rng))
        return self

    def _check(self, X, *, reset):
        """Return X as what the network is applied to; learn or enforce its shape."""
        return validate_sequences(self, X, reset=reset)

    def _examples(self, X, rows, targets=None):
        """Return some samples as what the network learns from."""
        return Examples(X[rows], targets)

    def _of_samples(self, X, outputs):
        """Return one row a sample of what the network gave for all examples of X."""
        return outputs

    def _split(self, X, targets, rng):
        """Choose the rows to train on, some of them repeated, and those to watch, or None."""
        used = np.flatnonzero(has_target(targets))
        labels = targets[used].argmax(axis=1)
        train, valid = np.arange(len(used)), None
        if self.early_stopping:
            # Without a copy of all frames where none are left out.
            X = X if len(used) == len(X) else X[used]
            train, valid = split_validation(self.validation, X, labels, rng)
        train = _resampled(train, labels, self.resample, rng)
        return used[train], None if valid is None else used[valid]

    def _train(self, train, valid, *, seed, **settings):
        """Train the network on examples; `settings` are those of `_net.train` that no user has."""
        self.net_ = _net.train_network(
            self._module,
            self._module_params(),
            train,
            valid,
            seed=seed,
            optimizer=self.optimizer,
            lr=self.lr,
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            patience=self.patience,
            device=self.device,
            verbose=self.verbose,
            **{"max_epochs": self.max_epochs, **settings},
        )

    def _fit_targets(self, y, X):
        """Learn the classes; return targets in their order, NaN where a sample has none."""
        ratings = check_ratings(y)
        check_consistent_length(X, ratings)
        encoder = self.target_encoder
        if encoder is None:
            one_each = ratings.lengths.max(initial=0) <= 1
            encoder = HardTargetEncoder() if one_each else SoftTargetEncoder()
        self.target_encoder_, self.classes_, targets = fit_targets(encoder, ratings)
        return targets

    def _class_weights(self, targets):
        if self.class_weight is None:
            return np.ones(len(self.classes_))
        if isinstance(self.class_weight, dict):
            unknown = [label for label in self.class_weight if label not in self.classes_]
            if unknown:
                raise ValueError(
                    f"class_weight names {join_names(unknown)}, the classes are "
                    f"{self.classes_.tolist()}."
                )
            return np.array([self.class_weight.get(label, 1.0) for label in self.classes_])
        mass = targets.sum(axis=0)
        # A class without any mass has no sample to weigh.
        return len(targets) / (len(mass) * np.where(mass > 0, mass, np.inf))

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
        return softmax(self._outputs(X, "forward").astype(np.float64), axis=1)

    def transform(self, X: SequencesLike) -> NDArray:
        """Return the last hidden layer, as input for another model.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_hidden)
        """
        return self._outputs(X, "embed")

    @property
    def _n_features_out(self):
        return self.net_.module_.head.in_features

    def _outputs(self, X, method):
        check_is_fitted(self)
        X = self._check(X, reset=False)
        examples = self._examples(X, slice(None))
        return self._of_samples(X, _net.compute_outputs(self.net_, examples, method))

    def __getstate__(self):
        # Of torch and skorch nothing is written, whatever writes: models outlive their versions.
        state = super().__getstate__()
        if "net_" in state:
            state = {**state, "net_": _state.get_state(state["net_"])}
        return state

    def __setstate__(self, state):
        if "net_" in state:
            state = {**state, "net_": _state.restore_network(self._module, state["net_"])}
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _resampled(rows, labels, resample, rng):
    """Repeat or drop rows at random until all classes have equally many."""
    if resample is None:
        return rows
    members = [rows[labels[rows] == label] for label in np.unique(labels[rows])]
    sizes = [len(member) for member in members]
    if resample == "under":
        return np.concatenate([rng.permutation(member)[: min(sizes)] for member in members])
    extra = [rng.choice(member, max(sizes) - len(member)) for member in members]
    return np.concatenate([*members, *extra])
