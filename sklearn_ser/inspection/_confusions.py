"""Plot which label each annotator gives to each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.inspection._annotators import check_known
from sklearn_ser.utils._kinds import list_names
from sklearn_ser.utils._pipelines import find_inner, require_inner
from sklearn_ser.utils._plotting import draw_shares, import_pyplot
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Matrices in a row, and in a figure if nobody chose annotators.
N_COLUMNS = 4
N_MATRICES = 12
AVERAGE = "average annotator"


class ConfusionsDisplay:
    """Plot of the confusion matrix that a classifier learned of each annotator.

    The rows are the hidden classes, the columns the labels that the annotator gives: those that
    are no target classes, such as "other", too. Create it with `from_estimator`.

    Parameters
    ----------
    confusions : dict of str to DataFrame of shape (n_classes, n_labels)
        The matrices by title; rows sum to 1.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_matrices,)
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_ser import CrowdEMClassifier, Ratings
    >>> from sklearn_ser.inspection import ConfusionsDisplay
    >>> X = np.repeat([[0.0], [1.0]], 20, axis=0)
    >>> said = np.repeat([["angry", "angry"], ["sad", "angry"]], 20, axis=0)
    >>> y = Ratings.from_wide(said.astype(object), annotators=["E1", "E2"])
    >>> model = CrowdEMClassifier(LogisticRegression()).fit(X, y)
    >>> display = ConfusionsDisplay.from_estimator(model)
    >>> list(display.confusions)
    ['average annotator', 'E1', 'E2']
    >>> display.confusions["E2"].round(1).values.tolist()
    [[1.0, 0.0], [0.9, 0.1]]
    """

    def __init__(self, confusions: Mapping[str, pd.DataFrame]) -> None:
        self.confusions = confusions

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        annotators: Any | Labels | None = None,
        ax: Sequence[Axes] | NDArray | None = None,
    ) -> Self:
        """Plot the matrices of a fitted classifier.

        Parameters
        ----------
        estimator : classifier with ``confusions_``, or Pipeline or search that has one
            Such as `CrowdEMClassifier`, or `CrowdLayerClassifier` with
            ``annotator_model="confusion"``.
        annotators : annotator or sequence of annotators, default=None
            By default the average annotator and the first eleven of the classifier's
            ``annotators_``.
        ax : sequence or ndarray of matplotlib Axes, default=None
            One per matrix; None makes a new figure.

        Returns
        -------
        ConfusionsDisplay

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        TypeError
            If the classifier has no ``confusions_``.
        ValueError
            If an annotator is unknown, none is asked for, or the number of axes is wrong.
        """
        check_is_fitted(find_inner(estimator, "confusions_")[1])
        _, model = require_inner(estimator, "confusions_")
        known = list(model.annotators_)
        names = {"index": model.classes_, "columns": model.labels_}
        confusions = {}
        if annotators is None:
            annotators = known[: N_MATRICES - 1]
            confusions[AVERAGE] = pd.DataFrame(model.average_confusion_, **names)
        annotators = list_names(annotators)
        check_known(annotators, known, "the classifier")
        for name in annotators:
            matrix = model.confusions_[known.index(name)]
            confusions[str(name)] = pd.DataFrame(matrix, **names)
        if not confusions:
            raise ValueError("annotators must name at least one annotator, got none.")
        return cls(confusions).plot(ax=ax)

    def plot(self, ax: Sequence[Axes] | NDArray | None = None) -> Self:
        """Plot the matrices in a grid.

        Parameters
        ----------
        ax : sequence or ndarray of matplotlib Axes, default=None
            One per matrix; None makes a new figure.

        Returns
        -------
        ConfusionsDisplay
            This object.

        Raises
        ------
        ValueError
            If the number of axes is wrong.
        """
        if ax is None:
            axes = self._make_grid()
        else:
            axes = np.ravel(np.asarray(ax, dtype=object))
        if len(axes) != len(self.confusions):
            raise ValueError(
                f"ax must be {len(self.confusions)} axes, one per matrix, got {len(axes)}."
            )
        for one, (title, table) in zip(axes, self.confusions.items(), strict=True):
            draw_shares(one, table)
            one.set_title(title, fontsize="medium")
            one.set_xlabel("label given")
            one.set_ylabel("class")
            one.label_outer()
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _make_grid(self):
        """Return the axes of a new figure, one per matrix."""
        n_classes, n_labels = next(iter(self.confusions.values())).shape
        n_columns = min(N_COLUMNS, len(self.confusions))
        n_rows = -(-len(self.confusions) // n_columns)
        _, axes = import_pyplot().subplots(
            n_rows,
            n_columns,
            figsize=(
                1.2 + n_columns * (0.2 + 0.5 * n_labels),
                1 + n_rows * (0.5 + 0.4 * n_classes),
            ),
            layout="constrained",
            squeeze=False,
        )
        axes = axes.ravel()
        for spare in axes[len(self.confusions) :]:
            spare.remove()
        return axes[: len(self.confusions)]
