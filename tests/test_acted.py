"""Loaders of acted corpora, on miniatures of their layouts."""

import numpy as np
import pytest
import soundfile

from sklearn_ser.datasets import load_casia, load_ravdess, load_savee


def make(root, *paths):
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, np.zeros(800), 16000)


def test_savee(tmp_path):
    make(tmp_path, "AudioData/DC/a01.wav", "AudioData/DC/n30.wav")
    make(tmp_path, "AudioData/KL/sa02.wav", "AudioData/JK/su15.wav")
    with pytest.warns(UserWarning, match="4 of the 480 utterances") as caught:
        corpus = load_savee(tmp_path)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert corpus.data["speaker"].tolist() == ["DC", "DC", "JK", "KL"]
    assert corpus.data["text"].tolist() == ["01", "30", "15", "02"]
    assert corpus.target.tolist() == ["anger", "neutral", "surprise", "sadness"]
    assert corpus.ratings.consensus().tolist() == corpus.target.tolist()
    assert corpus.target_names == ["anger", "neutral", "sadness", "surprise"]
    assert corpus.sampling_rate == 44100
    assert "4 utterances of 3 men" in corpus.DESCR


def test_casia(tmp_path):
    make(tmp_path, "liuchanhg/angry/201.wav", "wangzhe/Sad/7.wav", "wangzhe/surprise/440.wav")
    with pytest.warns(UserWarning, match="3 of the 9600 utterances"):
        corpus = load_casia(tmp_path)
    assert corpus.data["speaker"].tolist() == ["liuchanhg", "wangzhe", "wangzhe"]
    assert corpus.data["text"].tolist() == ["201", "7", "440"]
    assert corpus.target.tolist() == ["anger", "sadness", "surprise"]
    assert corpus.sampling_rate == 16000


def test_ravdess(tmp_path):
    make(tmp_path, "Actor_12/03-01-06-01-02-01-12.wav", "Actor_01/03-01-03-02-01-02-01.wav")
    make(tmp_path, "song/Actor_01/03-02-03-02-01-02-01.wav")
    with pytest.warns(UserWarning, match="2 of the 1440 utterances") as caught:
        corpus = load_ravdess(tmp_path)
    assert "ignored" not in str(caught[0].message)
    assert corpus.data["speaker"].tolist() == ["01", "12"]
    assert corpus.target.tolist() == ["happiness", "fear"]
    assert corpus.data["intensity"].tolist() == ["strong", "normal"]
    assert corpus.data["repetition"].tolist() == [2, 1]
    assert corpus.sampling_rate == 48000
    with pytest.warns(UserWarning, match="1 of the 1012 utterances"):
        assert len(load_ravdess(tmp_path, vocal_channel="song").data) == 1


@pytest.mark.parametrize(
    ("load", "good", "odd"),
    [
        (load_savee, "AudioData/DC/a01.wav", "AudioData/XX/a01.wav"),
        (load_savee, "AudioData/DC/a01.wav", "AudioData/DC/x01.wav"),
        (load_casia, "liuchanhg/angry/201.wav", "liuchanhg/bored/201.wav"),
        (load_ravdess, "Actor_12/03-01-05-01-02-01-12.wav", "Actor_12/03-01-09-01-02-01-12.wav"),
    ],
)
def test_files_with_other_names_are_ignored_with_a_warning(tmp_path, load, good, odd):
    make(tmp_path, good, odd)
    with pytest.warns(
        UserWarning, match=rf"files that are not named like those of .* are ignored: {odd}\."
    ):
        corpus = load(tmp_path)
    assert corpus.target.tolist() == ["anger"]


@pytest.mark.parametrize(
    ("load", "good"),
    [
        (load_savee, "AudioData/DC/a01.wav"),
        (load_casia, "liuchanhg/angry/201.wav"),
        (load_ravdess, "Actor_12/03-01-05-01-02-01-12.wav"),
    ],
)
def test_emotions(tmp_path, load, good):
    make(tmp_path, good)
    with pytest.raises(ValueError, match=r"emotions must be among .* got \['joy'\]"):
        load(tmp_path, emotions=["joy"])
    with pytest.raises(FileNotFoundError, match=r"no recording of fear in .*named like"):
        load(tmp_path, emotions=["fear"])
    with pytest.raises(FileNotFoundError, match="no recording of anger"):
        load(tmp_path / "nowhere")
    with pytest.warns(UserWarning, match="1 of the"):
        assert len(load(tmp_path, emotions=["anger", "fear"]).data) == 1
