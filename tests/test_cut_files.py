"""A file that is shorter than its header says is an error; one that says nothing is read."""

import io
import os
import struct

import numpy as np
import pytest
import soundfile

from sklearn_ser.speech._audio import AudioError, read_clip
from sklearn_ser.speech._recordings import check_audio

RATE = 16000
SIGNAL = np.random.default_rng(0).uniform(-0.5, 0.5, (20000, 1)) / 3
# Formats whose headers state a length in bytes, or whose streams have an end.
WITH_LENGTH = ["AIFF", "AU", "AVR", "CAF", "FLAC", "NIST", "OGG", "RF64", "VOC", "W64", "WAV"]
WITH_LENGTH += ["WAVEX", "SVX"]


def can_write(kind, subtype):
    try:
        soundfile.write(io.BytesIO(), SIGNAL[:100], 8000, format=kind, subtype=subtype)
    except (soundfile.SoundFileError, ValueError):
        return False
    return True


ENCODINGS = [
    (kind, subtype)
    for kind in WITH_LENGTH
    for subtype in soundfile.available_subtypes(kind)
    if can_write(kind, subtype)
]


def read(path, **part):
    (clip,) = check_audio([str(path)]).clips
    return read_clip(clip._replace(**part))


def write(path, kind, subtype=None):
    """Write SIGNAL; return the sampling rate, which some formats round."""
    rate = 8000 if (subtype or "").startswith("NMS") else RATE
    soundfile.write(path, SIGNAL, rate, format=kind, subtype=subtype)
    with soundfile.SoundFile(path) as file:
        return file.samplerate


def patch(path, at, form, *values):
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, at, *values)
    path.write_bytes(data)


@pytest.mark.parametrize(("kind", "subtype"), ENCODINGS)
def test_whole_files_are_read_and_halves_are_not(tmp_path, kind, subtype):
    path = tmp_path / "clip"
    rate = write(path, kind, subtype)
    n_samples = 20000 * RATE // rate
    whole = read(path)
    assert n_samples - 10 <= len(whole) <= n_samples * 1.03  # some encodings fill a last block
    if rate == RATE and subtype not in ("VORBIS", "OPUS", "GSM610"):
        assert np.corrcoef(whole[:20000], SIGNAL[: len(whole), 0])[0, 1] > 0.9
    data = path.read_bytes()
    path.write_bytes(data + b"\0" * 7)
    sure = len(whole) - 320 * (subtype == "GSM610")  # libsndfile takes padding for a last block
    np.testing.assert_array_equal(read(path)[:sure], whole[:sure])
    for share in (0.5, 0.9):
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(AudioError, match=r"^(is cut off|ends \d+|cannot be read as audio)"):
            read(path)


