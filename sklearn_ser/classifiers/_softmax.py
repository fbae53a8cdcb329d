"""One softmax layer as an estimator: what joins the members of an ensemble."""

from sklearn_ser.classifiers._network import NetworkClassifier
from sklearn_ser.nn import SoftmaxLayer


class SoftmaxClassifier(NetworkClassifier):
    """A softmax layer on vectors, trained as networks are: in batches, with early stopping.

    Parameters are those of `NetworkClassifier`.
    """

    _module = SoftmaxLayer

    def _module_params(self):
        return {
            "n_features": self.n_features_in_,
            "n_classes": len(self.classes_),
        }
