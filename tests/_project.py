"""Read the files in the root of the repository."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETTINGS = configparser.ConfigParser()
SETTINGS.read(ROOT / "setup.cfg", encoding="utf-8")
PYTHONS = re.findall(r"Python :: (3\.\d+)", SETTINGS["metadata"]["classifiers"])


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")
