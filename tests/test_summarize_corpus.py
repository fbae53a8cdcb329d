"""What a corpus has, counted by hand, for the corpora of every kind of loader."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.utils import Bunch

from sklearn_ser import AlteredSpeaker, Ratings
from sklearn_ser.datasets import load_emodb_sample, make_dyadic_corpus, summarize_corpus


@pytest.fixture
def corpus(tmp_path):
    """Six recordings, two of which are the same, one missing and one that is no audio."""
    rng = np.random.default_rng(0)
    for name, seconds in (("a", 1), ("b", 2), ("c", 2), ("d", 3)):
        soundfile.write(tmp_path / f"{name}.wav", rng.uniform(-1, 1, 8000 * seconds), 8000)
    shutil.copy(tmp_path / "b.wav", tmp_path / "e.wav")
    (tmp_path / "f.wav").write_text("no audio")
    files = [str(tmp_path / f"{name}.wav") for name in "abcefg"]
    ratings = Ratings.from_wide(
        [
            ["sad", "sad", None],
            ["sad", "happy", None],
            ["happy", "happy", "sad"],
            ["sad", None, None],
            [None, None, None],
            [("sad", "angry"), None, "sad"],
        ],
        annotators=["E1", "E2", "E3"],
        target_classes=["happy", "sad"],
    )
    data = pd.DataFrame({"file": files, "speaker": ["F", "F", "M", None, "M", "F"]})
    return Bunch(data=data, ratings=ratings, DESCR="mine")


def test_counts(corpus):
    tables = summarize_corpus(corpus)
    assert list(tables) == ["Corpus", "Labels", "Raters", "Speakers", "Files"]
    counts = tables["Corpus"]["value"].to_dict()
    assert counts.pop("hours") == pytest.approx((1 + 2 + 2 + 2) / 3600)
    assert counts.pop("alpha") == pytest.approx(corpus.ratings.agreement().alpha)
    assert counts.pop("answers per utterance") == pytest.approx(11 / 6)
    assert counts == {
        "utterances": 6,
        "speakers": 2,
        "raters": 3,
        "answers": 11,
        "ties": 1,  # one sad, one happy; of the last one, two are sad and one angry
        "unrated": 1,
        "unknown speakers": 1,
        "missing files": 1,
        "unreadable files": 1,
        "duplicate recordings": 1,
    }


def test_labels_raters_and_speakers(corpus):
    tables = summarize_corpus(corpus)
    assert tables["Labels"].reset_index().values.tolist() == [
        ["sad", 7, 7 / 11, 3, True],
        ["happy", 3, 3 / 11, 1, True],
        ["angry", 1, 1 / 11, 0, False],
    ]
    raters = tables["Raters"]
    assert raters.index.tolist() == ["E1", "E2", "E3"]
    assert raters[["utterances", "answers"]].values.tolist() == [[5, 6], [3, 3], [2, 2]]
    assert raters["most frequent"].tolist() == ["sad", "happy", "sad"]
    weights = corpus.ratings.agreement().annotators["weight"]
    np.testing.assert_allclose(raters["weight"], weights)
    speakers = tables["Speakers"]
    assert list(speakers) == ["utterances", "minutes", "rated", "happy", "sad"]
    assert speakers.index.tolist() == ["F", "M"]
    np.testing.assert_allclose(
        speakers.to_numpy(float), [[3, 3 / 60, 3, 0, 2], [2, 2 / 60, 1, 1, 0]]
    )


def test_parts_of_files(corpus):
    data = corpus.data.assign(start=[0.25, None, 0.5, 0, 0, 0], end=[0.75, None, None, 1, 2, 3])
    counts = summarize_corpus(Bunch(data=data, ratings=corpus.ratings))["Corpus"]["value"]
    # The file of the last part is missing, and that of the one before is no audio.
    assert counts["hours"] == pytest.approx((0.5 + 2 + 1.5 + 1 + 2 + 3) / 3600)
    assert counts["parts outside files"] == 0


@pytest.mark.parametrize(
    ("start", "end", "hours", "outside"),
    [
        ([0, 0.5, 1], [100, 1, 2], 1 + 0.5 + 1, 1),
        ([5, 0, 0], [None, 5, 2.005], 0 + 2 + 2, 2),
        ([1, 2, 7], [2, None, 8], 0, 3),
        ([0.25, None, None], [1.005, 2, None], 0.75 + 2 + 2, 0),
    ],
)
def test_parts_outside_files(corpus, start, end, hours, outside):
    """Of files of one, two and two seconds."""
    data = corpus.data[:3].assign(start=start, end=end)
    tables = summarize_corpus(Bunch(data=data, ratings=corpus.ratings[:3]))
    counts = tables["Corpus"]["value"]
    assert counts["hours"] == pytest.approx(hours / 3600)
    assert counts["parts outside files"] == outside
    assert tables["Speakers"]["minutes"].sum() == pytest.approx(hours / 60)


def test_waveforms_and_altered_speakers():
    made = make_dyadic_corpus(n_sessions=2, n_utterances=6, random_state=0)
    counts = summarize_corpus(made)["Corpus"]["value"]
    lengths = [len(signal) for signal in made.data["signal"]]
    assert counts["hours"] == pytest.approx(sum(lengths) / made.sampling_rate / 3600)
    assert counts["sessions"] == 2
    assert "missing files" not in counts
    speakers = made.data["speaker"]
    altered = [AlteredSpeaker(s, "slower") if i % 2 else s for i, s in enumerate(speakers)]
    data = made.data.assign(speaker=pd.Series(altered, dtype=object))
    again = summarize_corpus(Bunch(data=data, ratings=made.ratings))
    assert again["Corpus"]["value"]["speakers"] == counts["speakers"] == 4
    assert np.isnan(again["Corpus"]["value"]["hours"])


def test_a_real_corpus():
    corpus = load_emodb_sample()
    tables = summarize_corpus(corpus)
    counts = tables["Corpus"]["value"]
    seconds = sum(soundfile.info(file).duration for file in corpus.data["file"])
    assert counts["hours"] == pytest.approx(seconds / 3600)
    assert tables["Speakers"]["utterances"].sum() == len(corpus.data) == counts["utterances"]
    assert tables["Labels"]["answers"].sum() == counts["answers"]
    # Counts of anonymous raters.
    assert corpus.ratings.is_anonymous.all() == (counts["raters"] == 0) == tables["Raters"].empty


def test_nothing_is_known():
    ratings = Ratings.from_labels([None, None])
    data = pd.DataFrame({"file": ["x\0.wav", "."]})
    tables = summarize_corpus(Bunch(data=data, ratings=ratings))
    counts = tables["Corpus"]["value"]
    assert counts[["unrated", "unknown speakers", "missing files"]].tolist() == [2, 2, 2]
    assert np.isnan(counts["hours"])
    assert np.isnan(counts["alpha"])
    assert all(tables[name].empty for name in ("Labels", "Raters", "Speakers"))


def test_files_of_the_same_size_are_compared(tmp_path):
    """Files differ in their beginning or their end; copies do not."""
    size = 200_000
    contents = {
        "a": b"\0" * size,
        "b": b"\0" * (size - 1) + b"\1",
        "c": b"\1" + b"\0" * (size - 1),
    }
    for name, content in {**contents, "d": contents["b"], "e": b"\0" * 10}.items():
        (tmp_path / name).write_bytes(content)
    data = pd.DataFrame({"file": [str(tmp_path / name) for name in "abcdea"]})
    tables = summarize_corpus(Bunch(data=data, ratings=Ratings.from_labels(["x"] * 6)))
    assert tables["Corpus"]["value"]["duplicate recordings"] == 1


def test_other_samples(corpus):
    message = "data and ratings must be of the same samples; got 3 and 6."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        summarize_corpus(Bunch(data=corpus.data[:3], ratings=corpus.ratings))
    assert Path(corpus.data["file"][0]).is_file()


def test_files_that_cannot_be_heard_are_named(corpus, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(0), 8000)
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "page.wav").write_text("<html>not found</html>")
    (tmp_path / "film.wav").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)))
    (tmp_path / "odd.wav").write_bytes(bytes(range(128, 256)) * 9)
    (tmp_path / "folder.wav").mkdir()
    names = ["silent", "empty", "page", "film", "odd", "folder"]
    more = pd.DataFrame({"file": [str(tmp_path / f"{name}.wav") for name in names]})
    data = pd.concat([corpus.data, more], ignore_index=True)
    ratings = Ratings.from_labels(["sad"] * len(data))
    tables = summarize_corpus(Bunch(data=data, ratings=ratings))
    assert list(tables) == ["Corpus", "Labels", "Raters", "Speakers", "Files"]
    found = tables["Files"]["problem"].to_dict()
    said = {Path(file).stem: problem for file, problem in found.items()}
    assert said.pop("odd").startswith("cannot be read as audio: ")
    assert said == {
        "f": "cannot be read as audio: it is a text file",
        "g": "does not exist",
        "silent": "has no samples",
        "empty": "cannot be read as audio: it is empty",
        "page": "cannot be read as audio: it is a web page: the download failed",
        "film": "cannot be read as audio: it is MP4, M4A or 3GP: convert it to WAV or FLAC, for "
        "example with ffmpeg",
        "folder": "cannot be read as audio: it is a folder",
    }
    counts = tables["Corpus"]["value"]
    # A folder is no file, and one without samples can be read.
    assert counts[["missing files", "unreadable files"]].tolist() == [2, 5]


def test_many_files_that_are_missing_are_counted(tmp_path):
    data = pd.DataFrame({"file": [str(tmp_path / f"{i}.wav") for i in range(2000)]})
    table = summarize_corpus(Bunch(data=data, ratings=Ratings.from_labels(["x"] * 2000)))["Files"]
    assert len(table) == 21
    assert table.index[0] == str(tmp_path / "0.wav")
    assert table.index[-1] == "1,980 more"
    assert set(table["problem"][:-1]) == {"does not exist"}
