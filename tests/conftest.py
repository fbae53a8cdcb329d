"""Settings that must hold before anything else is imported, and the real recordings."""

import os
from pathlib import Path

import pytest

# scikit-learn skips its check of array API input otherwise; scipy reads this when it is imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Threads of tiny networks mostly wait for each other; on a busy machine, for long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def emodb():
    """Folder of real recordings: some of Emo-DB, with its listening test."""
    if "SKLEARN_SER_DATA" not in os.environ:
        pytest.skip("SKLEARN_SER_DATA, the folder of real recordings, is not set")
    return Path(os.environ["SKLEARN_SER_DATA"]) / "emodb"
