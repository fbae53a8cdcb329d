"""A classifier that trains the attention BLSTM."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal

from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._missing_frames import require_frames
from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.nn import AttentionBLSTM
from sklearn_ser.nn.device import Device
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.training import _net
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._typing import RandomState, Splitter


class AttentionBLSTMClassifier(NetworkClassifier):
    """Classify speech by a bidirectional LSTM whose states are pooled by attention.

    The network has dense layers (ReLU), a BLSTM, attention pooling, dense layers (ReLU) and a
    softmax [1]_. It is trained with cross-entropy on the targets that the encoder makes from the
    ratings, by default soft targets [2]_. Batches hold sequences of similar length, and padding
    never changes an output. The same ``random_state`` gives the same model, and no global random
    state is used.

    Parameters
    ----------
    hidden_sizes : tuple of three, default=(256, 128, 256)
        Sizes of the dense layer before the BLSTM, of the BLSTM in each direction, and of the
        dense layer after attention. For dense layers, a tuple of int means several layers, and 0
        means none.
    dropout : float, default=0.5
        In [0, 1); applied after every dense layer and the BLSTM.
    attention_on : {"states", "logits"}, default="states"
        Whether attention scores the states of the BLSTM or the logits of each frame, as written in
        [3]_ (which allows no dense layer after attention).
    n_hidden_states : int, default=1
        How many hidden states of a pretrained network the features are, side by side in blocks of
        equal width, as ``TransformerFrames(layer="all")`` makes them. If there are several, the
        first layer is their mean, with weights that are learned with everything else [4]_.
    target_encoder : target encoder, default=None
        Makes targets from the ratings. If None, `HardTargetEncoder` if every sample has at most
        one rating, otherwise `SoftTargetEncoder`. To search over ``target_encoder__alpha``, pass
        an encoder.
    class_weight : dict or "balanced", default=None
        Factor on the loss of each class; "balanced" makes it inversely proportional to the sum of
        the training targets. As in scikit-learn, a dict may name classes that the training samples
        lack if all others have a weight; otherwise, classes missing from it have weight 1.
    resample : {"over", "under"}, default=None
        Repeat or drop training samples at random until classes are equally common; a sample
        belongs to the class with its highest target.
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
        "auto", "cpu", "cuda", "cuda:1" or "mps"; see `NetworkClassifier`.
    random_state : int, RandomState instance or None, default=None
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
    hidden_state_weights_ : ndarray of float64 of shape (n_hidden_states,)
        The learned weights of the hidden states, which sum to 1.
    net_ : skorch.NeuralNet
        Fitted; ``net_.history`` has the losses of every epoch.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for a sample without frames.

    References
    ----------
    .. [1] Mirsamadi et al., "Automatic speech emotion recognition using recurrent neural networks
       with local attention", ICASSP 2017. doi:10.1109/ICASSP.2017.7952552
    .. [2] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299
    .. [3] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216
    .. [4] Yang et al., "SUPERB: Speech processing universal performance benchmark", Interspeech
       2021. arXiv:2105.01051

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import AttentionBLSTMClassifier, Ratings
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(loc, 1, (length, 4)) for loc, length in [(-1, 9), (1, 5)] * 20]
    >>> y = Ratings.from_wide([["sad", "sad", "angry"], ["angry", "angry", None]] * 20)
    >>> model = AttentionBLSTMClassifier((8, 8, 8), lr=0.01, max_epochs=10, random_state=0)
    >>> model.fit(X, y).predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    >>> [weights.shape for weights in model.attention(X[:2])]
    [(9,), (5,)]
    """

    _parameter_constraints: dict = {
        **NetworkClassifier._parameter_constraints,
        "hidden_sizes": [tuple, list],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "attention_on": [StrOptions({"states", "logits"})],
        "n_hidden_states": [Interval(Integral, 1, None, closed="left")],
    }
    module_class = AttentionBLSTM

    def __init__(
        self,
        hidden_sizes: Sequence[Any] = (256, 128, 256),
        *,
        dropout: float = 0.5,
        attention_on: Literal["states", "logits"] = "states",
        n_hidden_states: int = 1,
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
        self.hidden_sizes = hidden_sizes
        self.dropout = dropout
        self.attention_on = attention_on
        self.n_hidden_states = n_hidden_states
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

    @property
    def hidden_state_weights_(self) -> NDArray:
        """Ndarray of float64 of shape (n_hidden_states,): the weights of the hidden states.

        They sum to 1.
        """
        check_is_fitted(self)
        return self.net_.module_.compute_hidden_state_weights()

    def attention(self, X: SequencesLike) -> list[NDArray]:
        """Return the attention weight of each frame.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        list of ndarray of float32 of shape (n_frames_i,)
            The weights of each sample sum to 1.

        Raises
        ------
        ValueError
            If X is invalid, samples have no frames, or weights are infinite or NaN; such samples
            are listed.
        """
        X = self._validate_fitted(X)
        require_frames(X)
        weights: list[Any] = [None] * len(X)
        batches = _net.iterate_outputs(self.net_, self.make_examples(X), "attention")
        for rows, padded in batches:
            for row, frames in zip(rows, padded, strict=True):
                weights[row] = frames[: X.lengths[row]].copy()
        return weights

    def make_module_params(self) -> dict[str, Any]:
        """Return the parameters of the `AttentionBLSTM`.

        Returns
        -------
        dict

        Raises
        ------
        ValueError
            If ``hidden_sizes`` is invalid, or does not fit ``attention_on``.
        """
        before, lstm, after = _parse_hidden_sizes(self.hidden_sizes)
        if self.attention_on == "logits" and after:
            raise ValueError(
                "attention_on='logits' allows no dense layers after attention: the last of "
                f"hidden_sizes must be 0, got {self.hidden_sizes!r}."
            )
        return {
            "n_features": self.n_features_in_,
            "n_classes": len(self.classes_),
            "before": before,
            "lstm": lstm,
            "after": after,
            "dropout": self.dropout,
            "attention_on": self.attention_on,
            "n_hidden_states": self.n_hidden_states,
        }


def _parse_hidden_sizes(hidden_sizes):
    """Return the sizes of the dense layers before, the BLSTM, and the dense layers after it."""
    is_valid = len(hidden_sizes) == 3
    if is_valid:
        before, lstm, after = (
            (size,) if isinstance(size, Integral) else size for size in hidden_sizes
        )
        is_valid = all(isinstance(sizes, (tuple, list)) for sizes in (before, lstm, after))
    if is_valid:
        before, after = (tuple(size for size in sizes if size) for sizes in (before, after))
        sizes = [*before, *lstm, *after]
        is_valid = len(lstm) == 1 and all(isinstance(s, Integral) and s >= 0 for s in sizes)
    if not is_valid:
        raise ValueError(
            "hidden_sizes must be (dense, blstm, dense), integers of at least 0, which is no "
            f"layer; a dense size may also be a tuple for several. Got {hidden_sizes!r}."
        )
    return before, lstm[0], after
