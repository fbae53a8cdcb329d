"""The loader of IEMOCAP, on a miniature of its layout."""

import shutil

import numpy as np
import pytest
import soundfile

from sklearn_ser import SoftTargetEncoder
from sklearn_ser.datasets import load_iemocap
from sklearn_ser.datasets._iemocap_files import parse_evaluation

# All peculiarities of the real files: a header with brackets, comments with semicolons, several
# labels, repeats, a carriage return, no comment, and a letter that is not the speaker's.
IMPROVISED = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
C-E3:\tNeutral state;\t()
C-E4:\tNeutral; Frustration;\t(a bit; curious, not sure)
C-F1:\tNeutral;\t(curious)
A-E3:\tval 3; act 2; dom  2;\t()
A-F1:\tval 3; act 2; dom  1;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M000\txxx\t[2.5, 2.5, 2.5]
C-E2:\tSadness; Anger;\t()
C-E3:\tOther;\t(amused)
C-E4:\tExcited;\t\r
C-M1:\tHappiness; Happiness; Excited;\t()

[12 - 13]\tSes01F_impro01_M001\texc\t[2.5, 2.5, 2.5]
C-E2:\tExcited;\t()
C-E3:\tExcited;\t()
C-E4:\t\t()
"""
SCRIPTED = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[1.0 - 2.5]\tSes02M_script01_1_F003\tang\t[2.0, 3.5, 3.5]
C-E2:\tAnger;\t()
C-E6:\tAnger; Disgust;\t()
C-F2:\tAnger;\t()
"""


@pytest.fixture
def root(tmp_path):
    for session, name, text in (
        (1, "Ses01F_impro01", IMPROVISED),
        (2, "Ses02M_script01_1", SCRIPTED),
    ):
        folder = tmp_path / f"Session{session}" / "dialog" / "EmoEvaluation"
        (folder / "Categorical").mkdir(parents=True)
        (folder / f"{name}.txt").write_text(text)
        (folder / f"._{name}.txt").write_bytes(b"\x00\x05\x16\x07")
        (folder / "Categorical" / f"{name}_e2_cat.txt").write_text(f"{name}_F000 :Neutral; ()")
        for turn in [line.split("\t")[1] for line in text.splitlines() if line[:1] == "["]:
            wav = tmp_path / f"Session{session}" / "sentences" / "wav" / name / f"{turn}.wav"
            wav.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(wav, np.zeros(800), 16000)
    return tmp_path


def load(root, **settings):
    with pytest.warns(UserWarning, match="4 of the 10,039 turns"):
        return load_iemocap(root, **settings)


def said(corpus, i):
    return {name: sorted(labels) for name, labels in np.asarray(corpus.ratings)[i].items()}


def test_turns(root):
    data = load(root).data
    assert data["turn"].tolist() == [
        "Ses01F_impro01_F000",
        "Ses01F_impro01_M000",
        "Ses01F_impro01_M001",
        "Ses02M_script01_1_F003",
    ]
    assert data["speaker"].tolist() == ["Ses01F", "Ses01M", "Ses01M", "Ses02F"]
    assert data["session"].tolist() == [1, 1, 1, 2]
    assert data["dialogue"].unique().tolist() == ["Ses01F_impro01", "Ses02M_script01_1"]
    assert data["kind"].tolist() == ["improvised"] * 3 + ["scripted"]
    assert data["turn_start"].tolist() == [6.2901, 10.01, 12, 1]
    assert data["turn_end"].tolist() == [8.2357, 11.3925, 13, 2.5]
    assert all(soundfile.info(file).samplerate == 16000 for file in data["file"])


def test_every_raters_labels(root):
    corpus = load(root, merge_excited=False)
    assert said(corpus, 0) == {
        "E2": ["neutral"],
        "E3": ["neutral"],
        "E4": ["frustration", "neutral"],
        "F1": ["neutral"],
    }
    assert said(corpus, 1) == {
        "E2": ["anger", "sadness"],
        "E3": ["other"],
        "E4": ["excited"],
        "M1": ["excited", "happiness"],
    }
    assert said(corpus, 2) == {"E2": ["excited"], "E3": ["excited"]}
    assert said(corpus, 3) == {"E2": ["anger"], "E6": ["anger", "disgust"], "F2": ["anger"]}
    assert corpus.self_reporters == ["F1", "F2", "M1"]


