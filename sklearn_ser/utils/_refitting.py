"""A fit that fails leaves an estimator as it was."""

import functools

from sklearn_ser.utils._orphans import end_with_parent


def restore_on_failure(fit):
    """Decorate ``fit`` so that, if it fails, the estimator keeps the attributes that it had.

    Otherwise, an estimator that was fitted before would have new classes and old weights.

    Parameters
    ----------
    fit : function
        A method. Fitted attributes are set, or deleted, but never changed in place.

    Returns
    -------
    function
    """

    @functools.wraps(fit)
    def fit_or_restore(self, *args, **kwargs):
        end_with_parent()  # in a search of scikit-learn, for example
        before = vars(self).copy()
        try:
            return fit(self, *args, **kwargs)
        except BaseException:  # an interrupt, too
            vars(self).clear()
            vars(self).update(before)
            raise

    return fit_or_restore
