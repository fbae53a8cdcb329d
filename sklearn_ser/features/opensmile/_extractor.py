"""An openSMILE object that is reused for many signals; importing this file imports openSMILE.

Only public names of opensmile-python are used.
"""

from pathlib import Path

import numpy as np
import opensmile
from opensmile.core import lib

from sklearn_ser.speech._errors import AudioError

CONFIGS = Path(lib.__file__).parent / opensmile.config.CONFIG_ROOT
RING = Path(__file__).with_name("ring.conf.inc")
SOURCE = opensmile.config.EXTERNAL_SOURCE_COMPONENT
SINK = opensmile.config.EXTERNAL_OUTPUT_COMPONENT

# Signals per openSMILE object. opensmile-python keeps the callback of every run, about 1 kB each,
# for the lifetime of the object.
MOST_RUNS = 1000


class Extractor:
    """Extract the frames of signals with one configuration.

    ``opensmile.Smile`` rebuilds all components for every signal, and makes a table of times for
    every frame. Resetting the components gives bitwise the same frames in two thirds of the time.

    Parameters
    ----------
    config : str or path-like
        A .conf file that includes source and sink as opensmile-python expects.
    level : str
        The level that the sink reads.
    options : dict
        Options of the configuration.
    sampling_rate : int
        In Hz.
    ring : int, default=None
        Number of samples that openSMILE keeps at a time. It must be more than twice the sum of the
        longest frame and the look-ahead of smoothing and deltas, since the next samples are passed
        in when a frame comes out. With None, each signal is passed in as a whole, which takes a
        sixth longer.

    Attributes
    ----------
    names : list of str
        Names of the features.
    n_held : int
        Samples for which the object holds memory until it is deleted: those of its longest signal,
        if signals are passed in as a whole. A record of some hundred bytes belongs to each sample.

    Raises
    ------
    ValueError
        If openSMILE does not start with this configuration.
    """

    def __init__(self, config, level, options, sampling_rate, ring=None):
        self._config = str(config)
        self._chunk = None if ring is None else ring // 4
        self._options = {
            **options,
            "sampleRate": sampling_rate,
            "nBits": 16,
            "source": CONFIGS / opensmile.config.EXTERNAL_INPUT_CONFIG,
            "sink": CONFIGS / opensmile.config.EXTERNAL_OUTPUT_SINGLE_CONFIG,
            "sinkLevel": level,
            "bufferModeRbConf": CONFIGS / "shared/BufferModeRb.conf.inc",
            "frameModeFunctionalsConf": CONFIGS / "shared/FrameModeFunctionals.conf.inc",
        }
        if ring is not None:
            self._options |= {"source": RING, "ring": ring, "chunk": self._chunk}
        self._smile, self._n_runs, self.n_held = self._start(), 0, 0
        count = self._smile.external_sink_get_num_elements(SINK)
        self.names = [self._smile.external_sink_get_element_name(SINK, i) for i in range(count)]

    def __call__(self, signal):
        """Extract the frames of a signal.

        Parameters
        ----------
        signal : ndarray of float32 of shape (n,)
            Within [-1, 1).

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_features)
            There are no frames if the signal is too short.

        Raises
        ------
        AudioError
            If openSMILE fails on this signal.
        """
        # While it runs, and after a failure, the state of the object is unknown. It is put back
        # only after a success; otherwise the next signal gets a new one.
        smile, self._smile = self._smile, None
        try:
            if smile is not None and self._n_runs == MOST_RUNS:
                smile.free()
                smile = None
            if smile is None:
                smile, self._n_runs, self.n_held = self._start(), 0, 0
            elif self._n_runs:
                smile.reset()
            frames = self._run(smile, signal)
        except lib.OpenSmileException as error:
            raise AudioError(f"makes openSMILE fail ({error})") from error
        self._smile = smile
        self._n_runs += 1
        if self._chunk is None:
            self.n_held = max(self.n_held, len(signal))
        return frames

    def _start(self):
        smile = lib.OpenSMILE()
        try:
            smile.initialize(self._config, self._options)
        except lib.OpenSmileException as error:
            # An object that did not start is never freed, because openSMILE would crash.
            raise ValueError(str(error)) from error
        return smile

    def _run(self, smile, signal):
        chunks, rows, errors = self._cut(signal), [], []

        def take(frame):
            try:
                rows.append(frame.tobytes())
                pass_on(smile, chunks)
            except Exception as error:
                # ctypes would print it and continue.
                errors.append(error)
                smile.abort()

        # A reset forgets the callback.
        smile.external_sink_set_callback(SINK, take)
        pass_on(smile, chunks)
        smile.run()
        if errors:
            raise errors[0]
        frames = np.frombuffer(b"".join(rows), np.float32).reshape(-1, len(self.names))
        rows.clear()  # the callback, which outlives this run, refers to them
        return frames

    def _cut(self, signal):
        """Cut a signal into chunks of bytes, in reverse order."""
        samples = (signal * 32768).astype(np.int16)
        chunk = len(samples) if self._chunk is None else self._chunk
        starts = range(0, len(samples), chunk)
        return [samples[start : start + chunk].tobytes() for start in reversed(starts)]

    def __del__(self):
        if getattr(self, "_smile", None) is not None:
            self._smile.free()


def pass_on(smile, chunks):
    """Pass on as many chunks as there is room for, and signal the end after the last one.

    Parameters
    ----------
    smile : opensmile.core.lib.OpenSMILE
    chunks : list of bytes
        The next chunk is the last of the list; chunks that are passed on are removed.
    """
    while chunks and smile.external_audio_source_write_data(SOURCE, chunks[-1]):
        chunks.pop()
        if not chunks:
            smile.external_audio_source_set_eoi(SOURCE)
