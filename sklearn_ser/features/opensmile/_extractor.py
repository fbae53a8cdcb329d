"""An openSMILE object that is used again; importing this file imports openSMILE."""

import ctypes
from pathlib import Path

import numpy as np
import opensmile
from opensmile.core import lib

CONFIGS = Path(lib.__file__).parent / opensmile.config.CONFIG_ROOT
RING = Path(__file__).with_name("ring.conf.inc")
SOURCE = opensmile.config.EXTERNAL_SOURCE_COMPONENT
SINK = opensmile.config.EXTERNAL_OUTPUT_COMPONENT


class Extractor:
    """Signals in, frames out, by one configuration.

    ``opensmile.Smile`` builds all components anew for every signal, and makes tables of times for
    every frame. Resetting what was built gives the same bits in two thirds of the time.

    Parameters
    ----------
    config : str or path-like
        A .conf with openSMILE-python's usual places for source and sink.
    level : str
        What the sink reads.
    options : dict
    sampling_rate : int
        In Hz.
    ring : int, default=None
        Samples to keep at a time: more than twice the longest frame and what smoothing and deltas
        look ahead, since the next samples are passed in when a frame comes out. None passes a
        signal as a whole, which takes a sixth longer.
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
        self._smile = None
        self._start()
        count = self._smile.external_sink_get_num_elements(SINK)
        self.names = [self._smile.external_sink_get_element_name(SINK, i) for i in range(count)]

    def _start(self):
        smile = lib.OpenSMILE()
        try:
            smile.initialize(self._config, self._options)
        except lib.OpenSmileException as error:
            # Never to be freed: openSMILE crashes over an object that did not start.
            raise ValueError(str(error)) from error
        self._smile, self._is_new = smile, True

    def __call__(self, signal):
        """Return frames of shape (n_frames, n_features), float32; none if the signal is short.

        Parameters
        ----------
        signal : ndarray of float32 of shape (n,)
            Within [-1, 1).
        """
        if self._smile is None:
            self._start()
        try:
            return self._run(signal)
        except lib.OpenSmileException:
            # What state it is in, nobody knows: it is left, and the next signal gets a new one.
            self._smile = None
            raise

    def _run(self, signal):
        smile, rows, size = self._smile, [], 4 * len(self.names)
        if not self._is_new:
            smile.reset()
        self._is_new = False

        chunks = self._chunks(signal)

        def take(values, n_values, _):
            # Bytes: an array a frame would cost a fifth of the time.
            rows.append(ctypes.string_at(values, size))
            self._pass_on(chunks)
            return 1

        # Kept alive until the next run; a reset forgets the callback.
        self._callback = lib.ExternalSinkCallback(take)
        smile._check_smile_result(
            lib.smileapi.smile_extsink_set_data_callback(
                smile._smileobj, SINK.encode(), self._callback, None
            )
        )
        self._pass_on(chunks)
        smile.run()
        return np.frombuffer(b"".join(rows), np.float32).reshape(-1, len(self.names))

    def _chunks(self, signal):
        """Bytes that are still to be passed on, the next ones last."""
        samples = (signal * 32768).astype(np.int16)
        chunk = len(samples) if self._chunk is None else self._chunk
        starts = range(0, len(samples), chunk)
        return [samples[start : start + chunk].tobytes() for start in reversed(starts)]

    def _pass_on(self, chunks):
        """Pass on as much as there is room for; behind the last of it, the end."""
        while chunks and self._smile.external_audio_source_write_data(SOURCE, chunks[-1]):
            chunks.pop()
            if not chunks:
                self._smile.external_audio_source_set_eoi(SOURCE)

    def __del__(self):
        if self._smile is not None:
            self._smile.free()
