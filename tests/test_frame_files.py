"""Files of frames: what is damaged or forged is a ValueError, and nothing else."""

import os
import struct
import subprocess
import sys
import types
import zlib
from pathlib import Path

import numpy as np
import pytest
from _frame_files import ATTRIBUTES, write_new, write_old

from sklearn_ser import AlteredSpeaker, Segments, Sequences
from sklearn_ser.speech import _file

FRAMES = np.arange(14, dtype=np.float32).reshape(7, 2)
OFFSETS = [0, 4, 4, 7]
START = 24 + 32 + 4  # of the attributes


@pytest.fixture
def path(tmp_path):
    return tmp_path / "frames"


@pytest.fixture
def X():
    X = Sequences(FRAMES, OFFSETS, ["Ann", AlteredSpeaker("Ann", "low"), None], frame_step=0.5)
    return X.with_ids([("a.wav", 0.0, 1), ("a.wav", 1.0, 2), ("b.wav", None, 3)])


def flip(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


# Damage -------------------------------------------------------------------------------------


def test_every_flipped_bit_is_found(X, path):
    X.save(path)
    data = path.read_bytes()
    for bit in range(8 * len(data)):
        path.write_bytes(flip(data, bit))
        with pytest.raises(ValueError, match=r"is damaged: |is not a file written by"):
            Sequences.load(path)


def test_a_file_that_is_cut_anywhere_or_longer_is_refused(X, path):
    X.save(path)
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(ValueError, match=r"is damaged: it|is not a file written by"):
            Sequences.load(path)
    path.write_bytes(data + b"\0")
    message = f"its header announces {len(data)} bytes, and {len(data) + 1} are there"
    with pytest.raises(ValueError, match=message):
        Sequences.load(path)


def test_the_samples_of_damaged_frames_are_named(path):
    """Three blocks of 2**18 numbers: samples have 4 frames of 2**14 numbers, 16 in a block."""
    X = Sequences(np.zeros((48, 2**14), np.float32), np.arange(0, 49, 4))
    X.save(path)
    data = path.read_bytes()
    middle = 8 * (len(data) - 3 * 2**19)
    path.write_bytes(flip(data, middle))
    message = "the frames of samples 4, 5, 6, 7 do not match their checksums"
    for options in ({}, {"mmap_mode": None}, {"verify": True}):
        with pytest.raises(ValueError, match=message):
            Sequences.load(path, **options)


def test_samples_that_overlap_with_a_damaged_block_are_named(path, monkeypatch):
    """The oracle compares every number of a block with the sample that it is in."""
    monkeypatch.setattr(_file, "BLOCK", 20)
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 5, 9)
    X = Sequences(rng.normal(size=(lengths.sum(), 3)), np.concatenate([[0], np.cumsum(lengths)]))
    X.save(path)
    data = path.read_bytes()
    sample_of = np.repeat(np.repeat(np.arange(9), lengths), 3 * 4)  # of every byte
    start = len(data) - len(sample_of)
    for byte in range(0, len(sample_of), 7):
        block = byte // 20
        expected = np.unique(sample_of[block * 20 : (block + 1) * 20])
        path.write_bytes(flip(data, 8 * (start + byte)))
        names = ", ".join(map(str, expected))
        with pytest.raises(ValueError, match=f"the frames of samples {names} do not match"):
            Sequences.load(path, verify=True)


def test_blocks_that_are_not_sampled_are_verified_on_request(path, monkeypatch):
    monkeypatch.setattr(_file, "BLOCK", 64)
    X = Sequences(np.random.default_rng(0).normal(size=(800, 2)), [0, 800])  # 100 blocks
    X.save(path)
    assert Sequences.load(path, verify=True) == X
    data = path.read_bytes()
    found = []
    for block in range(100):
        path.write_bytes(flip(data, 8 * (len(data) - 6400 + block * 64 + 13)))
        for options in ({"verify": True}, {"mmap_mode": None}):
            with pytest.raises(ValueError, match="of samples 0 do not match"):
                Sequences.load(path, **options)
        try:
            Sequences.load(path)
        except ValueError:
            found.append(block)
    assert len(found) == 8
    assert found[0] == 0
    assert found[-1] == 99


