"""What every classifier here does with its probabilities."""

from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)

from sklearn_ser.metrics import weighted_accuracy


class ProbabilityClassifier(
    ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, BaseEstimator
):
    """A classifier and transformer whose labels follow from ``predict_proba``."""

    def predict(self, X):
        """Return the most likely class.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        most_likely = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most_likely]

    def score(self, X, y):
        """Return the weighted accuracy (WA): the share of right predictions.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples
            Compared by their consensus; samples without one are left out.

        Returns
        -------
        float
        """
        return weighted_accuracy(y, self.predict(X))