def test_encodings_are_all_there():
    assert len(ENCODINGS) > 60
    assert {kind for kind, _ in ENCODINGS} == set(WITH_LENGTH)


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF", "NIST", "SVX", "AVR"])
def test_the_message_says_how_much_is_there(tmp_path, kind):
    path = tmp_path / "clip"
    write(path, kind, "PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[:-20000])
    with pytest.raises(AudioError, match=r"header announces 400\d\d bytes of .*, and 200\d\d are"):
        read(path)


@pytest.mark.parametrize(
    ("share", "message"), [(0.5, "incomplete|does not end"), (0.97, "incomplete")]
)
def test_a_stream_without_its_end(tmp_path, share, message):
    path = tmp_path / "clip.ogg"
    soundfile.write(path, np.tile(SIGNAL, (5, 1)), RATE)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(AudioError, match="is cut off: its last page of Ogg is incomplete"):
        read(path)
    last = data.rindex(b"OggS")
    path.write_bytes(data[:last])
    with pytest.raises(AudioError, match="last page of Ogg does not end the stream"):
        read(path)


def test_a_few_missing_samples_are_no_cut(tmp_path):
    """Some programs count the header, of 44 bytes, as samples."""
    path = tmp_path / "clip.wav"
    write(path, "WAV")
    patch(path, 40, "<I", 40044)
    assert len(read(path)) == 20000
    patch(path, 40, "<I", 40400)
    with pytest.raises(AudioError, match="announces 40400 bytes of samples, and 40000 are there"):
        read(path)


@pytest.mark.parametrize(
    ("kind", "at", "form", "values"),
    [
        ("WAV", 40, "<I", (0,)),  # a recorder that was killed
        ("WAV", 40, "<I", (0xFFFFFFFF,)),  # ffmpeg
        ("WAV", 40, "<I", (0x7FFFF000,)),  # sox
        ("WAV", 40, "<I", (0x80000000,)),  # arecord
        ("WAV", 40, "<I", (0xFFFFFFFF - 36,)),
        ("AU", 8, ">I", (0xFFFFFFFF,)),
        ("AU", 8, ">I", (0,)),
        ("RF64", 28, "<Q", (0,)),
        ("RF64", 28, "<Q", (2**64 - 1,)),
        ("W64", 96, "<Q", (2**63 - 1,)),
        ("W64", 96, "<Q", (24,)),
        ("AIFF", 42, ">I", (0,)),
        ("AIFF", 42, ">I", (0x7F000008,)),
        ("CAF", 4084, ">q", (-1,)),
        ("FLAC", 22, ">I", (0,)),
    ],
)
def test_a_length_that_was_not_known_is_that_of_the_file(tmp_path, kind, at, form, values):
    path = tmp_path / "clip"
    write(path, kind, "PCM_16")
    whole, middle = read(path), read(path, start=0.25, end=0.75)
    if kind == "WAV":
        patch(path, 4, "<I", 36 if values == (0,) else 0xFFFFFFFF)
    if kind == "W64":
        patch(path, 16, "<Q", 0)
    if kind == "AIFF":
        patch(path, 4, ">I", 0)
    patch(path, at, form, *values)
    np.testing.assert_array_equal(read(path), whole)
    np.testing.assert_array_equal(read(path, start=0.25, end=0.75), middle)
    assert len(middle) == RATE / 2


def test_a_recording_that_was_closed_empty_is_empty(tmp_path):
    """A chunk may follow the samples; it is no sound."""
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(0), RATE)
    data = path.read_bytes() + b"LIST" + struct.pack("<I", 300) + bytes(300)
    path.write_bytes(data)
    patch(path, 4, "<I", len(data) - 8)
    with pytest.raises(AudioError, match="has no samples"):
        read(path)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("size", [10, 11])
def test_other_chunks_are_passed_over(tmp_path, before, size):
    path = tmp_path / "clip.wav"
    write(path, "WAV")
    whole = read(path)
    data = path.read_bytes()
    chunk = b"note" + struct.pack("<I", size) + b"data" * 3
    chunk = chunk[: 8 + size + size % 2]
    path.write_bytes(data[:36] + chunk + data[36:] if before else data + chunk)
    np.testing.assert_array_equal(read(path), whole)
    path.write_bytes(path.read_bytes()[:30000])
    with pytest.raises(AudioError, match="is cut off"):
        read(path)


def test_blocks_of_a_voice_file_are_added(tmp_path):
    path = tmp_path / "clip.voc"
    write(path, "VOC", "PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[:-1])  # the terminator is optional
    assert len(read(path)) == 20000
    path.write_bytes(data[:-1] + b"\x05\xff\xff\x00" + b"text")
    with pytest.raises(AudioError, match="is cut off: its header announces"):
        read(path)


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "GSM610"),
        ("WAV", "G721_32"),
        ("WAV", "NMS_ADPCM_16"),
        ("AU", "G723_24"),
        ("AU", "G723_40"),
        ("AIFF", "DWVW_16"),
        ("AIFF", "GSM610"),
        ("W64", "GSM610"),
        ("XI", "DPCM_16"),
    ],
)
def test_encodings_that_cannot_seek(tmp_path, kind, subtype):
    path = tmp_path / "clip"
    rate = write(path, kind, subtype)
    whole = read(path)
    part = read(path, start=0.1, end=0.2)
    assert len(part) == 0.1 * RATE
    if rate == RATE:
        np.testing.assert_array_equal(part, whole[1600:3200])
        assert len(read(path, start=1.0)) == len(whole) - RATE


@pytest.mark.posix
def test_nothing_is_read_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="it is a pipe or a device, not a file"):
        read(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="it is a pipe or a device, not a file"):
        read("/dev/zero")


def test_real_recordings_are_whole(emodb):
    for path in sorted((emodb / "wav").glob("*.wav"))[:20]:
        signal = read(path)
        np.testing.assert_array_equal(signal, soundfile.read(path, dtype="float32")[0])
