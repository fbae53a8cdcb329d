"""OpenSmileFunctionals and statistics of whole utterances."""

import numpy as np
import opensmile
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import ConsensusClassifier, Ratings, Sequences
from sklearn_ser.features import OpenSmileFunctionals, SequenceStatistics

SETS = {
    "ComParE_2016": opensmile.FeatureSet.ComParE_2016,
    "eGeMAPSv02": opensmile.FeatureSet.eGeMAPSv02,
    "GeMAPSv01b": opensmile.FeatureSet.GeMAPSv01b,
    "emobase": opensmile.FeatureSet.emobase,
}


def noise(n_samples, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(n_samples)).astype(np.float32)


@pytest.mark.parametrize("name", SETS)
def test_the_bits_of_opensmile_itself(name):
    # One after the other: what a recording leaves behind must not show in the next.
    signals = [noise(16000), noise(4000, 1), np.zeros(8000, np.float32), noise(16000)]
    model = OpenSmileFunctionals(name)
    X = model.fit_transform(signals)
    assert X.lengths.tolist() == [1] * 4
    smile = opensmile.Smile(SETS[name], opensmile.FeatureLevel.Functionals)
    for found, signal in zip(X, signals, strict=True):
        np.testing.assert_array_equal(found, smile.process_signal(signal, 16000).to_numpy())
    assert model.get_feature_names_out().tolist() == smile.feature_names


def test_real_recordings_and_speakers(emodb):
    files = sorted((emodb / "wav").glob("*.wav"))[:3]
    table = pd.DataFrame({"file": files, "speaker": [file.name[:2] for file in files]})
    X = OpenSmileFunctionals("eGeMAPSv02").fit_transform(table)
    assert X.speaker.tolist() == table["speaker"].tolist()
    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
    np.testing.assert_array_equal(X.values, smile.process_files(files).to_numpy())


def test_cache_clone_and_errors(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(16000), 16000, subtype="FLOAT")
    model = OpenSmileFunctionals("eGeMAPSv02", memory=tmp_path / "cache")
    first = model.fit_transform([tmp_path / "a.wav"])
    assert len(list(tmp_path.rglob("output.pkl"))) == 1
    assert clone(model).fit_transform([tmp_path / "a.wav"]) == first
    # Other features of the same file are another entry.
    emobase = clone(model).set_params(feature_set="emobase").fit_transform([tmp_path / "a.wav"])
    assert emobase.values.shape == (1, 988)
    with pytest.raises(ValueError, match=r"feature_set.*must be a str among.*Got 'is09'"):
        OpenSmileFunctionals("is09").fit([noise(100)])
    with pytest.raises(ValueError, match=r"1 of 1 recordings failed: sample 0 .*does not exist"):
        model.fit_transform([tmp_path / "b.wav"])
    # Shorter than a frame: padded with silence, as in OpenSmileLLD.
    assert np.isfinite(OpenSmileFunctionals("eGeMAPSv02").fit_transform([noise(100)]).values).all()


def test_statistics_are_numpys():
    rng = np.random.default_rng(0)
    frames = [rng.normal(50, 0.1, size=(n, 3)).astype(np.float32) for n in (1, 7, 4000)]
    names = ["max", "mean", "std", "min"]
    model = SequenceStatistics(names).fit(frames)
    found = model.transform(frames)
    assert found.dtype == np.float32
    for row, part in zip(found, frames, strict=True):
        part = part.astype(np.float64)
        expected = np.concatenate([getattr(part, name)(axis=0) for name in names])
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-7)
    assert model.get_feature_names_out(["a", "b", "c"]).tolist()[2:5] == [
        "c_max",
        "a_mean",
        "b_mean",
    ]
    order = np.array([2, 0, 1])
    np.testing.assert_array_equal(model.transform([frames[i] for i in order]), found[order])


@pytest.mark.parametrize("wrong", [[], ["median"], ["mean", "mode"]])
def test_unknown_statistics(wrong):
    with pytest.raises(ValueError, match=r"among \['mean', 'std', 'min', 'max'\], got \["):
        SequenceStatistics(wrong).fit(np.zeros((2, 3, 1)))


# ConsensusClassifier


def test_only_samples_with_a_consensus_are_learned():
    rng = np.random.default_rng(0)
    wide = [["sad", "sad"], ["angry", "angry"], ["sad", "angry"], ["other", "other"]] * 10
    ratings = Ratings.from_wide(wide, target_classes=["angry", "sad"])
    frames = [rng.normal(i % 4, 0.5, size=(5, 2)) for i in range(40)]
    X = Sequences.from_arrays(frames)
    model = make_pipeline(
        SequenceStatistics(), StandardScaler(), ConsensusClassifier(LogisticRegression())
    ).fit(X, ratings)
    labelled = np.arange(40) % 4 < 2
    table = SequenceStatistics().fit_transform(X)
    table = StandardScaler().fit_transform(table)
    labels = np.where(np.arange(40) % 4 == 0, "sad", "angry")[labelled]
    alone = LogisticRegression().fit(table[labelled], labels)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(table))
    assert model.predict(X).tolist() == alone.predict(table).tolist()
    np.testing.assert_array_equal(model.decision_function(X), alone.decision_function(table))
    assert model.score(X, ratings) == alone.score(table[labelled], labels)


def test_what_an_estimator_lacks_its_consensus_lacks_too():
    from sklearn.svm import LinearSVC

    assert not hasattr(ConsensusClassifier(LinearSVC()), "predict_proba")
    assert hasattr(ConsensusClassifier(LinearSVC()), "decision_function")


def test_no_consensus_at_all():
    ratings = Ratings.from_wide([["sad", "angry"]] * 3)
    with pytest.raises(ValueError, match=r"no sample has a consensus.*\['angry', 'sad'\]"):
        ConsensusClassifier(LogisticRegression()).fit(np.zeros((3, 1)), ratings)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ConsensusClassifier(LogisticRegression()).fit(np.zeros((2, 1)), ratings)
