"""Softmax regression on the targets of ratings."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.nn import SoftmaxLayer
from sklearn_ser.utils._messages import join_names


class SoftmaxClassifier(NetworkClassifier):
    """Softmax regression on vectors, trained on soft targets like the networks.

    It is trained in batches, with early stopping, on the targets that an encoder makes from the
    ratings. `AnnotatorEnsembleClassifier` uses it to combine its members.

    Parameters
    ----------
    target_encoder, class_weight, resample, optimizer, lr, weight_decay, batch_size, max_epochs
        See `NetworkClassifier`.
    early_stopping, validation, patience, device, random_state, verbose
        See `NetworkClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    n_features_in_ : int
    target_encoder_ : target encoder
        Fitted.
    net_ : skorch.NeuralNet
        Fitted; ``net_.history`` has the losses of every epoch.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for a sample without frames.

    Raises
    ------
    ValueError
        In `fit` and in every prediction, if a sample has more than one frame.

    Examples
    --------
    >>> from sklearn_ser import SoftmaxClassifier
    >>> X = [[-1.0, 0.0], [1.0, 0.0]] * 10
    >>> model = SoftmaxClassifier(lr=0.1, random_state=0).fit(X, ["sad", "angry"] * 10)
    >>> model.predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    """

    module_class = SoftmaxLayer

    def _validate_input(self, X, *, reset):
        X = super()._validate_input(X, reset=reset)
        long = np.flatnonzero(X.lengths > 1)
        if len(long):
            found = [f"{i} ({X.lengths[i]} frames)" for i in long]
            raise ValueError(
                "every sample must be one vector, a sequence of one frame, such as "
                f"SequenceStatistics makes; not for samples {join_names(found)}."
            )
        return X

    def make_module_params(self) -> dict[str, Any]:
        """Return the parameters of the `SoftmaxLayer`.

        Returns
        -------
        dict
        """
        return {
            "n_features": self.n_features_in_,
            "n_classes": len(self.classes_),
        }
