"""A small source-filter synthesiser: pulses and noise, filtered by moving formants."""

from typing import NamedTuple

import numpy as np

# Mean formants of an adult male's vowels in Hz, rounded from Peterson & Barney, "Control methods
# used in a study of the vowels", JASA 1952, doi 10.1121/1.1906875; the fourth hardly changes.
VOWELS = np.array(
    [
        [270, 2290, 3010, 3600],  # beat
        [400, 2000, 2550, 3500],  # bit
        [530, 1840, 2480, 3500],  # bet
        [730, 1090, 2440, 3400],  # father
        [570, 840, 2410, 3400],  # bought
        [300, 870, 2240, 3400],  # boot
        [500, 1350, 1690, 3400],  # bird
    ],
    dtype=float,
)
BANDWIDTHS = np.array([70.0, 90.0, 130.0, 200.0])

# Centre of the noise in Hz, its width in octaves, its level, the level of the voice at the same
# time, and the duration in seconds.
CONSONANTS = np.array(
    [
        [5500, 0.5, 0.50, 0.0, 0.100],  # s
        [3000, 0.6, 0.45, 0.0, 0.100],  # sh
        [4500, 1.4, 0.15, 0.0, 0.090],  # f
        [3800, 0.9, 0.60, 0.0, 0.055],  # t
        [1900, 0.7, 0.60, 0.0, 0.060],  # k
        [2500, 0.9, 0.25, 0.2, 0.050],  # d
        [1000, 1.0, 0.00, 0.4, 0.060],  # n
        [1000, 1.0, 0.00, 0.6, 0.050],  # l
    ]
)

WINDOW = 0.02  # duration of the window of one filter in seconds; windows overlap by half
EDGE = 0.02  # seconds in which the voice fades in and out
SOURCE_TILT = -6.0  # dB per octave: -12 by the glottis, +6 by the lips
PIVOT = 500.0  # frequency in Hz that the tilt does not change
ROOM_NOISE = 10 ** (-66 / 20)
PEAK = 0.98


class Syllables(NamedTuple):
    """Syllables of an utterance: every field is an array of shape (n_syllables,)."""

    vowel: np.ndarray  # row of VOWELS
    consonant: np.ndarray  # row of CONSONANTS, spoken before the vowel
    duration: np.ndarray  # of the vowel, in seconds
    f0: np.ndarray  # at the middle of the vowel, in Hz
    level: np.ndarray  # dB below full scale
    tilt: np.ndarray  # dB per octave added to the source; below 0 sounds darker
    breath: np.ndarray  # amplitude of the breath noise, relative to the voice
    jitter: np.ndarray  # standard deviation of the time of a pulse, in periods


