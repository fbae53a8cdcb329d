"""Plot what label correction learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._plotting import COLOURS, make_axes, put_legend_above
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


KINDS = ("transitions", "class_w", "trajectories")


class LabelCorrectionDisplay:
    """Plot which labels moved where, the w of each class, or how single labels moved.

    Create it with `from_estimator`. The first two kinds correspond to Figure 3 and Table 3 of
    [1]_.

    Parameters
    ----------
    classes : sequence of labels
    transitions : ndarray of shape (n_classes, n_classes)
        Share of the training samples of each given class (rows) whose corrected label is each
        class (columns).
    class_w : ndarray of shape (2, n_classes)
        Mean :math:`w` of each class, before and after training; a large value means little
        influence.
    trajectories : dict of int to ndarray of shape (n_epochs, n_classes)
        Targets of some samples after each epoch, by sample.
    given : dict of int to int
        The label that each of these samples was given, as an index into `classes`.
    n_epochs : int
        The epoch, counted from 1, whose network was kept.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    References
    ----------
    .. [1] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier
    >>> from sklearn_ser.inspection import LabelCorrectionDisplay
    >>> X = [np.full((3, 2), i % 2.0) for i in range(20)]
    >>> network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2)
    >>> model = LabelCorrectingClassifier(network).fit(X, ["sad", "angry"] * 10)
    >>> display = LabelCorrectionDisplay.from_estimator(model, kind="class_w")
    >>> display.class_w.shape
    (2, 2)
    """

    def __init__(
        self,
        classes: Labels,
        transitions: NDArray,
        class_w: NDArray,
        trajectories: Mapping[int, NDArray],
        given: Mapping[int, int],
        n_epochs: int,
    ) -> None:
        self.classes = classes
        self.transitions = transitions
        self.class_w = class_w
        self.trajectories = trajectories
        self.given = given
        self.n_epochs = n_epochs

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        kind: Literal["transitions", "class_w", "trajectories"] = "transitions",
        samples: Sequence[int] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot what a fitted estimator learned.

        Parameters
        ----------
        estimator : LabelCorrectingClassifier, or Pipeline that ends in one
        kind : {"transitions", "class_w", "trajectories"}, default="transitions"
            Which labels moved where, the mean :math:`w` of each class, or the targets of single
            samples over the epochs.
        samples : sequence of int, default=None
            Samples whose trajectories to plot; by default the three most suspect of those that
            were trained on.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        LabelCorrectionDisplay

        Raises
        ------
        ValueError
            If `kind` is unknown, trajectories were not stored, or a sample has no target or was
            held out.
        """
        if isinstance(estimator, Pipeline):
            estimator = estimator[-1]
        check_is_fitted(estimator)
        recorded = estimator.trajectory_
        if kind == "trajectories" and not recorded:
            raise ValueError(
                "trajectories need an estimator with store_trajectory=True, got False."
            )
        if samples is None:
            samples = _choose_suspects(estimator)
        given, w = estimator.initial_targets_, estimator.w_
        odd = [i for i in samples if not 0 <= i < len(w) or np.isnan(w[i])]
        if odd:
            raise ValueError(
                f"samples must be among the {len(w)} that the estimator was fitted on, not be "
                f"held out, and have a target, got {join_names(odd)}."
            )
        trajectories = {i: recorded["targets"][:, i] for i in samples} if recorded else {}
        display = cls(
            estimator.classes_,
            estimator.transitions_,
            estimator.class_w_,
            trajectories,
            {i: int(given[i].argmax()) for i in samples},
            estimator.n_epochs_,
        )
        return display.plot(kind=kind, ax=ax)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        kind: Literal["transitions", "class_w", "trajectories"] = "transitions",
    ) -> Self:
        """Draw one kind of plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.
        kind : {"transitions", "class_w", "trajectories"}, default="transitions"
            As in `from_estimator`.

        Returns
        -------
        LabelCorrectionDisplay
            This object.

        Raises
        ------
        ValueError
            If `kind` is unknown.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {kind!r}.")
        if ax is None:
            ax = make_axes(4.8, 4.2) if kind == "transitions" else make_axes(6, 3.6)
        getattr(self, f"_plot_{kind}")(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _plot_transitions(self, ax):
        ax.imshow(self.transitions, cmap="Blues", vmin=0, vmax=1)
        for (i, j), share in np.ndenumerate(self.transitions):
            if not np.isnan(share):
                colour = "white" if share > 0.5 else "black"
                ax.text(j, i, f"{share:.0%}", ha="center", va="center", color=colour)
        places = np.arange(len(self.classes))
        ax.set_xticks(places, self.classes, rotation=30, ha="right")
        ax.set_yticks(places, self.classes)
        ax.set_xlabel("corrected label")
        ax.set_ylabel("given label")

    def _plot_class_w(self, ax):
        places = np.arange(len(self.classes))
        for i, (name, w) in enumerate(zip(("initial w", "learned w"), self.class_w, strict=True)):
            colour = COLOURS[2 + i]
            bars = ax.bar(places + 0.4 * i - 0.2, w, 0.38, label=name, color=colour)
            # The line at 1 must not strike numbers through.
            above = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
            ax.bar_label(bars, fmt="%.2f", fontsize="small", bbox=above)
        ax.axhline(1, color="black", linewidth=0.8, linestyle=":")
        ax.set_xticks(places, self.classes)
        ax.set_ylabel("mean w (large: little influence)")
        ax.spines[["top", "right"]].set_visible(False)
        put_legend_above(ax, 2)

    def _plot_trajectories(self, ax):
        for k, (sample, targets) in enumerate(self.trajectories.items()):
            epochs = 1 + np.arange(len(targets))
            old, new = self.given[sample], int(targets[self.n_epochs - 1].argmax())
            moved = f"{self.classes[old]} → {self.classes[new]}"
            name = moved if new != old else f"{self.classes[old]}, kept"
            colour = COLOURS[k % len(COLOURS)]
            ax.plot(epochs, targets[:, old], color=colour, label=f"sample {sample}: {name}")
            if new != old:
                ax.plot(epochs, targets[:, new], color=colour, linestyle="--")
        ax.axvline(self.n_epochs, color="black", linewidth=0.8, linestyle=":")
        ax.set_ylim(0, 1)
        ax.set_xlabel("epoch (dotted: the network that was kept)")
        ax.set_ylabel("target (dashed: of the corrected label)")
        ax.spines[["top", "right"]].set_visible(False)
        if self.trajectories:
            ax.legend(frameon=False, fontsize="small")


def _choose_suspects(estimator):
    """Return the three most suspect training samples; none if nothing was learned of samples."""
    if not (estimator.learn_targets or estimator.learn_weights):
        return []
    ranked = estimator.suspects(len(estimator.w_))
    return ranked.index[~ranked["held_out"]][:3].tolist()
