"""Plot the attention of a network over an utterance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.speech._audio import SAMPLING_RATE, read_clip
from sklearn_ser.speech._recordings import check_audio
from sklearn_ser.utils._plotting import COLOURS, make_axes, put_legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class AttentionDisplay:
    """Plot of the attention weights of a network over one utterance.

    Create it with `from_estimator`.

    Parameters
    ----------
    weights : ndarray of shape (n_frames,)
        Attention weights; they sum to 1.
    frame_step : float or None
        Time from one frame to the next, in seconds. If it is None, frames are counted.
    signal : ndarray of shape (n,), default=None
        The waveform, drawn behind the weights if the frame step is known.
    sampling_rate : int, default=16000
        Sampling rate of the waveform, in Hz.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import AttentionBLSTMClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.features import FramePooler, OpenSmileLLD
    >>> from sklearn_ser.inspection import AttentionDisplay
    >>> corpus = make_dyadic_corpus(n_sessions=1, n_utterances=10, random_state=0)
    >>> network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, random_state=0)
    >>> model = make_pipeline(OpenSmileLLD("chou2019"), FramePooler(5), network)
    >>> model = model.fit(corpus.data, corpus.ratings)
    >>> display = AttentionDisplay.from_estimator(model, corpus.data, sample=3)
    >>> display.frame_step, round(float(display.weights.sum()), 5)
    (0.05, 1.0)
    """

    def __init__(
        self,
        weights: NDArray,
        frame_step: float | None,
        *,
        signal: NDArray | None = None,
        sampling_rate: int = SAMPLING_RATE,
    ) -> None:
        self.weights = weights
        self.frame_step = frame_step
        self.signal = signal
        self.sampling_rate = sampling_rate

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Any,
        *,
        sample: int = 0,
        frame_step: float | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the attention weights of a fitted network over one utterance.

        Parameters
        ----------
        estimator : fitted classifier with ``attention``, or Pipeline that ends in one
        X : any form that the estimator accepts, of length n_samples
            If the pipeline takes recordings, the waveform is drawn as well. Waveforms in X must
            have a sampling rate of 16 kHz. The first steps of a pipeline transform this utterance
            alone: ``SequenceScaler(by="speaker")`` scales it by its own frames if `fit` did not
            see the speaker. If that matters, transform all of X, and pass the classifier and the
            result.
        sample : int, default=0
            Index of the utterance in X.
        frame_step : float, default=None
            Time from one frame of the network's input to the next, in seconds. None takes it from
            the network's input, after the first steps of a pipeline. If it is unknown there, as in
            arrays, the axis counts frames, and no waveform is drawn.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AttentionDisplay

        Raises
        ------
        TypeError
            If the classifier has no method ``attention``.
        """
        one = _safe_indexing(X, [sample])
        steps, last, signal = [], estimator, None
        if isinstance(estimator, Pipeline):
            steps, last = [step for _, step in estimator.steps[:-1]], estimator[-1]
        if not hasattr(last, "attention"):
            raise TypeError(f"the classifier must have attention, got {type(last).__name__}.")
        check_is_fitted(last)
        if steps:
            if not steps[0].__sklearn_tags__().input_tags.two_d_array:
                signal = read_clip(check_audio(one, getattr(steps[0], "root", None)).clips[0])
            one = estimator[:-1].transform(one)
        if frame_step is None:
            frame_step = getattr(one, "frame_step", None)
        return cls(last.attention(one)[0], frame_step, signal=signal).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the weights over time, relative to their mean.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        self
        """
        if ax is None:
            ax = make_axes(7, 2.6)
        relative = np.asarray(self.weights) * len(self.weights)
        edges = np.arange(len(relative) + 1) * (1 if self.frame_step is None else self.frame_step)
        top = max(1.1 * relative.max(), 2)
        if self.signal is not None and self.frame_step is not None:
            time = np.arange(len(self.signal)) / self.sampling_rate
            loudest = max(np.abs(self.signal).max(), 1e-9)
            sound = top / 2 * (1 + self.signal / loudest)
            ax.plot(time, sound, color="#cccccc", linewidth=0.5, zorder=0, label="waveform")
        ax.stairs(relative, edges, fill=True, color=COLOURS[3], alpha=0.35)
        ax.stairs(relative, edges, color=COLOURS[3], linewidth=1.5, label="attention")
        ax.axhline(1, color="black", linewidth=0.8, linestyle=":", label="uniform")
        ax.set_xlim(0, edges[-1])
        ax.set_ylim(0, top)
        ax.set_xlabel("frame" if self.frame_step is None else "time (s)")
        ax.set_ylabel("weight / mean weight")
        ax.spines[["top", "right"]].set_visible(False)
        put_legend_above(ax, 3, side="right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