def test_little_of_a_large_file_is_read(path, monkeypatch):
    """A hole of 20 GB, whose blocks are all alike."""
    n_frames = 5 * 10**9
    n_blocks = -(-n_frames * 4 // 2**20)
    sums = [zlib.crc32(bytes(2**20))] * (n_blocks - 1)
    sums.append(zlib.crc32(bytes(n_frames * 4 - (n_blocks - 1) * 2**20)))
    text = b'{"speaker": null, "session": null, "frame_step": null}'
    body = text + np.array([0, n_frames], "<i8").tobytes() + np.array(sums, "<u4").tobytes()
    body += bytes(-(START + len(body)) % 64)
    first = b"sklearn_ser sequences 2\n" + struct.pack("<4Q", len(text), 1, n_frames, 1)
    path.write_bytes(first + struct.pack("<L", zlib.crc32(first + body)) + body)
    os.truncate(path, START + len(body) + n_frames * 4)
    counted = []

    def count(data, *start):
        counted.append(len(data))
        return zlib.crc32(data, *start)

    monkeypatch.setattr(_file, "zlib", types.SimpleNamespace(crc32=count))
    assert Sequences.load(path).values.shape == (n_frames, 1)
    assert sum(counted) <= 8 * 2**20 + len(first + body)


# Forgery: the checksums are right -----------------------------------------------------------


def test_the_format_is_what_it_says(X, path):
    """Written byte by byte, and by `save`."""
    X.save(path)
    speaker = ["Ann", {"voice": "Ann low", "person": "Ann"}, None]
    text = {"speaker": speaker, "session": None, "frame_step": 0.5}
    text["ids"] = [["a.wav", 0.0, 1], ["a.wav", 1.0, 2], ["b.wav", None, 3]]
    text["ids_are_range"] = False
    assert path.read_bytes() == write_new(None, text, OFFSETS, FRAMES)
    opened = Sequences.load(path)
    assert opened == X
    assert list(opened.ids) == list(X.ids)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"speaker": "Ann"}, "'speaker' must be a number, a list or null"),
        ({"speaker": {"voice": "a", "person": "b"}}, "'speaker' must be a number, a list or null"),
        ({"speaker": 3}, "is damaged: "),
        ({"speaker": ["Ann"]}, "speaker must have one value per sample: 3, got 1"),
        ({"speaker": [{}, None, None]}, "a speaker must be a text, a number, null, or a person"),
        ({"speaker": [{"voice": 1, "person": "A"}] * 3}, "a speaker must be a text"),
        ({"speaker": [{"voice": "A", "person": ["A"]}] * 3}, "a speaker must be a text"),
        ({"frame_step": -1}, "frame_step must be a positive number"),
        ({"frame_step": "1"}, "'frame_step' must be a number, a list or null"),
        ({"frame_step": [1]}, "frame_step must be a positive number"),
        ({"frame_step": 10**400}, "'frame_step' must be a number"),
        ({"frame_step": float("nan")}, "'frame_step' must be a number"),
        ({"frame_step": float("inf")}, "'frame_step' must be a number"),
        ({"ids": [1, 2]}, "one id per sample: 3, got 2"),
        ({"ids": 3}, "is damaged: "),
        ({"ids": [10**30, 1, 2]}, "is damaged: "),
        ({"ids": [{"a": 1}, 1, 2]}, "a speaker must be a text"),
    ],
)
def test_forged_attributes(path, changed, message):
    path.write_bytes(write_new(None, ATTRIBUTES | changed, OFFSETS, FRAMES))
    with pytest.raises(ValueError, match=message):
        Sequences.load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is damaged: Expecting value"),
        (b"[]", "its attributes are a list, not a dict"),
        (b"{", "is damaged: "),
        (b"\xff\xfe", "is damaged: .*utf-8"),
        (b"[" * 200_000 + b"]" * 200_000, "nested too deeply"),
        (b'{"speaker": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"frame_step": ' + b"9" * 10_000 + b"}", "is damaged: .* digits"),
        (b"{}", "has no 'speaker': it holds"),
    ],
)
def test_forged_text(path, text, message):
    path.write_bytes(write_new(None, text, OFFSETS, FRAMES))
    with pytest.raises(ValueError, match=message):
        Sequences.load(path)


