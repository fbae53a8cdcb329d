"""Plot the emotion profile of an utterance over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.speech._segments import check_segments
from sklearn_ser.utils._plotting import COLOURS, import_pyplot, put_legend_above
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class EmotionProfileDisplay:
    """Plot of the emotion profile of one utterance: class probabilities by segment and stage.

    Create it with `from_estimator`. With several stages, it corresponds to Figures 2 and 4
    of [1]_.

    Parameters
    ----------
    profiles : dict of str to ndarray of shape (n_segments, n_classes)
        Probabilities by the name of the stage.
    classes : sequence of labels
        Labels of the columns of the profiles.
    times : ndarray of shape (n_segments, 2)
        Start and end of each segment, in seconds, or in frames if `frame_step` is None.
    frames : ndarray of shape (n_frames, n_bands)
        The spectrogram that the segments were cut from.
    frame_step : float or None
        Time from one frame to the next, in seconds. If it is None, frames are counted.
    signal : ndarray of shape (n,), default=None
        The waveform, drawn in place of the spectrogram.
    sampling_rate : int, default=16000
        Sampling rate of the waveform, in Hz.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One for the spectrogram or waveform, then one per stage.
    ax_ : matplotlib Axes
        The last of ``axes_``.
    figure_ : matplotlib Figure

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import SegmentVGGClassifier
    >>> from sklearn_ser.features import SegmentLogMel
    >>> from sklearn_ser.inspection import EmotionProfileDisplay
    >>> rng = np.random.default_rng(0)
    >>> speech = [volume * rng.standard_normal(8000) for volume in [0.01, 0.2] * 4]
    >>> X = SegmentLogMel(segment_step=4).fit_transform(speech)
    >>> model = SegmentVGGClassifier(width=1 / 64, max_epochs=1).fit(X, ["sad", "angry"] * 4)
    >>> display = EmotionProfileDisplay.from_estimator(model, X, sample=1)
    >>> len(display.axes_), display.times[0].tolist()
    (2, [0.0, 0.32])
    """

    def __init__(
        self,
        profiles: Mapping[str, NDArray],
        classes: Labels,
        times: NDArray,
        frames: NDArray,
        frame_step: float | None,
        *,
        signal: NDArray | None = None,
        sampling_rate: int = 16000,
    ) -> None:
        self.profiles = profiles
        self.classes = classes
        self.times = times
        self.frames = frames
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
        stages: Sequence[int] | None = None,
        signal: NDArray | None = None,
        sampling_rate: int = 16000,
        ax: Sequence[Axes] | NDArray | None = None,
    ) -> Self:
        """Plot the profile of one utterance.

        Parameters
        ----------
        estimator : ProfileRefineryClassifier, SegmentVGGClassifier, or Pipeline that ends in one
            It is fitted.
        X : any form that the estimator accepts, of length n_samples
            If its frame step is unknown, as for arrays, the axis counts frames.
        sample : int, default=0
            Index of the utterance in X.
        stages : sequence of int, default=None
            Stages to plot, counted from 0; None means all of them.
        signal : array-like of shape (n,), default=None
            The waveform of the utterance, drawn in place of the spectrogram.
        sampling_rate : int, default=16000
            Sampling rate of the waveform, in Hz.
        ax : sequence or ndarray of matplotlib Axes, default=None
            One for the spectrogram or waveform, and one per stage; None makes a new figure.

        Returns
        -------
        EmotionProfileDisplay

        Raises
        ------
        ValueError
            If a waveform is given, but the frame step is unknown.
        """
        one = _safe_indexing(X, [sample])
        if isinstance(estimator, Pipeline):
            one, estimator = estimator[:-1].transform(one), estimator[-1]
        check_is_fitted(estimator)
        one = check_segments(one)
        frame_step = one.frame_step
        if frame_step is None:
            if signal is not None:
                raise ValueError(
                    "a waveform can only be drawn above frames whose frame_step is known; X must "
                    "be Segments or Sequences with a frame_step."
                )
            one = one.with_values(one.values, frame_step=1)  # so that times count frames
        if hasattr(estimator, "stages_"):
            n_stages = len(estimator.stages_)
            stages = range(n_stages) if stages is None else stages
            profiles = {
                f"stage {stage % n_stages + 1}": estimator.predict_profile(one, stage=stage)[0]
                for stage in stages
            }
        else:
            profiles = {"profile": estimator.predict_profile(one)[0]}
        display = cls(
            profiles,
            estimator.classes_,
            one.times(0),
            one[0],
            frame_step,
            signal=None if signal is None else np.asarray(signal),
            sampling_rate=sampling_rate,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Sequence[Axes] | NDArray | None = None) -> Self:
        """Draw the spectrogram or waveform, and below it, for each stage, one curve per class.

        Parameters
        ----------
        ax : sequence or ndarray of matplotlib Axes, default=None
            One for the spectrogram or waveform, and one per stage; None makes a new figure.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the number of axes is wrong.
        """
        n_axes = 1 + len(self.profiles)
        if ax is None:
            size = (7, 1 + 1.5 * n_axes)
            plt = import_pyplot()
            _, ax = plt.subplots(n_axes, sharex=True, figsize=size, layout="constrained")
        if len(ax) != n_axes:
            raise ValueError(
                f"ax must be {n_axes} axes, one for the sound and one per stage, got {len(ax)}."
            )
        self.axes_ = np.asarray(ax)
        self.ax_, self.figure_ = self.axes_[-1], self.axes_[-1].figure
        self._plot_sound(self.axes_[0])
        middle = self.times.mean(axis=1)
        for below, (name, profile) in zip(self.axes_[1:], self.profiles.items(), strict=True):
            for k, label in enumerate(self.classes):
                marker = "o" if len(profile) == 1 else None
                colour = COLOURS[k % len(COLOURS)]
                below.plot(middle, profile[:, k], color=colour, label=label, marker=marker)
            below.set_ylim(0, 1)
            below.set_ylabel(f"{name}\nprobability")
            below.spines[["top", "right"]].set_visible(False)
        put_legend_above(self.axes_[1], min(len(self.classes), 4))
        unit = "frame" if self.frame_step is None else "time (s)"
        self.ax_.set_xlabel(f"{unit}, at the centre of each segment")
        return self

    def _plot_sound(self, ax):
        if self.signal is None:
            end = len(self.frames) * (1 if self.frame_step is None else self.frame_step)
            extent = (0, end, -0.5, self.frames.shape[1] - 0.5)
            ax.imshow(self.frames.T, origin="lower", aspect="auto", extent=extent, cmap="magma")
            ax.set_ylabel("band")
        else:
            time = np.arange(len(self.signal)) / self.sampling_rate
            ax.plot(time, self.signal, color="black", linewidth=0.5)
            ax.set_ylabel("waveform")
