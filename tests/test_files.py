"""Files that are written completely or not at all, where people and links expect them."""

import os
import stat
import subprocess
import sys

import pytest

from sklearn_ser.features import FramePooler
from sklearn_ser.io import load, save
from sklearn_ser.utils._files import open_atomically


def write(path, content=b"new"):
    with open_atomically(path) as file:
        file.write(content)


def get_mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755])
def test_modes_are_kept(mode, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path)
    assert path.read_bytes() == b"new"
    assert get_mode(path) == mode


@pytest.mark.posix
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_new_files_have_the_mode_of_the_user(mask, tmp_path):
    before = os.umask(mask)
    try:
        write(tmp_path / "file")
    finally:
        os.umask(before)
    assert get_mode(tmp_path / "file") == 0o666 & ~mask


@pytest.mark.posix
def test_nobody_else_reads_a_secret_while_it_is_written(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with open_atomically(path) as file:
        assert get_mode(file.fileno()) == 0o600
        file.write(b"new")


@pytest.mark.posix
@pytest.mark.parametrize("is_relative", [True, False])
def test_links_stay_links(is_relative, tmp_path):
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "v1", tmp_path / "latest"
    target.write_bytes(b"old")
    link.symlink_to("store/v1" if is_relative else target)
    second = tmp_path / "second"
    second.symlink_to(link)
    write(second)
    assert second.is_symlink()
    assert link.is_symlink()
    assert target.read_bytes() == link.read_bytes() == b"new"
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["latest", "second", "store", "v1"]


@pytest.mark.posix
def test_a_link_to_nothing_makes_its_target(tmp_path):
    (tmp_path / "link").symlink_to("target")
    write(tmp_path / "link")
    assert (tmp_path / "target").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.posix
def test_pipes_and_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    for name in ("pipe", "null"):
        with pytest.raises(OSError, match="A pipe, a device or a socket is not replaced"):
            save(FramePooler(), tmp_path / name)
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(IsADirectoryError):
        write(tmp_path)


KILLED = """
import os, signal, sys
from sklearn_ser.utils._files import open_atomically
with open_atomically(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
WAITING = """
import sys
from sklearn_ser.utils._files import open_atomically
with open_atomically(sys.argv[1]) as file:
    file.write(b"slow")
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.posix
def test_leftovers_of_the_killed_are_removed_and_nothing_else(tmp_path):
    path, other = tmp_path / "model.skops", tmp_path / "model.skops.old"
    for target in (path, path, other):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
        assert killed.returncode == -9
    (tmp_path / "model.skops.partial").write_bytes(b"mine")
    (tmp_path / f"model.skops.{'0' * 31}g.partial").write_bytes(b"mine")
    (tmp_path / f"model.skops.{'0' * 32}.partial").mkdir()
    # The second of those that were killed removed what the first had left.
    assert len(list(tmp_path.iterdir())) == 5
    save(FramePooler(3), path)
    assert load(path).size == 3
    left = sorted(file.name for file in tmp_path.iterdir())
    assert len(left) == 5
    assert [name.startswith("model.skops.old.") for name in left].count(True) == 1


@pytest.mark.posix
def test_what_another_process_is_writing_is_left(tmp_path):
    path = tmp_path / "file"
    command = [sys.executable, "-c", WAITING, str(path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as slow:
        assert slow.stdout.readline() == "open\n"
        write(path)
        assert path.read_bytes() == b"new"
        slow.communicate("\n")
    assert slow.returncode == 0
    assert path.read_bytes() == b"slow"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    write(path, b"old")
    with pytest.raises(TypeError, match="bytes-like"):
        write(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
