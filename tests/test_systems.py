"""Commands and files work on Linux, macOS and Windows, and in any locale."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from _commands import fail
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier
from sklearn_ser.__main__ import expand_patterns
from sklearn_ser._cli import _partial, main
from sklearn_ser._cli._partial import MARKER, open_partial
from sklearn_ser.features import SegmentLogMel, SequenceStatistics
from sklearn_ser.io import save
from sklearn_ser.utils import _files
from sklearn_ser.utils._files import open_atomically

LABELS = ["Ärger", "łzy"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A table of recordings with answers in German and in Polish."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    files = [f"{i}.wav" for i in range(6)]
    for file in files:
        soundfile.write(file, rng.normal(0, 0.1, 8000), 16000)
    rows = [(file, f"S{i % 3}", "E1", LABELS[i % 2]) for i, file in enumerate(files)]
    table = pd.DataFrame(rows, columns=["file", "speaker", "rater", "label"])
    table.to_csv("table.csv", index=False, encoding="utf-8")
    return tmp_path


# Characters


@pytest.mark.parametrize(
    "settings",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONUTF8": "1"},
    ],
    ids=str,
)
def test_labels_that_a_terminal_lacks_do_not_stop_a_command(here, settings):
    others = re.compile("LC_.*|LANG.*|PYTHON(UTF8|IOENCODING)")
    env = {name: value for name, value in os.environ.items() if not others.fullmatch(name)}
    command = [sys.executable, "-m", "sklearn_ser", "describe", "table.csv", "--out", "out"]
    done = subprocess.run(command, env=env | settings, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    encoding = settings.get("PYTHONIOENCODING", "utf-8" if "PYTHONUTF8" in settings else "ascii")
    encoding = "ascii" if settings.get("PYTHONUTF8") == "0" else encoding.split(":")[0]
    for label in LABELS:
        assert label.encode(encoding, "backslashreplace") in done.stdout
        assert label in Path("out/corpus.txt").read_text(encoding="utf-8")
        assert label in Path("out/corpus.html").read_text(encoding="utf-8")


@pytest.fixture
def model(here):
    rng = np.random.default_rng(0)
    signals = [rng.normal(0, 0.1, 8000) for _ in range(6)]
    features = SegmentLogMel(segment_step=30), SequenceStatistics()
    classifier = ConsensusClassifier(DummyClassifier())
    save(make_pipeline(*features, classifier).fit(signals, LABELS * 3), "model.skops")
    return "model.skops"


@pytest.mark.linux
@pytest.mark.unicode
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.wav", r"caf\udce9.wav"),
        (b"\xff/a.wav", r"\udcff/a.wav"),
        (b"\xc3.wav", r"\udcc3.wav"),
    ],
)
def test_names_of_files_that_are_no_text(here, model, name, shown, capsys):
    path = os.path.join(b"new", name)
    os.makedirs(os.path.dirname(path))
    shutil.copy(b"0.wav", path)
    shutil.copy("1.wav", "new/ä.wav")
    said = f"names of files must be text in UTF-8; not {{}}{shown}. Rename them, or choose a "
    line = fail(["predict", model, "new", "--out", "p.csv"], capsys)
    assert said.format("new/") in line
    line = fail(["predict", model, os.fsdecode(path), "--out", "p.csv"], capsys)
    assert said.format("new/") in line
    command = ["describe", "new", "--ratings", "table.csv", "--columns", "label=label"]
    assert said.format(f"{here}/new/") in fail(command, capsys)
    os.unlink(path)
    main(["predict", model, "new", "--out", "p.csv"])
    assert pd.read_csv("p.csv")["file"].tolist() == ["new/ä.wav"]


# Lines


def test_lines_end_alike_on_all_systems(here, monkeypatch):
    main(["describe", "table.csv", "--out", "there"])
    monkeypatch.setattr(os, "linesep", "\r\n")
    main(["describe", "table.csv", "--out", "here"])
    tables = sorted(Path("here").glob("*.csv"))
    assert tables
    for path in tables:
        assert path.read_bytes() == Path("there", path.name).read_bytes()
        assert b"\r" not in path.read_bytes()


# Patterns


def test_patterns_are_replaced_by_the_files_that_match(tmp_path, monkeypatch, set_home):
    monkeypatch.chdir(tmp_path)
    set_home(tmp_path)
    Path("new").mkdir()
    for name in ("b.wav", "a.wav", "a.txt", "[x].wav"):
        Path("new", name).touch()
    found = [os.path.join("new", name) for name in ("[x].wav", "a.wav", "b.wav")]
    given = ["predict", "m.skops", os.path.join("new", "*.wav"), "--out", "p.csv"]
    assert expand_patterns(given) == [*given[:2], *found, *given[3:]]
    assert expand_patterns([os.path.join("new", "?.wav")]) == found[1:]
    assert expand_patterns([os.path.join("~", "new", "a.*")]) == [
        os.path.join(str(tmp_path), "new", name) for name in ("a.txt", "a.wav")
    ]
    # What no file matches, and what is no pattern.
    same = ["*.flac", os.path.join("new", "[x].wav"), "-", "", "~", "joy=happy"]
    assert expand_patterns(same) == same


# Files in use


@pytest.fixture
def windows(monkeypatch):
    """As on Windows, there is no fcntl, and files that are open or read-only are not removed."""
    unlink = os.unlink

    def refuse(path, *, dir_fd=None):
        folder = "" if dir_fd is None else os.path.realpath(f"/proc/self/fd/{dir_fd}")
        path = os.path.realpath(os.path.join(folder, path))
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        if path in map(os.path.realpath, links) or not os.stat(path).st_mode & stat.S_IWUSR:
            raise PermissionError(f"{path} is in use, or read-only")
        unlink(path)

    monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.setattr(os, "remove", refuse)
    for module in (_partial, _files):
        monkeypatch.setattr(module, "fcntl", None)


@pytest.mark.linux
@pytest.mark.usefixtures("windows")
def test_finished_work_is_deleted_on_windows(tmp_path):
    with open_partial(tmp_path / "p.csv") as partial:
        (partial / "batch").touch()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ZeroDivisionError), open_partial(tmp_path / "p.csv") as partial:
        raise ZeroDivisionError
    assert [path.name for path in partial.iterdir()] == [MARKER]


@pytest.mark.linux
@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_nothing_is_left_beside_a_file_on_windows(mode, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    with open_atomically(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(ZeroDivisionError), open_atomically(path) as file:
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == [path]