def speak(syllables, sampling_rate, rng, tract=1.0, pause=0.1):
    """Synthesise an utterance.

    Parameters
    ----------
    syllables : Syllables
    sampling_rate : int
        In Hz.
    rng : numpy.random.Generator
    tract : float
        Factor on all formants; above 1 means a shorter vocal tract.
    pause : float
        Silence before and after, in seconds.

    Returns
    -------
    ndarray of float32 of shape (n_samples,)
        Within [-1, 1].
    """
    onsets = CONSONANTS[syllables.consonant, 4]
    ends = pause + np.cumsum(onsets + syllables.duration)
    starts = ends - syllables.duration
    middles = (starts + ends) / 2
    n = int((ends[-1] + pause) * sampling_rate)
    hop = int(WINDOW * sampling_rate) // 2
    time = np.arange(n) / sampling_rate
    frame_time = np.arange(n // hop + 1) * hop / sampling_rate

    def interpolate(times, values):
        return np.interp(times, middles, values)

    # The level relative to that of the utterance, to which the sound is scaled at the end.
    loud = 10 ** (interpolate(time, syllables.level - syllables.level.mean()) / 20)
    voice, friction = _make_envelopes(syllables, starts - onsets, starts, ends, time)
    source = (
        loud
        * voice
        * _make_source(
            interpolate(time, syllables.f0),
            interpolate(time, syllables.breath),
            interpolate(time, syllables.jitter),
            sampling_rate,
            rng,
        )
    )
    formants = tract * np.column_stack(
        [interpolate(frame_time, f) for f in VOWELS[syllables.vowel].T]
    )
    throat = _compute_throat(formants, interpolate(frame_time, syllables.tilt), hop, sampling_rate)
    which = np.minimum(np.searchsorted(ends, frame_time), len(ends) - 1)
    mouth = _compute_mouth(CONSONANTS[syllables.consonant[which]], hop, sampling_rate)
    noise = loud * friction * rng.standard_normal(n)

    spoken = _scale(_filter(source, throat, hop)) + 0.5 * _filter(noise, mouth, hop)
    sound = 10 ** (syllables.level.mean() / 20) * _scale(spoken)
    sound += ROOM_NOISE * rng.standard_normal(n)
    return (sound * min(1, PEAK / np.abs(sound).max())).astype(np.float32)


def _make_envelopes(syllables, onsets, starts, ends, time):
    """Return the amplitudes of the voice and of the consonants' noise at every sample."""
    _, _, noise, voice, _ = CONSONANTS[syllables.consonant].T
    points = np.column_stack([onsets + EDGE / 2, starts, starts + EDGE, ends - EDGE])
    heights = np.column_stack([voice, voice, np.ones_like(voice), np.full_like(voice, 0.8)])
    edges = np.concatenate([[onsets[0]], points.ravel(), [ends[-1] + EDGE]])
    voiced = np.interp(time, edges, np.concatenate([[0], heights.ravel(), [0]]))

    points = np.column_stack([onsets, (onsets + starts) / 2, starts, starts + EDGE / 2])
    heights = np.column_stack([0 * noise, noise, noise, 0 * noise])
    return voiced, np.interp(time, points.ravel(), heights.ravel())


def _make_source(f0, breath, jitter, sampling_rate, rng):
    """Return pulses, whose power is 1 at any pitch, plus breath noise."""
    cycles = np.cumsum(f0) / sampling_rate
    samples = np.arange(len(f0))
    place = np.interp(np.arange(1, cycles[-1]), cycles, samples)
    nearest = place.astype(int)
    period = sampling_rate / f0[nearest]
    place += jitter[nearest] * period * rng.standard_normal(len(place))
    height = np.sqrt(period) * (1 + 2 * jitter[nearest] * rng.standard_normal(len(place)))
    # A pulse between two samples is divided between them, since rounding its time would add
    # jitter.
    place = np.clip(place, 0, len(f0) - 2)
    nearest = place.astype(int)
    share = place - nearest
    pulses = np.bincount(nearest, height * (1 - share), len(f0))
    pulses += np.bincount(nearest + 1, height * share, len(f0))
    return pulses + breath * rng.standard_normal(len(f0))


def _make_frequencies(hop, sampling_rate):
    # Twice the window, since the filters ring for about as long as the window.
    return np.fft.rfftfreq(4 * hop, 1 / sampling_rate)


def _compute_throat(formants, tilt, hop, sampling_rate):
    """Return responses of vocal tract and tilt, of shape (n_frames, n_frequencies)."""
    frequency = _make_frequencies(hop, sampling_rate)
    delay = np.exp(-2j * np.pi * frequency / sampling_rate)
    radius = np.exp(-np.pi * BANDWIDTHS / sampling_rate)
    poles = 2 * radius * np.cos(2 * np.pi * formants / sampling_rate)
    octaves = np.log2(np.maximum(frequency, 100) / PIVOT)
    response = 10 ** (np.multiply.outer(SOURCE_TILT + tilt, octaves) / 20)
    for pole, r in zip(poles.T[:, :, None], radius, strict=True):
        # One resonance, with a gain of 1 at 0 Hz.
        response = response * (1 - pole + r**2) / (1 - pole * delay + r**2 * delay**2)
    return response


def _compute_mouth(consonants, hop, sampling_rate):
    """Return responses of the consonants' constriction, of shape (n_frames, n_frequencies)."""
    frequency = _make_frequencies(hop, sampling_rate)
    octaves = np.log2(np.maximum(frequency, 100) / consonants[:, :1])
    return np.exp(-0.5 * (octaves / consonants[:, 1:2]) ** 2)


def _filter(signal, responses, hop):
    """Filter by responses that change from frame to frame, by overlap-add of windows."""
    n_frames = len(responses)
    padded = np.zeros((n_frames + 4) * hop)
    padded[hop : hop + len(signal)] = signal
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[: n_frames * hop : hop]
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)) ** 2
    filtered = np.fft.irfft(np.fft.rfft(frames * window, 4 * hop) * responses, 4 * hop)
    total = np.zeros((n_frames + 4, hop))
    for part in range(4):
        total[part : part + n_frames] += filtered[:, part * hop : (part + 1) * hop]
    return total.ravel()[hop : hop + len(signal)]


def _scale(signal):
    """Scale a signal to power 1."""
    return signal / np.sqrt(np.mean(signal**2))
