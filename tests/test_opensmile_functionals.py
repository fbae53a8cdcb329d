"""OpenSmileFunctionals against opensmile-python itself."""

import numpy as np
import opensmile
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone

from sklearn_ser.features import OpenSmileFunctionals

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
