"""Files in a folder of results, where nothing is replaced but what this package wrote."""

import fnmatch
import hashlib
import json
import os
from pathlib import Path

from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._messages import join_names

# It has the digests of the files that were written, by their path relative to the folder.
MANIFEST = "sklearn_ser.json"


def write_files(folder, texts):
    """Write files into a folder, each completely or not at all.

    Parameters
    ----------
    folder : path-like
    texts : dict of str to str
        Contents of files by their name, which may be a path relative to the folder.

    Raises
    ------
    FileExistsError
        If a file would be replaced that this package did not write, or that was changed since.
    """
    check_own(folder, texts)
    known = _read_manifest(folder) or {}
    for name, text in texts.items():
        path = _locate(folder, name)
        # The present file stays known until it is replaced, should this process be killed.
        present = [_digest(path.read_bytes())] if path.is_file() else []
        known[name] = [*present, _digest(text.encode())]
    _write(Path(folder, MANIFEST), json.dumps({"files": known}, indent=1))
    for name, text in texts.items():
        _write(_locate(folder, name), text)


def check_own(folder, patterns):
    """Raise an error if a folder has files that must not be replaced.

    Parameters
    ----------
    folder : path-like
    patterns : iterable of str
        Names of the files to write, which may have ``*`` in them.

    Raises
    ------
    FileExistsError
        If this package did not write a file of such a name, or it was changed since.
    """
    known = _read_manifest(folder)
    foreign = [MANIFEST] if known is None else []
    for name, path in find_present(folder, patterns).items():
        if _digest(path.read_bytes()) not in (known or {}).get(name, ()):
            foreign.append(name)
    if foreign:
        raise FileExistsError(
            f"{folder} has files that would be replaced, and that this package did not write, or "
            f"that were changed since: {join_names(foreign)}. Name another output folder, or move "
            "these files."
        )


def list_own(folder):
    """Return the paths of the files that this package wrote into a folder."""
    return [_locate(folder, name) for name in _read_manifest(folder) or ()]


def find_present(folder, patterns):
    """Return the paths of the files in a folder whose names match, by name."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = {}
    for pattern in patterns:
        for name in fnmatch.filter(names, pattern) if "*" in pattern else [pattern]:
            path = _locate(folder, name)
            if path.is_file():
                found[name] = path
    return found


def _locate(folder, name):
    return Path(os.path.normpath(os.path.join(folder, name)))


def _read_manifest(folder):
    """Return digests by name, or None if the file is somebody else's."""
    path = Path(folder, MANIFEST)
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_bytes())["files"]
    except (ValueError, KeyError, TypeError):
        return None
    return files if isinstance(files, dict) else None


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _write(path, text):
    with open_atomically(path) as file:
        file.write(text.encode())
