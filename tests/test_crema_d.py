"""The loader of CREMA-D, on a miniature of its layout and on a part of the real table."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser.datasets import load_crema_d

COLUMNS = "localid,pos,ans,ttr,queryType,numTries,clipNum,questNum,subType,clipName,sessionNums"
HEADER = f",{COLUMNS},respEmo,respLevel,dispEmo,dispVal,dispLevel".replace(
    ",localid", "Unnamed: 0,localid"
)
ANGRY, SAD = "1001_DFA_ANG_XX", "1002_IEO_SAD_HI"


def answer(rater, clip, emotion, pos=10, query=1, ttr=2000, level=50, session=1):
    return (
        f"7,{rater},{pos},{emotion}_{level},{ttr},{query},0,1,1,4,{clip},{session},"
        f"{emotion},{level},A,50.0,X"
    )


@pytest.fixture
def root(tmp_path):
    (tmp_path / "AudioWAV").mkdir()
    for clip in (ANGRY, SAD):
        soundfile.write(tmp_path / "AudioWAV" / f"{clip}.wav", np.zeros(800), 16000)
    rows = [
        answer("R1", ANGRY, "A"),
        answer("R2", ANGRY, "D"),
        answer("R3", ANGRY, "A"),
        answer("R1", SAD, "S", pos=40),
        answer("R1", SAD, "N", pos=20),  # the first answer
        answer("R2", SAD, "F", session=2),
        answer("R2", SAD, "H", session=9),
        answer("R1", ANGRY, "N", query=3),
        answer("R9", "ANG_HI_practice", "A"),
    ]
    (tmp_path / "finishedResponses.csv").write_text("\n".join([HEADER, *rows]))
    return tmp_path


def load(root, **settings):
    with pytest.warns(UserWarning, match="of the 7,442 clips"):
        return load_crema_d(root, **settings)


def said(corpus):
    return [dict(row) for row in np.asarray(corpus.ratings)]


def test_clips_and_answers(root):
    corpus = load(root)
    data = corpus.data
    assert data["clip"].tolist() == [ANGRY, SAD]
    assert data["speaker"].tolist() == ["1001", "1002"]
    assert data["sentence"].tolist() == ["DFA", "IEO"]
    assert data["emotion"].tolist() == ["anger", "sadness"]
    assert data["level"].tolist() == ["XX", "HI"]
    assert all(Path(file).is_file() for file in data["file"])
    assert said(corpus) == [
        {"R1": ("anger",), "R2": ("disgust",), "R3": ("anger",)},
        {"R1": ("neutral",), "R2": ("fear",)},
    ]
    assert corpus.target.tolist() == ["anger", None]
    assert corpus.ratings.target_classes == tuple(corpus.target_names)


def test_another_modality(root):
    corpus = load(root, modality="audio-visual")
    assert said(corpus) == [{"R1": ("neutral",)}]
    with pytest.raises(FileNotFoundError, match="no rating by face"):
        load_crema_d(root, modality="face")
    with pytest.raises(ValueError, match="The 'modality' parameter of load_crema_d must be"):
        load_crema_d(root, modality="smell")


def test_invalid_rows_are_ignored_and_named(root):
    path = root / "finishedResponses.csv"
    rows = [
        answer("R4", ANGRY, "A", level=""),
        answer("R4", ANGRY, "A", ttr=-5),
        answer("R4", ANGRY, "X"),
        answer("R4", "1001_DFA_JOY_XX", "A"),
        answer("R4", ANGRY, "A", level=400),
        answer("", ANGRY, "A"),
    ]
    path.write_text(path.read_text() + "\n" + "\n".join(rows))
    with pytest.warns(UserWarning, match=r"6 invalid row\(s\) .* in lines 11, 12, 13, 14, 15, 16"):
        corpus = load_crema_d(root)
    assert said(corpus)[0] == {"R1": ("anger",), "R2": ("disgust",), "R3": ("anger",)}


def test_votes_without_identity(root):
    (root / "finishedResponses.csv").unlink()
    (root / "processedResults").mkdir()
    rows = [
        f'"100001",0,1,0,1,10,0,"{SAD}",12,0.9',
        f'"100002",5,0,0,0,0,2,"{ANGRY}",7,0.7',
        f'"200001",0,0,0,9,0,0,"{ANGRY}",9,1',
        '"107443",1,0,0,0,0,0,"ANG_HI_practice",1,1',
        f'"100004",-1,0,0,0,0,2,"{ANGRY}",7,0.7',
    ]
    header = '"","A","D","F","H","N","S","fileName","numResponses","agreement"'
    (root / "processedResults" / "tabulatedVotes.csv").write_text("\n".join([header, *rows]))
    with pytest.warns(UserWarning, match=r"1 invalid row\(s\) of tabulatedVotes.csv .* lines 6"):
        corpus = load_crema_d(root)
    assert corpus.data["clip"].tolist() == [ANGRY, SAD]
    emotions = ["anger", "disgust", "fear", "happiness", "neutral", "sadness"]
    assert corpus.ratings.counts(emotions).tolist() == [[5, 0, 0, 0, 0, 2], [0, 1, 0, 1, 10, 0]]
    assert corpus.ratings.is_anonymous.all()
    assert corpus.target.tolist() == ["anger", "neutral"]
    assert load(root, modality="face").target.tolist() == ["happiness"]


def test_nothing_usable(tmp_path, root):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="nor processedResults"):
        load_crema_d(tmp_path / "empty")
    (root / "finishedResponses.csv").write_text("localid,pos\nR1,2")
    with pytest.raises(ValueError, match=r"must have the columns \['ttr', 'queryType'"):
        load_crema_d(root)


def test_the_tables_are_found_from_folders_near_by(root, tmp_path_factory):
    expected = load(root)
    higher = tmp_path_factory.mktemp("higher")
    shutil.copytree(root, higher / "a" / "CREMA-D")
    for folder in (root / "AudioWAV", higher / "a", higher):
        corpus = load(folder)
        assert corpus.ratings == expected.ratings
        assert corpus.data["file"].map(Path).map(Path.is_file).all()
    (root / "1").mkdir()
    (root / "2").mkdir()
    for name in ("1", "2"):
        shutil.copy(root / "finishedResponses.csv", root / name)
    (root / "finishedResponses.csv").unlink()
    with pytest.raises(ValueError, match=r"finishedResponses.csv is in several folders of"):
        load_crema_d(root)


def test_without_tables_the_acted_emotions_are_the_ratings(root):
    (root / "finishedResponses.csv").unlink()
    with pytest.warns(UserWarning, match="2 of the 7442 utterances") as caught:
        corpus = load_crema_d(root)
    assert caught[0].filename == __file__
    assert corpus.target.tolist() == ["anger", "sadness"]
    assert corpus.ratings.is_anonymous.all()
    assert len(corpus.ratings.target_classes) == len(corpus.target_names) == 6
    columns = ["file", "speaker", "clip", "sentence", "emotion", "level"]
    assert corpus.data.columns.tolist() == columns
    assert "the only rating is the acted emotion" in corpus.DESCR
    with pytest.raises(FileNotFoundError, match=r"no rating by face .* neither finishedResponses"):
        load_crema_d(root, modality="face")


def test_one_clip_has_two_names(root):
    # The table has ..._XX, the recording is named ..._X.
    path = root / "finishedResponses.csv"
    rows = [answer("R1", "1040_ITH_SAD_XX", "S"), answer("R2", "1040_ITH_SAD_X", "S")]
    path.write_text(path.read_text() + "\n" + "\n".join(rows))
    soundfile.write(root / "AudioWAV" / "1040_ITH_SAD_X.wav", np.zeros(800), 16000)
    with pytest.warns(UserWarning, match="3 of the 7,442 clips") as caught:
        corpus = load_crema_d(root)
    assert "missing" not in str(caught[0].message)
    assert corpus.data["clip"].tolist()[-1] == "1040_ITH_SAD_XX"
    assert corpus.data["file"].tolist()[-1].endswith("1040_ITH_SAD_X.wav")
    assert said(corpus)[-1] == {"R1": ("sadness",), "R2": ("sadness",)}


def test_recordings_are_found_elsewhere_and_once(root):
    (root / "AudioWAV").rename(root / "wav")
    (root / "AudioMP3").mkdir()  # official copies have both
    (root / "AudioMP3" / f"{ANGRY}.mp3").touch()
    with pytest.warns(UserWarning, match="7,442 clips") as caught:
        corpus = load_crema_d(root)
    assert all(word not in str(caught[0].message) for word in ("missing", "more than once"))
    assert corpus.data["file"].str.contains("/wav/", regex=False).all()
    shutil.copytree(root / "wav", root / "AudioWAV")
    with pytest.warns(UserWarning, match="2 recordings are there more than once"):
        corpus = load_crema_d(root)
    assert corpus.data["file"].str.contains("AudioWAV").all()


def test_recordings_without_ratings_are_said(root):
    (root / "AudioWAV" / "1003_DFA_ANG_XX.wav").touch()
    (root / "AudioWAV" / "._1003_DFA_HAP_XX.wav").touch()
    with pytest.warns(UserWarning, match=r"1 recording has no ratings .*\(1003_DFA_ANG_XX.wav\)"):
        assert len(load_crema_d(root).data) == 2


def test_a_message_on_many_rows_is_short(root):
    path = root / "finishedResponses.csv"
    path.write_text(path.read_text() + "\n" + "\n".join([answer("R4", ANGRY, "?")] * 2000))
    with pytest.warns(UserWarning, match=r"2000 invalid row\(s\).* 20 and 1990 more") as caught:
        load_crema_d(root)
    assert len(str(caught[0].message)) < 500


def test_votes_on_a_clip_are_counted_once(root):
    (root / "finishedResponses.csv").unlink()
    rows = [f'"10000{i}",0,1,0,1,{i},0,"{SAD}",12,0.9' for i in (5, 6)]
    # The same clip by face is another row.
    rows.append(f'"200001",0,0,0,9,0,0,"{SAD}",9,1')
    header = '"","A","D","F","H","N","S","fileName","numResponses","agreement"'
    (root / "tabulatedVotes.csv").write_text(
        "\ufeff" + "\n".join([header, *rows]), encoding="utf-8"
    )
    with pytest.warns(UserWarning, match=r"1 invalid row\(s\) .* lines 3"):
        corpus = load_crema_d(root)
    assert corpus.ratings.counts(["neutral"]).tolist() == [[5]]


def test_a_pointer_of_git_lfs_is_named(root):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (root / "finishedResponses.csv").write_text(text)
    with pytest.raises(ValueError, match=r"finishedResponses.csv is a pointer of Git LFS"):
        load_crema_d(root)


def test_the_real_table(tmp_path):
    if "SKLEARN_SER_DATA" not in os.environ:
        pytest.skip("SKLEARN_SER_DATA, the folder of real recordings, is not set")
    real = Path(os.environ["SKLEARN_SER_DATA"]) / "cremad"
    shutil.copy(real / "finishedResponses_10clips.csv", tmp_path / "finishedResponses.csv")
    with pytest.warns(UserWarning, match="10 recordings are missing") as caught:
        corpus = load_crema_d(tmp_path)
    assert "impossible" not in str(caught[0].message)
    # From CREMA-D's own table of votes by voice.
    votes = pd.read_csv(real / "voice_votes.csv").set_index("clip").loc[corpus.data["clip"]]
    emotions = ["anger", "disgust", "fear", "happiness", "neutral", "sadness"]
    np.testing.assert_array_equal(corpus.ratings.counts(emotions), votes[list("ADFHNS")])
