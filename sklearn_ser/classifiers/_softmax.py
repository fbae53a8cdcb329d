"""One softmax layer as an estimator: what joins the members of an ensemble."""

from sklearn_ser.classifiers._base import NetworkClassifier
from sklearn_ser.nn import SoftmaxLayer


class SoftmaxClassifier(NetworkClassifier):
    """A softmax layer on vectors, trained as networks are: in batches, with early stopping.

    Parameters are those of `AttentionBLSTMClassifier` that do not concern its layers.
    """

    def __init__(
        self,
        *,
        target_encoder=None,
        class_weight=None,
        resample=None,
        optimizer="adamax",
        lr=1e-3,
        weight_decay=0.0,
        batch_size=32,
        max_epochs=200,
        early_stopping=True,
        validation=0.1,
        patience=10,
        device="auto",
        random_state=None,
        verbose=False,
    ):
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

    def _module(self):
        return SoftmaxLayer, {
            "n_features": self.n_features_in_,
            "n_classes": len(self.classes_),
        }