def test_consensus_is_that_of_the_corpus(root):
    # The observers of the second turn do not agree. The consensus of the header counts, even where
    # votes give another one.
    assert load(root, merge_excited=False).target.tolist() == ["neutral", None, "excited", "anger"]
    corpus = load(root)
    assert corpus.target.tolist() == ["neutral", None, "happiness", "anger"]
    assert corpus.target.tolist() == corpus.ratings.consensus().tolist()
    assert corpus.ratings.target_classes == tuple(corpus.target_names)


def test_merging_counts_a_rater_once(root):
    corpus = load(root)
    assert said(corpus, 1)["M1"] == ["happiness"]
    votes = corpus.ratings.counts(["anger", "happiness", "neutral", "sadness"])
    assert votes.tolist() == [[0, 0, 4, 0], [1, 2, 0, 1], [0, 2, 0, 0], [3, 0, 0, 0]]
    soft = SoftTargetEncoder(alpha=0.75).fit(corpus.ratings).transform(corpus.ratings)
    np.testing.assert_allclose(soft[1], (0.75 + votes[1]) / (0.75 * 4 + 4))


def test_without_self_reports(root):
    corpus = load(root, self_reports=False)
    assert corpus.ratings.annotators.tolist() == ["E2", "E3", "E4", "E6"]
    assert corpus.self_reporters == []
    assert corpus.target.tolist() == ["neutral", None, "happiness", "anger"]
    assert "their own turns are left out" in corpus.DESCR
    assert "the actors themselves" in load(root).DESCR


def test_one_warning_tells_all(root):
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    lines = [
        "[3.0 - 4.0\tSes02M_script01_1_F004\tang\t[2.0, 3.5, 3.5]",
        "C-E2:\tAnger;\t()",
        "[5.0 - 6.0]\tSes02M_script01_1_F005\tjoy\t[2.0, 3.5, 3.5]",
        "C-X1:\tAnger;\t()",
    ]
    path.write_text(SCRIPTED + "\n".join(lines))
    shutil.rmtree(root / "Session1" / "sentences")
    with pytest.warns(UserWarning, match="IEMOCAP in") as caught:
        corpus = load_iemocap(root)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "3 recordings are missing" in message
    # Neither the turn that could not be read nor its ratings are there.
    places = ", ".join(f"Ses02M_script01_1.txt:{line}" for line in (7, 8, 9, 10))
    assert places in message
    assert len(corpus.data) == 4
    assert said(corpus, 3) == {"E2": ["anger"], "E6": ["anger", "disgust"], "F2": ["anger"]}


def test_some_sessions_are_enough(root):
    shutil.rmtree(root / "Session1")
    with pytest.warns(UserWarning, match="1 of the 10,039"):
        assert load_iemocap(root).data["session"].tolist() == [2]
    shutil.rmtree(root / "Session2")
    with pytest.raises(FileNotFoundError, match=r"no turn in Session\*/dialog/EmoEvaluation"):
        load_iemocap(root)


def test_the_parser_accepts_windows_line_ends():
    turns, bad = parse_evaluation(IMPROVISED.replace("\r", "").replace("\n", "\r\n"))
    assert bad == []
    assert [len(turn.labels) for turn in turns] == [5, 6, 2]


def test_the_sessions_are_found_from_folders_near_by(root, tmp_path_factory):
    expected = load(root)
    for levels in ("a", "b/c"):
        higher = tmp_path_factory.mktemp("higher")
        (higher / levels).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(root, higher / levels)
        corpus = load(higher)
        assert corpus.ratings == expected.ratings
        assert all(soundfile.info(file).samplerate == 16000 for file in corpus.data["file"])
    with pytest.warns(UserWarning, match="3 of the 10,039"):
        assert load_iemocap(root / "Session1").data["session"].tolist() == [1, 1, 1]


