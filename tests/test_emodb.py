"""The loader of Emo-DB, on a miniature of its layout and on the real recordings."""

import shutil
import warnings

import numpy as np
import pytest
import soundfile

from sklearn_ser import HardTargetEncoder, SoftTargetEncoder
from sklearn_ser.datasets import load_emodb

PAD = "\xa0\xa0"


@pytest.fixture
def root(tmp_path):
    """Five recordings and the listening test, with its commas and no-break spaces."""
    (tmp_path / "wav").mkdir()
    for name in ("03a01Fa", "03a01Wa", "08b03Nb", "16b10Td", "16b10Lb"):
        soundfile.write(tmp_path / "wav" / f"{name}.wav", np.zeros(800), 16000)
    rows = [
        ("03a01Fa.wav", "90,00", "75,00"),  # 18 of 20
        ("03a01Wa.wav", "95,24", "80,95"),  # 20 of 21
        ("08b03Nb.wav", "100,00", "90,48"),  # 21 of 21, by its naturalness
        ("16b10Td.wav", "45,00", "60,00"),  # 9 of 20
        ("16b10Lb.wav", "80,00", "60,00"),
        ("99a01Fa.wav", "10,00", "10,00"),  # not published
    ]
    lines = [f"{i}{PAD}\t{f}\t{r}{PAD}\t{n}{PAD}" for i, (f, r, n) in enumerate(rows, start=1)]
    text = "\n".join(["Nr.\tSatz\terkannt\tnatuerlich", *lines])
    (tmp_path / "erkennung.txt").write_text(text, encoding="latin-1")
    return tmp_path


@pytest.mark.filterwarnings("ignore:Emo-DB in:UserWarning")
def test_names_and_votes(root):
    corpus = load_emodb(root)
    assert corpus.data["speaker"].tolist() == ["03", "03", "08", "16", "16"]
    assert corpus.data["text"].tolist() == ["a01", "a01", "b03", "b10", "b10"]
    acted = ["happiness", "anger", "neutral", "boredom", "sadness"]
    assert corpus.data["emotion"].tolist() == corpus.target.tolist() == acted
    assert corpus.target_names == sorted(acted)
    assert corpus.ratings.target_classes == tuple(sorted(acted))
    votes = corpus.ratings.counts([*acted, "other"])
    right = votes[np.arange(5), np.arange(5)]
    assert right.tolist() == [18, 20, 21, 16, 9]
    assert votes[:, -1].tolist() == [2, 1, 0, 4, 11]
    assert votes.sum() == right.sum() + votes[:, -1].sum()
    assert corpus.sampling_rate == 16000
    assert "sadness 1" in corpus.DESCR


@pytest.mark.filterwarnings("ignore:Emo-DB in:UserWarning")
def test_the_consensus_is_the_acted_emotion(root):
    corpus = load_emodb(root)
    # Most listeners of the last one heard something else.
    assert corpus.ratings.consensus().tolist() == corpus.target.tolist()
    hard = HardTargetEncoder().fit(corpus.ratings)
    assert (
        hard.inverse_transform(hard.transform(corpus.ratings)).tolist() == corpus.target.tolist()
    )
    soft = SoftTargetEncoder(alpha=0).fit(corpus.ratings).transform(corpus.ratings)
    np.testing.assert_allclose(soft.max(axis=1), 1)  # "other" is not a target class


def test_one_warning_tells_all(root):
    (root / "wav" / "readme.wav").write_text("")
    soundfile.write(root / "wav" / "13a01Fb.wav", np.zeros(800), 16000)
    with pytest.warns(UserWarning, match="6 of the 535 utterances") as caught:
        corpus = load_emodb(root)
    message = str(caught[0].message)
    assert len(caught) == 1
    assert "files that are not named like those of Emo-DB are ignored: readme.wav" in message
    assert "rated by the acted emotion alone: 13a01Fb.wav" in message
    assert caught[0].filename == __file__
    assert len(corpus.data) == 6


def test_without_the_listening_test(root):
    (root / "erkennung.txt").unlink()
    with pytest.warns(UserWarning, match="5 of the 535"):
        corpus = load_emodb(root)
    assert corpus.ratings.counts().sum(axis=1).tolist() == [1] * 5
    assert corpus.ratings.consensus().tolist() == corpus.target.tolist()
    assert "the only rating is the acted emotion" in corpus.DESCR


def test_some_emotions(root):
    with pytest.warns(UserWarning, match="2 of the 198 utterances"):
        corpus = load_emodb(root, emotions=["happiness", "anger"])
    assert corpus.target_names == ["anger", "happiness"]
    with pytest.raises(ValueError, match=r"emotions must be among .* got \['joy'\]"):
        load_emodb(root, emotions=["joy", "anger"])


def test_nothing_usable(tmp_path, root):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no recording of anger, boredom"):
        load_emodb(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="no recording of fear"):
        load_emodb(root, emotions=["fear"])


def test_broken_lines_are_named(root):
    path = root / "erkennung.txt"
    path.write_text(
        path.read_text("latin-1") + "\n7\t13a01Fa.wav\tninety\t1,0\n8\n\n9\tx.wav\t101,0\t5,0",
        "latin-1",
    )
    with pytest.raises(ValueError, match=r"separated by tabs; not for lines 8, 9, 11\."):
        load_emodb(root)


@pytest.mark.filterwarnings("ignore:Emo-DB in:UserWarning")
def test_the_listening_test_is_found_from_folders_near_by(root, tmp_path_factory):
    expected = load_emodb(root).ratings
    higher = tmp_path_factory.mktemp("higher")
    shutil.copytree(root, higher / "a" / "emodb")
    for folder in (root / "wav", higher / "a", higher):
        assert load_emodb(folder).ratings == expected
    (root / "wav" / "03a01Fa.wav").rename(root / "wav" / "03a01Fa.WAV")
    assert load_emodb(root).ratings.counts().tolist() == expected.counts().tolist()


@pytest.mark.filterwarnings("ignore:Emo-DB in:UserWarning")
def test_two_listening_tests_are_ambiguous(root):
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "erkennung.txt").write_text("")
    assert len(load_emodb(root).data) == 5  # that in root comes first
    (root / "erkennung.txt").unlink()
    with pytest.raises(ValueError, match=r"erkennung.txt is in several folders of .*: a, b; root"):
        load_emodb(root)


def test_a_line_that_repeats_a_file_is_named(root):
    path = root / "erkennung.txt"
    path.write_text(path.read_text("latin-1") + "\n7\t03a01fa.wav\t5,0\t5,0", "latin-1")
    with pytest.raises(ValueError, match=r"a file that no other line has.*not for lines 8\."):
        load_emodb(root)


def test_a_pointer_of_git_lfs_is_named(root):
    (root / "erkennung.txt").write_text("version https://git-lfs.github.com/spec/v1\noid x\n")
    with pytest.raises(ValueError, match=r"erkennung.txt is a pointer of Git LFS.*`git lfs pull`"):
        load_emodb(root)


def test_real_recordings(emodb):
    four = ["anger", "happiness", "neutral", "sadness"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = load_emodb(emodb, emotions=four)
    counts = corpus.data["emotion"].value_counts()
    assert counts[four].tolist() == [127, 71, 79, 62]
    assert corpus.data["speaker"].nunique() == 10
    votes = corpus.ratings.counts([*four, "other"])
    assert set(votes.sum(axis=1)) <= {20, 21}
    # Utterances were published if at least 80 % recognised them.
    assert (votes[:, :4].sum(axis=1) / votes.sum(axis=1)).min() >= 0.8
