"""Cases of recordings that end too early, in every format that libsndfile writes and reads."""

import numpy as np
import soundfile

from sklearn_ser.features import SegmentLogMel

# Formats without a header, or of other things than recordings of speech.
LEFT_OUT = {"RAW", "SDS", "XI", "MPC2K", "SD2", "WVE", "MAT4", "MAT5", "HTK", "SVX", "PVF"}
# Headers that do not say how long the recording is: nobody can see that it was cut.
WITHOUT_LENGTH = {"IRCAM", "PAF"}
FORMATS = [
    (kind, subtype)
    for kind in sorted(soundfile.available_formats())
    if kind not in LEFT_OUT
    for subtype in sorted(soundfile.available_subtypes(kind))
]
FRONT_END = SegmentLogMel(segment_step=10)


def _write(path, rng):
    """Write half a second to a second in a random format; return False if it cannot be had."""
    kind, subtype = FORMATS[rng.integers(len(FORMATS))]
    rate, channels = int(rng.choice([8000, 16000, 44100])), int(rng.integers(1, 3))
    n = int(rng.integers(rate // 2, rate))
    time = np.arange(n)[:, None] / rate
    signal = 0.4 * np.sin(2 * np.pi * 300 * time) + rng.uniform(-0.2, 0.2, (n, channels))
    try:
        soundfile.write(path, signal, rate, format=kind, subtype=subtype)
    except (soundfile.SoundFileError, ValueError):
        return None
    return kind, subtype, n, rate


def cut(rng, folder):
    """A recording that was cut, padded, or left whole: all of it is read, or none."""
    path = folder / "clip.audio"
    made = None
    while made is None:
        made = _write(path, rng)
    kind, subtype, n, rate = made
    expected = len(FRONT_END.transform([str(path)]).values)
    data = path.read_bytes()
    how = rng.integers(4)
    if how == 0:
        data = data + rng.bytes(int(rng.integers(1, 40)))  # what players ignore, so do we
    elif how < 3:
        data = data[: int(len(data) * rng.uniform(0.01, 0.97))]
    path.write_bytes(data)
    try:
        found = FRONT_END.transform([str(path)])
    except ValueError as error:
        assert f"1 of 1 recordings failed: sample 0 ({path}) " in str(error), error
        assert how != 3, f"{kind} {subtype} as it was written: {error}"
        return False
    assert np.isfinite(found.values).all()
    if how == 0 or kind not in WITHOUT_LENGTH:
        # A cut may spare the sound: some formats have other chunks behind it.
        difference = abs(len(found.values) - expected)
        assert difference <= (how == 0), (kind, subtype, n, rate, how, len(data))
    return True