@pytest.mark.parametrize(
    "settings",
    [
        {"segment_length": 0, "segment_step": 1},
        {"segment_length": 2.5, "segment_step": 1},
        {"segment_length": True, "segment_step": 1},
        {"segment_length": 3, "segment_step": 10**30},
        {"segment_length": 10**30, "segment_step": 1},
        {"segment_length": None, "segment_step": 1},
        {"segment_length": 3, "segment_step": [1]},
        {"segment_length": 6, "segment_step": 1},
    ],
)
def test_forged_segments(path, settings):
    path.write_bytes(write_new(None, ATTRIBUTES | settings, OFFSETS, FRAMES))
    with pytest.raises(ValueError, match=r"is damaged: .*segment"):
        Segments.load(path)


BIG = 2**63


@pytest.mark.parametrize(
    "offsets",
    [
        [1, 4, 4, 7],
        [0, 4, 3, 7],
        [0, 4, 4, 8],
        [0, 4, 4, 6],
        [0, -1, 4, 7],
        [0, 2**62, 4, 7],
        # No difference of two is negative in 64 bits.
        [0, BIG - 1, -BIG, -1, 7],
    ],
)
def test_forged_offsets(path, offsets):
    for data in (
        write_new(None, ATTRIBUTES, offsets, FRAMES),
        write_old(ATTRIBUTES, offsets, FRAMES),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"is damaged: offsets must rise from 0 to .*\(7\)"):
            Sequences.load(path)
    with pytest.raises(ValueError, match="offsets must rise from 0"):
        Sequences(FRAMES, offsets)


TEXT = 54


@pytest.mark.parametrize(
    "sizes",
    [
        (TEXT, 3, 14, 1),
        (TEXT, 3, 2**63, 2**63),
        (TEXT, 3, 7 + 2**62, 2),  # the product is right in 64 bits
        (TEXT, 2**61 + 3, 7, 2),
        (2**64 - 1, 3, 7, 2),
        (TEXT, 2**64 - 1, 7, 2),
        (TEXT, 3, 2**64 - 1, 0),
        (TEXT - 8, 4, 7, 2),
        (0, 3, 7, 2),
        (TEXT, 0, 7, 2),
        (TEXT, 3, 1, 14),
        (TEXT, 3, 0, 0),
    ],
)
def test_forged_sizes(path, sizes):
    path.write_bytes(write_new(sizes, ATTRIBUTES, OFFSETS, FRAMES))
    with pytest.raises(ValueError, match="is damaged: "):
        Sequences.load(path)


def test_frames_without_features_are_neither_written_nor_read(path):
    """Nothing would bound their number."""
    message = "frames must have at least one feature, got shape"
    with pytest.raises(ValueError, match=message):
        Sequences(np.zeros((3, 0)), [0, 3]).save(path)
    none = np.zeros((7, 0), np.float32)
    for data in (write_new(None, ATTRIBUTES, OFFSETS, none), write_old(ATTRIBUTES, OFFSETS, none)):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=f"is damaged: {message}"):
            Sequences.load(path)


@pytest.mark.parametrize("mmap_mode", ["r", "c", None])
def test_samples_without_frames(path, mmap_mode):
    for X in (Sequences(FRAMES, OFFSETS)[[1]], Sequences(FRAMES, OFFSETS)[[]]):
        X.save(path)
        assert Sequences.load(path, mmap_mode, verify=True) == X
        assert Sequences.load(path, mmap_mode).values.shape == (0, 2)


