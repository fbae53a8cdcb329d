"""One softmax layer as an estimator: what joins the members of an ensemble."""

from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.nn import SoftmaxLayer


class SoftmaxClassifier(NetworkClassifier):
    """Softmax regression on vectors that learns soft targets, as networks here do.

    The linear model among the networks: trained in batches, with early stopping, by the targets
    that an encoder makes of the ratings. `AnnotatorEnsembleClassifier` joins its members by it.

    Parameters
    ----------
    target_encoder, class_weight, resample, optimizer, lr, weight_decay, batch_size, max_epochs, \
            early_stopping, validation, patience, device, random_state, verbose
        As of `AttentionBLSTMClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    n_features_in_ : int
    target_encoder_ : encoder
    net_ : skorch.NeuralNet

    Examples
    --------
    >>> from sklearn_ser import SoftmaxClassifier
    >>> X = [[-1.0, 0.0], [1.0, 0.0]] * 10
    >>> model = SoftmaxClassifier(lr=0.1, random_state=0).fit(X, ["sad", "angry"] * 10)
    >>> model.predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    """

    _module = SoftmaxLayer

    def _module_params(self):
        return {
            "n_features": self.n_features_in_,
            "n_classes": len(self.classes_),
        }
