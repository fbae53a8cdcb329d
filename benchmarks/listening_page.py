"""Measure a listening page: its size, the time to write it, and the time until it can be used.

    python benchmarks/listening_page.py [FOLDER] [--clips 500] [--seconds 3] [--repeats 3]

FOLDER has recordings of speech; by default, those that the package contains. They are joined, and
cut into clips of equal length, repeated as often as needed. The page shows an emotion profile of
each clip, and twenty raters. Needs selenium and Chromium.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from sklearn_ser import Ratings, Segments
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.inspection import listening_page
from sklearn_ser.speech._audio import SAMPLING_RATE, read_clip
from sklearn_ser.speech._recordings import check_audio

CLASSES = ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"]


def cut_speech(files, n_clips, seconds):
    speech = np.concatenate([read_clip(clip) for clip in check_audio(files).clips])
    length = int(seconds * SAMPLING_RATE)
    # Repeated clips start at other places, so that no two are the same.
    starts = np.arange(n_clips) * length * 1.013 % (len(speech) - length)
    return [speech[int(start) :][:length] for start in starts]


def draw_answers(n_clips, seconds, rng):
    """Return ratings, probabilities and profiles of clips, as segments of 0.32 s have them."""
    codes = rng.integers(len(CLASSES), size=(n_clips, 20))
    ratings = Ratings.from_wide(np.array(CLASSES)[codes], annotators=[f"E{i}" for i in range(20)])
    frames = [np.zeros((int(seconds * 100), 1), np.float32)] * n_clips
    segments = Segments.from_arrays(frames, segment_length=32, segment_step=4, frame_step=0.01)
    n_classes = len(CLASSES)
    profile = [rng.dirichlet(np.ones(n_classes), len(segments.times(i))) for i in range(n_clips)]
    return ratings, rng.dirichlet(np.ones(n_classes), n_clips), profile, segments


def open_page(path):
    """Return seconds until the list can be used, and until all sounds are there."""
    chrome = webdriver.ChromeOptions()
    chrome.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        chrome.add_argument(argument)
    driver = webdriver.Chrome(options=chrome, service=Service(shutil.which("chromedriver")))
    try:
        driver.get(f"file://{path}")
        return driver.execute_script(
            """
            const {loadEventEnd} = performance.getEntriesByType("navigation")[0];
            return [Number(document.documentElement.dataset.ready), loadEventEnd];
            """
        )
    finally:
        driver.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.folder is None:
        files = load_emodb_sample().data["file"].tolist()
    else:
        files = [str(path) for path in sorted(options.folder.glob("*.wav"))]
    clips = cut_speech(files, options.clips, options.seconds)
    rng = np.random.default_rng(0)
    ratings, proba, profile, frames = draw_answers(options.clips, options.seconds, rng)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        paths = listening_page(
            ratings,
            clips,
            os.path.join(folder, "page.html"),
            proba=proba,
            classes=CLASSES,
            profile=profile,
            frames=frames,
        )
        seconds = time.perf_counter() - start
        size = os.path.getsize(paths[0]) / 1e6
        print(f"{options.clips} clips of {options.seconds:g} s: {len(paths)} page, {size:.1f} MB")
        print(f"written in {seconds:.1f} s")
        ready, loaded = zip(*(open_page(paths[0]) for _ in range(options.repeats)), strict=True)
        for name, found in (("list usable", ready), ("sounds loaded", loaded)):
            print(
                f"{name} after {statistics.median(found) / 1000:.2f} s (at most "
                f"{max(found) / 1000:.2f} s)"
            )


if __name__ == "__main__":
    main()
