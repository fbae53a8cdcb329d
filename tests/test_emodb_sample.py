"""The recordings in the package: what they are, where they come from, and that they are small."""

import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

import sklearn_ser
from sklearn_ser import ConsensusClassifier
from sklearn_ser.datasets import load_emodb, load_emodb_sample
from sklearn_ser.datasets._emodb import read_listening_test
from sklearn_ser.features import (
    LayerSelector,
    OpenSmileLLD,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
)
from sklearn_ser.metrics import unweighted_accuracy

FOLDER = Path(sklearn_ser.__file__).parent / "datasets" / "emodb_sample"
EMOTIONS = ["anger", "happiness", "neutral", "sadness"]


@pytest.fixture(scope="module")
def corpus():
    return load_emodb_sample()


def test_files_are_those_of_the_manifest():
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, name in (line.split("  ") for line in lines)}
    present = [p for p in FOLDER.rglob("*") if p.is_file() and p.name != "SHA256SUMS"]
    found = {
        p.relative_to(FOLDER).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in present
    }
    assert found == expected
    assert len(found) == 188 + 3


def test_everything_together_is_below_3_mb():
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 3_000_000


def test_the_licence_is_there():
    text = (FOLDER / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Burkhardt" in text
    assert "CC0 1.0 Universal" in text
    assert "Statement of Purpose" in text


def test_speakers_and_emotions_are_balanced_as_far_as_they_go(corpus):
    data = corpus.data
    assert len(data) == len(corpus.ratings) == len(corpus.embeddings) == 188
    assert data["speaker"].nunique() == 10
    cells = data.groupby(["speaker", "emotion"]).size()
    assert len(cells) == 40
    assert cells.max() == 5
    assert cells.sum() == 188
    assert data.groupby("speaker")["sex"].nunique().eq(1).all()
    assert data.groupby("sex")["speaker"].nunique().to_dict() == {"female": 5, "male": 5}
    assert corpus.target_names == EMOTIONS
    assert corpus.target.tolist() == corpus.ratings.consensus().tolist()
    assert "188 of the 535 utterances" in corpus.DESCR
    assert "anger 50" in corpus.DESCR


def test_names_say_who_speaks_what(corpus):
    letters = dict(zip("WFNT", EMOTIONS, strict=True))
    for row in corpus.data.itertuples():
        name = Path(row.file).name
        assert (row.speaker, row.text, row.emotion) == (name[:2], name[2:5], letters[name[5]])


def test_ratings_are_those_of_the_listening_test(corpus):
    counts = corpus.ratings.counts([*EMOTIONS, "other"])
    acted = [EMOTIONS.index(emotion) for emotion in corpus.target]
    right = counts[np.arange(188), acted]
    assert right.tolist() == corpus.data["n_correct"].tolist()
    others = corpus.data["n_listeners"] - corpus.data["n_correct"]
    assert counts[:, -1].tolist() == others.tolist()
    assert (counts.sum(axis=1) == corpus.data["n_listeners"]).all()
    assert set(corpus.data["n_listeners"]) <= {20, 21}
    assert (counts > 0).sum(axis=1).max() <= 2
    assert corpus.data["pct_natural"].between(0, 100).all()


def test_recordings_can_be_read(corpus):
    for number, file in enumerate(corpus.data["file"]):
        # Numbered, since serial numbers drawn at random would change the files each time.
        assert int.from_bytes(Path(file).read_bytes()[14:18], "little") == number
        about = soundfile.info(file)
        assert (about.samplerate, about.channels) == (16000, 1), file
        assert (about.format, about.subtype) == ("OGG", "OPUS"), file
        # Pages whose checksums are wrong would be missing.
        signal, _ = soundfile.read(file)
        assert len(signal) == about.frames
        assert 0.5 < about.duration < 10, file
        assert np.abs(signal).max() > 0.05, file


def test_samples_of_all_parts_have_the_same_names(corpus):
    frames = OpenSmileLLD("chou2019").fit_transform(corpus.data[:4])
    for part in (frames, corpus.embeddings[:4], corpus.ratings[:4]):
        assert list(part.ids) == corpus.data["file"][:4].tolist()
    assert frames.speaker.tolist() == corpus.embeddings.speaker[:4].tolist()
    assert (frames.lengths > 30).all()


def test_names_of_embeddings(corpus):
    names = corpus.embedding_names
    assert len(names) == len(set(names)) == corpus.embeddings.n_features == 3 * 2 * 384
    for state in range(3):
        selector = LayerSelector(state, n_hidden_states=3).fit(corpus.embeddings)
        kept = selector.get_feature_names_out(names)
        assert kept[0] == f"whisper_{state + 1}_0_mean"
        assert kept[-1] == f"whisper_{state + 1}_383_std"


def test_embeddings_tell_emotions_apart(corpus):
    """Chance is 0.25; openSMILE functionals reach about 0.8 on the complete corpus."""
    model = make_pipeline(
        SequenceScaler(by="speaker"),
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression(C=0.01, max_iter=1000)),
    )
    speakers = corpus.embeddings.speaker
    splits = [
        (np.flatnonzero(speakers != s), np.flatnonzero(speakers == s)) for s in set(speakers)
    ]
    said = cross_val_predict(model, corpus.embeddings, corpus.ratings, cv=splits)
    assert unweighted_accuracy(corpus.ratings, said) > 0.85


def test_it_is_a_part_of_the_corpus(corpus, emodb):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Emo-DB in", category=UserWarning)
        whole = load_emodb(emodb, emotions=EMOTIONS)
    names = [Path(file).stem for file in whole.data["file"]]
    rows = [names.index(Path(file).stem) for file in corpus.data["file"]]
    columns = ["speaker", "text", "emotion"]
    assert whole.data[columns].iloc[rows].values.tolist() == corpus.data[columns].values.tolist()
    labels = [*EMOTIONS, "other"]
    np.testing.assert_array_equal(
        whole.ratings[rows].counts(labels), corpus.ratings.counts(labels)
    )
    heard = read_listening_test(emodb / "erkennung.txt")
    natural = [heard[Path(file).stem.lower()][1] for file in corpus.data["file"]]
    assert corpus.data["pct_natural"].tolist() == natural
    # Five of each, or all that there are.
    available = whole.data.groupby(["speaker", "emotion"]).size().clip(upper=5)
    assert corpus.data.groupby(["speaker", "emotion"]).size().equals(available)
    for row, file in zip(rows[::10], corpus.data["file"][::10], strict=True):
        original, _ = soundfile.read(whole.data["file"].iloc[row])
        coded, _ = soundfile.read(file)
        assert len(coded) == len(original)
        assert np.corrcoef(coded, original)[0, 1] > 0.95, file


def test_embeddings_are_those_of_the_encoder(corpus):
    if "SKLEARN_SER_MODELS" not in os.environ:
        pytest.skip("SKLEARN_SER_MODELS, the folder of trained models, is not set")
    model = Path(os.environ["SKLEARN_SER_MODELS"]) / "whisper-tiny.en"
    step = TransformerEmbeddings(model, layer=[1, 2, 3])
    rows = np.arange(0, 188, 20)
    found = step.fit_transform(corpus.data.iloc[rows])
    assert list(found.ids) == list(corpus.embeddings[rows].ids)
    # Half precision has 11 bits; the decoded recordings may differ a little, too.
    np.testing.assert_allclose(found.values, corpus.embeddings[rows].values, rtol=2e-3, atol=2e-3)
    assert step.get_feature_names_out().tolist() == corpus.embedding_names