# Files of earlier versions ------------------------------------------------------------------


@pytest.mark.parametrize("mmap_mode", ["r", "c", None])
def test_a_file_without_checksums_is_read(path, mmap_mode):
    speaker = ["Ann", {"voice": "Ann low", "person": "Ann"}, None]
    path.write_bytes(write_old({"speaker": speaker, "session": None}, OFFSETS, FRAMES))
    found = Sequences.load(path, mmap_mode)
    assert found == Sequences(FRAMES, OFFSETS, ["Ann", AlteredSpeaker("Ann", "low"), None])
    with pytest.raises(ValueError, match=r"cannot be verified: .* Load it without verify=True"):
        Sequences.load(path, mmap_mode, verify=True)
    found.save(path)
    assert Sequences.load(path, mmap_mode, verify=True) == found


@pytest.mark.parametrize(
    "frames",
    [
        FRAMES.astype(object),
        FRAMES.astype(">f4"),
        FRAMES.astype("<f8"),
        FRAMES.astype("<i4"),
        FRAMES.view("V4"),
        np.asfortranarray(FRAMES),
        FRAMES.ravel(),
        FRAMES[None],
        np.zeros(7, "<f4,<f4"),
    ],
)
@pytest.mark.parametrize("mmap_mode", ["r", None])
def test_other_arrays_are_refused(path, frames, mmap_mode):
    path.write_bytes(write_old(ATTRIBUTES, OFFSETS, frames))
    with pytest.raises(ValueError, match="is damaged: an array "):
        Sequences.load(path, mmap_mode)


def test_any_flipped_bit_is_an_error_or_frames(path):
    whole = write_old(ATTRIBUTES, OFFSETS, FRAMES)
    start = len(whole) - FRAMES.nbytes
    for bit in range(8 * len(whole)):
        path.write_bytes(flip(whole, bit))
        try:
            found = Sequences.load(path)
        except ValueError:
            assert bit < 8 * start
        else:
            assert found.values.shape == FRAMES.shape
            assert (found.values.view("i4") != FRAMES.view("i4")).sum() == (bit >= 8 * start)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (7, 2), ",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (7, 2), }'''",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (-7, -2), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 5000 + b", 2), }\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (7, 4611686018427387906), }\n",
        b"(" * 60_000,
        b"",
    ],
)
def test_forged_headers(path, header):
    whole = write_old(ATTRIBUTES, OFFSETS, FRAMES)
    at = whole.rindex(b"\x93NUMPY")
    head = struct.pack("<H", len(header)) + header
    path.write_bytes(whole[:at] + b"\x93NUMPY\x01\x00" + head + FRAMES.tobytes())
    with pytest.raises(ValueError, match="is damaged: "):
        Sequences.load(path)


# What is no file ----------------------------------------------------------------------------


@pytest.mark.posix
def test_pipes_and_devices_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ValueError, match="is a pipe or a device, not a file written by"):
            Sequences.load(path)
    with pytest.raises(IsADirectoryError):
        Sequences.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        Sequences.load(tmp_path / "none")


def test_a_file_is_never_opened_for_writing(X, path):
    X.save(path)
    with pytest.raises(ValueError, match=r"mmap_mode must be 'r', 'c' or None, got 'r\+'"):
        Sequences.load(path, "r+")


def test_speakers_that_are_dicts_are_not_written(path):
    X = Sequences(FRAMES, OFFSETS, [{"a": 1}, None, None])
    with pytest.raises(TypeError, match="dict cannot be written"):
        X.save(path)
    assert not path.exists()


@pytest.mark.linux
def test_forged_files_are_refused_or_read(tmp_path):
    """In a process of its own, whose memory is limited; see its docstring for more cases."""
    program = Path(__file__).with_name("fuzz") / "frames.py"
    command = [sys.executable, str(program), "--cases", "300", "--seed", "0"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    # Both kinds came up, or nothing was tested.
    assert "refused" in done.stdout
    assert "read" in done.stdout
