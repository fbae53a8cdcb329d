"""Find the files of a corpus in the layouts in which copies circulate."""

import os
from pathlib import Path

from sklearn_ser.utils._messages import join_names, say_count

# In the order of preference, if a recording is there in several formats.
AUDIO = (".wav", ".flac", ".ogg", ".mp3")
POINTER = b"version https://git-lfs.github.com/spec/v1"


def find_recordings(root, suffixes=AUDIO):
    """List the audio files in a folder, at any depth.

    Links to folders are followed, and each folder is visited once. Hidden files and the files that
    macOS adds to archives are left out.

    Parameters
    ----------
    root : Path
    suffixes : tuple of str
        In lower case, each with its dot.

    Returns
    -------
    list of Path
        Sorted, each below `root`.
    """
    found, visited = [], set()
    for folder, folders, names in os.walk(root, followlinks=True):
        whole = os.path.realpath(folder)
        # Links may lead to a folder that was visited, or in circles.
        if whole in visited:
            folders.clear()
            continue
        visited.add(whole)
        folders[:] = sorted(name for name in folders if not _is_junk(name))
        found += [
            Path(folder, name)
            for name in names
            if Path(name).suffix.lower() in suffixes and not _is_junk(name)
        ]
    return sorted(found)


def check_names(files):
    """Raise an error if a table cannot hold the names of files.

    Names are bytes on Linux. Those in an old encoding are no text, and in the locale C, only those
    in ASCII are.

    Parameters
    ----------
    files : iterable of Path

    Raises
    ------
    ValueError
        If some names are not text in UTF-8.
    """
    shown = [(str(file), _show_any(file)) for file in files]
    odd = [name for given, name in shown if name != given]
    if odd:
        raise ValueError(
            f"names of files must be text in UTF-8; not {join_names(odd, most=3)}. Rename them, "
            "or choose a locale in UTF-8 if their names are right."
        )


def group_copies(files, names):
    """Group files by the official name of their recording.

    Parameters
    ----------
    files : iterable of Path
    names : iterable of hashable
        One per file.

    Returns
    -------
    dict of name to list of Path
        The first file of each list is the one to take: in the preferred format, and among these
        the one in the fewest folders, and then the first by path.
    """
    groups = {}
    for file, name in zip(files, names, strict=True):
        groups.setdefault(name, []).append(file)
    return {name: sorted(copies, key=_rank) for name, copies in groups.items()}


def describe_copies(root, groups):
    """Return remarks on recordings that are there more than once.

    Parameters
    ----------
    root : Path
    groups : iterable of list of Path
        The files of each recording, the one that is taken first.

    Returns
    -------
    list of str
    """
    same, different = [], []
    for first, *others in groups:
        # Sizes are compared, since reading whole corpora takes minutes. They say nothing about
        # files in different formats.
        size = first.stat().st_size
        other = next(
            (o for o in others if o.suffix == first.suffix and o.stat().st_size != size), None
        )
        if other is not None:
            different.append(f"{_shorten(first, root)} differs from {_shorten(other, root)}")
        elif others:
            same.append(f"{_shorten(first, root)} is also {_shorten(others[0], root)}")
    remarks = []
    if same:
        count = say_count(len(same), "recording is", "recordings are")
        taken = "is" if len(same) == 1 else "are"
        remarks.append(
            f"{count} there more than once and {taken} taken once ({join_names(same, most=3)})"
        )
    if different:
        count = say_count(len(different), "recording is", "recordings are")
        remarks.append(
            f"{count} there with different contents under the same name, of which the first is "
            f"taken ({join_names(different, most=3)})"
        )
    return remarks


def find_nearby(root, patterns, *, inside=()):
    """Find a file in a folder, or else up to two levels below it.

    Parameters
    ----------
    root : Path
    patterns : sequence of str
        Relative paths, by preference.
    inside : sequence of str
        Names of subfolders of the corpus, in lower case: if `root` is one of these, its parent is
        searched as well.

    Returns
    -------
    Path or None

    Raises
    ------
    ValueError
        If there are several on the same level.
    """
    below = _list_folders(root)
    levels = [[root], below, [folder for parent in below for folder in _list_folders(parent)]]
    whole = Path(os.path.abspath(root))
    if whole.name.lower() in inside:
        levels.insert(1, [whole.parent])
    for folders in levels:
        for pattern in patterns:
            found = [folder / pattern for folder in folders if (folder / pattern).is_file()]
            if len(found) > 1:
                raise ValueError(
                    f"{pattern} is in several folders of {root}: "
                    f"{join_names(_shorten(file.parent, root) for file in found)}; root must be "
                    "one of them."
                )
            if found:
                return found[0]
    return None


def read_text(path, encoding="utf-8"):
    """Read a text file of a corpus, without a byte order mark.

    Parameters
    ----------
    path : Path
    encoding : str

    Returns
    -------
    str
        Characters that cannot be decoded are replaced.

    Raises
    ------
    ValueError
        If the file is a pointer of Git LFS.
    """
    content = path.read_bytes()
    if content.startswith(POINTER):
        raise ValueError(
            f"{path} is a pointer of Git LFS, not the file itself; run `git lfs pull` in its "
            "repository."
        )
    return content.decode(encoding, errors="replace").removeprefix("\ufeff")


def describe_folder(root):
    """Return a sentence on what a folder has, for errors on files that it lacks."""
    if not root.exists():
        return "The folder does not exist."
    if not root.is_dir():
        return "It is a file, not a folder."
    names = sorted(
        f"{path.name}/" if path.is_dir() else path.name
        for path in root.iterdir()
        if not _is_junk(path.name)
    )
    return f"The folder has {join_names(names, most=5)}." if names else "The folder is empty."


def _show_any(file):
    """Return the name of a file, with codes in place of what is not text."""
    return str(file).encode("utf-8", "backslashreplace").decode("utf-8")


def _is_junk(name):
    return name.startswith(".") or name == "__MACOSX"


def _rank(file):
    suffix = file.suffix.lower()
    return AUDIO.index(suffix) if suffix in AUDIO else len(AUDIO), len(file.parts), file


def _shorten(path, root):
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _list_folders(folder):
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not _is_junk(path.name))
