"""Selection of hidden states that are side by side."""

from __future__ import annotations

from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_ser.features._layers import (
    CONSTRAINTS,
    Layer,
    check_layer,
    is_weights,
    parse_layer,
    select_layer,
)
from sklearn_ser.speech._check import SequencesLike, is_table, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._saving import Estimator


class LayerSelector(TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Select hidden states that are side by side, or average them.

    ``TransformerFrames(layer="all")`` and ``TransformerEmbeddings(layer="all")`` put all hidden
    states of a network side by side. A search over the layer of a pipeline that begins with this
    step runs the network only once, before the search. This step belongs before
    `SequenceStatistics`, which arranges its columns by statistic and not by hidden state.

    Parameters
    ----------
    layer : int, "all", "mean", sequence of int or sequence of float, default=-1
        Which hidden states to keep: the one with this index, all, the mean of all, several side by
        side (int), or the weighted mean of all (float; one weight per hidden state). Index 0 is
        the first block of features, and -1 the last one.
    n_hidden_states : int
        Number of hidden states that are side by side, in blocks of equal width: one more than the
        network has layers. It must be given.

    Attributes
    ----------
    n_features_in_ : int
        Number of features per frame, over all hidden states.
    feature_names_in_ : ndarray of str
        Only after `fit` on a DataFrame.

    See Also
    --------
    sklearn_ser.AttentionBLSTMClassifier : With ``n_hidden_states``, learns the weights of a mean.

    Examples
    --------
    Two hidden states with two features each, of which only the second tells sadness from anger:

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.features import LayerSelector, SequenceStatistics
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal([0, 0, sad, sad], 0.5, size=(6, 4)) for sad in [0, 1] * 20]
    >>> model = make_pipeline(
    ...     LayerSelector(n_hidden_states=2),
    ...     SequenceStatistics(),
    ...     ConsensusClassifier(LogisticRegression()),
    ... )
    >>> search = GridSearchCV(model, {"layerselector__layer": [0, 1, "mean"]}, cv=4)
    >>> search.fit(X, ["angry", "sad"] * 20).best_params_
    {'layerselector__layer': 1}
    """

    _parameter_constraints: dict = {
        "layer": CONSTRAINTS,
        "n_hidden_states": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, layer: Layer = -1, *, n_hidden_states: int | None = None) -> None:
        self.layer = layer
        self.n_hidden_states = n_hidden_states

    def fit(self, X: SequencesLike, y: object = None) -> Self:
        """Validate the parameters, and learn the number of features.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
        y : Ratings or other labels of the same samples, default=None
            Only checked to be of the same samples, if both have ids.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or a parameter is invalid, `n_hidden_states` is not given or does not divide the
            number of features, or `layer` refers to a hidden state that X lacks.
        """
        self._check_layer()
        if y is not None:
            check_samples(X, y)
        validate_sequences(self, X, reset=True)
        if self.n_features_in_ % self.n_hidden_states:
            raise ValueError(
                "n_hidden_states must divide the number of features, since all hidden states have "
                f"as many: got {self.n_hidden_states} for {self.n_features_in_} features."
            )
        return self

    def transform(self, X: SequencesLike) -> Sequences | NDArray:
        """Select or average the hidden states.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
            Of n_samples. A 2-D array is read as sequences of one frame.

        Returns
        -------
        Sequences, or ndarray of float32 of shape (n_samples, n_features_out) for a 2-D X
            Of the same speakers, sessions and ids.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        shape = -1, self.n_hidden_states, self.n_features_in_ // self.n_hidden_states
        blocks = sequences.values.reshape(shape)
        selected = select_layer(blocks.transpose(1, 0, 2), self._check_layer())
        # A view of one block would keep all of them in memory.
        selected = np.ascontiguousarray(selected)
        return selected if is_table(X) else sequences.with_values(selected)

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the features that are kept.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features, over all hidden states.

        Returns
        -------
        ndarray of str of shape (n_features_out,)
            For a mean, the names in the first hidden state.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        layer = self._check_layer()
        if layer == "mean" or is_weights(layer):
            layer = 0
        blocks = names.reshape(self.n_hidden_states, 1, -1)
        return select_layer(blocks, layer)[0]

    def _check_layer(self):
        """Validate the parameters and return the layer as `select_layer` understands it."""
        self._validate_params()
        if self.n_hidden_states is None:
            raise ValueError(
                "n_hidden_states must be given: the number of hidden states that are side by "
                "side, which is one more than the network has layers."
            )
        layer = parse_layer(self.layer)
        check_layer(layer, self.n_hidden_states, "X")
        return layer

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