def test_a_turn_is_taken_once(root):
    expected = load(root)
    shutil.copytree(root / "Session1", root / "Session1 copy")
    with pytest.warns(UserWarning, match="3 turns are there more than once") as caught:
        corpus = load_iemocap(root)
    assert "3 recordings are there more than once" in str(caught[0].message)
    assert corpus.ratings == expected.ratings
    assert corpus.data["file"].tolist() == expected.data["file"].tolist()
    path = root / "Session1 copy" / "dialog" / "EmoEvaluation" / "Ses01F_impro01.txt"
    path.write_text(IMPROVISED.replace("C-E2:\tNeutral", "C-E2:\tAnger"))
    with pytest.warns(UserWarning, match=r"1 turn is .* with different ratings") as caught:
        assert load_iemocap(root).ratings == expected.ratings
    assert "2 turns are there more than once, of which one is taken" in str(caught[0].message)


def test_a_turn_twice_in_a_file_has_its_first_ratings(root):
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    path.write_text(SCRIPTED + SCRIPTED.replace("Anger", "Sadness"))
    with pytest.warns(UserWarning, match=r"1 turn .* different ratings.*Ses02M_script01_1_F003"):
        corpus = load_iemocap(root)
    assert said(corpus, 3)["E2"] == ["anger"]


def test_recordings_of_other_formats_and_without_ratings(root):
    wav = root / "Session2" / "sentences" / "wav" / "Ses02M_script01_1"
    (wav / "Ses02M_script01_1_F003.wav").rename(wav / "Ses02M_script01_1_F003.flac")
    (wav / "Ses02M_script01_1_M007.wav").touch()
    (wav / "._Ses02M_script01_1_M008.wav").touch()
    (root / "Session2" / "dialog" / "wav").mkdir()
    (root / "Session2" / "dialog" / "wav" / "Ses02M_script01_1.wav").touch()
    with pytest.warns(UserWarning, match=r"1 recording has no ratings .*_M007.wav\)") as caught:
        corpus = load_iemocap(root)
    assert "missing" not in str(caught[0].message)
    assert corpus.data["file"].tolist()[-1].endswith("F003.flac")


def test_unknown_labels_and_sessions_are_said(root):
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    other = SCRIPTED.replace("Ses02", "Ses06").splitlines()[2]
    path.write_text(SCRIPTED.replace("Disgust", "Joy") + other)
    with pytest.warns(UserWarning, match="labels that are not those of IEMOCAP .*: joy") as caught:
        corpus = load_iemocap(root)
    assert "cannot be read are ignored: Ses02M_script01_1.txt:7" in str(caught[0].message)
    assert corpus.data["session"].unique().tolist() == [1, 2]


def test_a_consensus_that_nobody_gave(root):
    # The only rater of the last turn who said anger is the actor.
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    path.write_text(SCRIPTED.replace("\tang\t", "\tsur\t"))
    corpus = load(root)
    assert corpus.target.tolist() == ["neutral", None, "happiness", "surprise"]
    assert len(corpus.ratings) == 4
    assert corpus.ratings.annotators.tolist() == ["E2", "E3", "E4", "E6", "F1", "F2", "M1"]


def test_many_lines_that_cannot_be_read_make_a_short_message(root):
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    path.write_text(SCRIPTED + "\n".join(["C-X1:\tAnger;\t()"] * 500))
    with pytest.warns(UserWarning, match="and 490 more") as caught:
        load_iemocap(root)
    assert len(str(caught[0].message)) < 700


def test_a_wrong_folder_and_a_pointer(root, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(FileNotFoundError, match=r"no turn in Session.*The folder is empty\."):
        load_iemocap(empty)
    path = root / "Session2" / "dialog" / "EmoEvaluation" / "Ses02M_script01_1.txt"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid x\n")
    with pytest.raises(ValueError, match=r"Ses02M_script01_1.txt is a pointer of Git LFS"):
        load_iemocap(root)
