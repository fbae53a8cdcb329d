"""Settings that must hold before anything else is imported, and data that several files use."""

import os
import sys
from pathlib import Path

import pytest

# scikit-learn skips its check of array API input otherwise; scipy reads this when it is imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Threads of tiny networks mostly wait for each other; on a busy machine, for long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Where tests with a marker run; pyproject.toml says what they need.
SYSTEMS = {
    "posix": os.name == "posix",
    "linux": sys.platform == "linux",
    "unicode": sys.getfilesystemencoding() == "utf-8",
}


def pytest_collection_modifyitems(items):
    """Skip the tests of what this system does not have."""
    for item in items:
        for name, is_here in SYSTEMS.items():
            if item.get_closest_marker(name) and not is_here:
                item.add_marker(pytest.mark.skip(reason=f"needs {name}"))


@pytest.fixture
def set_home(monkeypatch):
    """A function that makes a folder the home of the user."""

    def set_home(folder):
        for name in ("HOME", "USERPROFILE"):  # of POSIX and of Windows
            monkeypatch.setenv(name, str(folder))

    return set_home


@pytest.fixture(scope="session")
def emodb():
    """Folder of real recordings: some of Emo-DB, with its listening test."""
    if "SKLEARN_SER_DATA" not in os.environ:
        pytest.skip("SKLEARN_SER_DATA, the folder of real recordings, is not set")
    return Path(os.environ["SKLEARN_SER_DATA"]) / "emodb"


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """Folder of a pretrained encoder that is tiny and has random weights."""
    from _tiny_encoders import save_tiny_whisper

    folder = tmp_path_factory.mktemp("whisper")
    save_tiny_whisper(folder)
    return folder


@pytest.fixture(scope="session")
def whisper():
    """Folder of the smallest Whisper, with its trained weights."""
    if "SKLEARN_SER_MODELS" not in os.environ:
        pytest.skip("SKLEARN_SER_MODELS, the folder of pretrained models, is not set")
    return Path(os.environ["SKLEARN_SER_MODELS"]) / "whisper-tiny.en"


@pytest.fixture(scope="session")
def X():
    """Two kinds of noise, told apart by their mean; four speakers."""
    import numpy as np

    from sklearn_ser import Sequences

    rng = np.random.default_rng(0)
    frames = [rng.normal(i % 2, 1, size=(6, 3)) for i in range(40)]
    return Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 10))


@pytest.fixture(scope="session")
def y():
    """What three raters say of them."""
    from sklearn_ser import Ratings

    cells = [["sad", "sad", "angry"], ["angry", None, "angry"]]
    cells += [["sad", "angry", None], ["angry", "sad", "sad"]]
    return Ratings.from_wide(cells * 10, annotators=["E1", "E2", "E3"])


@pytest.fixture
def folder(tmp_path):
    """Folder of six recordings, for tables of them."""
    from _tables import CLIPS, write_clips

    write_clips(tmp_path, [f"audio/{clip}.wav" for clip in CLIPS])
    return tmp_path


@pytest.fixture
def recordings(folder):
    """Path of the table of these recordings."""
    import pandas as pd
    from _tables import CLIPS, SPEAKERS

    table = pd.DataFrame({"file": [f"audio/{clip}.wav" for clip in CLIPS], "speaker": SPEAKERS})
    table.to_csv(folder / "recordings.csv", index=False)
    return folder / "recordings.csv"


@pytest.fixture
def wide():
    """What three raters said of these recordings, with one column per rater."""
    import pandas as pd
    from _tables import CELLS, CLIPS

    return pd.DataFrame({"file": [f"audio/{clip}.wav" for clip in CLIPS], **CELLS})


@pytest.fixture
def long(wide):
    """The same, with one row per answer."""
    table = wide.melt("file", var_name="rater", value_name="label").dropna()
    return table.reset_index(drop=True)
