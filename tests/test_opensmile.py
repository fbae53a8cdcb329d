"""OpenSmileLLD against opensmile-python, numpy and known sounds."""

from importlib.resources import files

import numpy as np
import opensmile
import pandas as pd
import pytest
import scipy.signal
import soundfile
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_ser import Sequences
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.features.opensmile._settings import resolve_settings

RATE = 16000
SETS = {"chou2019": 45, "ando2018": 47, "fujioka2020": 32, "emobase": 52, "ComParE_2016": 130}


@pytest.fixture
def noise():
    return 0.1 * np.random.default_rng(0).standard_normal(RATE)


def voice(f0, seconds=1.0):
    """Return pulses and some noise: rich in harmonics, which pitch trackers need."""
    pulses = np.zeros(int(seconds * RATE))
    pulses[np.arange(0, len(pulses), RATE / f0).astype(int)] = 1
    soft = np.convolve(pulses, np.exp(-np.arange(40) / 5))[: len(pulses)]
    return 0.5 * soft + 0.01 * np.random.default_rng(0).standard_normal(len(pulses))


def frames(waveform, feature_set="ando2018", **settings):
    """Return the frames of one waveform as a table with named columns."""
    lld = OpenSmileLLD(feature_set, **settings)
    return pd.DataFrame(lld.transform([waveform])[0], columns=lld.get_feature_names_out())


def make_smile(settings, level):
    """Return opensmile-python's extractor, which builds all components anew for every signal."""
    source = settings.path or opensmile.FeatureSet[settings.config]
    level = level if settings.path else opensmile.FeatureLevel(level)
    return opensmile.Smile(source, level, options=dict(settings.options), sampling_rate=RATE)


@pytest.mark.parametrize("feature_set", SETS)
def test_feature_sets(feature_set, noise):
    lld = OpenSmileLLD(feature_set)
    X = lld.fit_transform([noise, noise[:8000]])
    names = lld.get_feature_names_out()
    assert isinstance(X, Sequences)
    assert X.n_features == len(names) == len(set(names)) == SETS[feature_set]
    assert np.isfinite(X.values).all()


@pytest.mark.parametrize("feature_set", SETS)
def test_reused_objects_give_the_bits_of_opensmile_itself(feature_set, noise):
    clips = [noise, noise[:1600], np.zeros(RATE), voice(120, 0.7), noise[3000:9111]]
    X = OpenSmileLLD(feature_set, clip_hnr=None).transform(clips)
    settings = resolve_settings(feature_set, None, None, None)
    for level in settings.levels:
        smile = make_smile(settings, level)
        columns = np.isin(OpenSmileLLD(feature_set).get_feature_names_out(), smile.column_names)
        for clip, got in zip(clips, X, strict=True):
            expected = smile(clip.astype(np.float32), RATE)[0].T
            # If two levels are joined, the shorter one determines the number of frames.
            assert 0 <= len(expected) - len(got) <= 2 * (len(settings.levels) - 1)
            np.testing.assert_array_equal(got[:, columns], expected[: len(got)])


@pytest.mark.parametrize(
    "options",
    [
        {"frameSize": 1.0, "pitchSize": 0.04},
        {"frameSize": 0.02, "pitchSize": 0.5, "frameStep": 0.2},
        {"smaWin": 101},
        {"frameStep": 0.001},
    ],
)
def test_signals_passed_on_in_chunks_give_the_same_bits(options, noise):
    clips = [noise, np.tile(noise, 7), voice(120, 3.3), np.tile(noise, 2)[:17000]]
    settings = resolve_settings("ando2018", None, options, None)
    X = OpenSmileLLD("ando2018", options=options, clip_hnr=None).transform(clips)
    smile = make_smile(settings, settings.levels[0])
    for clip, got in zip(clips, X, strict=True):
        np.testing.assert_array_equal(got, smile(clip.astype(np.float32), RATE)[0].T)


@pytest.mark.parametrize("feature_set", SETS)
def test_real_recordings_have_the_bits_of_opensmile_itself(feature_set, emodb):
    files = sorted((emodb / "wav").glob("*.wav"))[:5]
    clips = [soundfile.read(file, dtype="float32")[0] for file in files]
    X = OpenSmileLLD(feature_set, clip_hnr=None).transform(clips)
    settings = resolve_settings(feature_set, None, None, None)
    names = np.array(OpenSmileLLD(feature_set).get_feature_names_out())
    for level in settings.levels:
        smile = make_smile(settings, level)
        columns = np.isin(names, smile.column_names)
        for clip, got in zip(clips, X, strict=True):
            np.testing.assert_array_equal(got[:, columns], smile(clip, RATE)[0].T[: len(got)])


@pytest.mark.parametrize(
    ("feature_set", "long_frame"), [("chou2019", 0.06), ("ando2018", 0.04), ("fujioka2020", 0.04)]
)
@pytest.mark.parametrize("n_samples", [960, 1600, 16000, 16001, 24119])
def test_number_of_frames(feature_set, long_frame, n_samples, noise):
    waveform = np.resize(noise, n_samples)
    expected = 1 + (n_samples - int(long_frame * RATE)) // 160
    # Smoothing over three frames gives one more frame, at the end.
    assert len(frames(waveform, feature_set)) == expected + 1
    assert len(frames(waveform, feature_set, options={"smaWin": 1})) == expected


def slope(x):
    """Return the slopes of lines that are fitted to five frames around each frame."""
    padded = np.concatenate([[x[0]] * 2, x, [x[-1]] * 2])
    return np.array(
        [np.polyfit([-2, -1, 0, 1, 2], padded[t : t + 5], 1)[0] for t in range(len(x))]
    )


@pytest.mark.parametrize("feature_set", ["chou2019", "ando2018", "fujioka2020"])
def test_deltas_are_the_slope_of_a_regression(feature_set, noise):
    table = frames(noise * np.linspace(0.1, 1, RATE), feature_set)
    n_compared = 0
    for name in table.columns:
        derived = name.replace("_sma", "_sma_de")
        if derived not in table.columns:
            continue
        got, expected = table[derived].to_numpy(), slope(table[name].to_numpy(float))
        # The longest frame determines the end of the output. Where openSMILE has shorter frames,
        # or deltas, after that end, it does not repeat the last frame, and the last two deltas
        # differ.
        end = None if feature_set == "chou2019" and "_de_de" not in derived else -2
        np.testing.assert_allclose(got[:end], expected[:end], atol=1e-4 * np.abs(got).max())
        n_compared += 1
    assert n_compared == {"chou2019": 29, "ando2018": 30, "fujioka2020": 16}[feature_set]


@pytest.mark.parametrize("f0", [90, 120, 200])
@pytest.mark.parametrize("feature_set", ["chou2019", "ando2018", "fujioka2020"])
def test_f0_of_a_voice(feature_set, f0):
    pitch = frames(voice(f0), feature_set)["F0_sma"][5:-5]
    assert (pitch > 0).all()
    assert np.median(pitch) == pytest.approx(f0, rel=0.01)


def test_noise_is_unvoiced(noise):
    table = frames(noise)
    assert (table["F0_sma"] == 0).mean() > 0.9
    assert table["voiceProb_sma"].mean() < frames(voice(120))["voiceProb_sma"].mean()


def test_loudness_is_that_of_the_whole_frame(noise):
    waveform = noise * np.repeat(np.random.default_rng(1).uniform(0.01, 1, 100), 160)
    got = frames(waveform, options={"smaWin": 1})["loudness_sma"].to_numpy()
    window = np.hamming(400)
    power = [
        np.mean((waveform[160 * t : 160 * t + 400] * window) ** 2) / np.mean(window**2)
        for t in range(len(got))
    ]
    np.testing.assert_allclose(got, (np.array(power) / 1e-6) ** 0.3, rtol=2e-3)


def test_zero_crossings(noise):
    sine = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.1)
    np.testing.assert_allclose(frames(sine)["pcm_zcr_sma"], 2 * 1000 / RATE, rtol=0.03)


def test_full_scale_does_not_wrap_around():
    square = np.where(np.arange(RATE) % 160 < 80, 1.0, -1.0)
    lower = frames(0.9 * square)["pcm_zcr_sma"]
    np.testing.assert_allclose(frames(square)["pcm_zcr_sma"], lower)
    assert (lower > 0).all()


def test_silence_is_finite_and_hnr_limited():
    silence = frames(np.zeros(RATE))
    assert (silence["HNRdBacf_sma"] == 30).all()
    assert (silence["HNRdBacf_sma_de"] == 0).all()
    assert (frames(np.zeros(RATE), clip_hnr=None)["HNRdBacf_sma"] == 100).all()
    assert (frames(np.zeros(RATE), clip_hnr=12.5)["HNRdBacf_sma"] == 12.5).all()


def test_deltas_follow_the_limited_hnr(noise):
    half_silent = np.where(np.arange(RATE) < 8000, noise, 0)
    table = frames(half_silent)
    assert table["HNRdBacf_sma"].between(-30, 30).all()
    expected = slope(table["HNRdBacf_sma"].to_numpy(float))
    np.testing.assert_allclose(table["HNRdBacf_sma_de"], expected, atol=1e-4)


@pytest.mark.parametrize("feature_set", SETS)
def test_short_clips_are_padded(feature_set, noise):
    lld = OpenSmileLLD(feature_set)
    X = lld.transform([noise[:1], noise[:100], noise[:959], np.pad(noise[:959], (0, 1))])
    assert np.isfinite(X.values).all()
    np.testing.assert_array_equal(X[2], X[3])


def test_level_and_options(noise):
    assert frames(noise, "chou2019", feature_level="lld").shape[1] == 16
    assert frames(noise, "ando2018", feature_level="lld").columns.str.endswith("_de").sum() == 0
    assert frames(noise, "emobase", feature_level="lld").shape[1] == 26
    assert len(frames(noise, options={"frameStep": 0.02})) == pytest.approx(
        len(frames(noise)) / 2, abs=1
    )


def test_a_conf_of_your_own(tmp_path, noise):
    text = files("sklearn_ser.features.opensmile").joinpath("lld.conf").read_text()
    path = tmp_path / "own.conf"
    path.write_text(text)
    got = frames(
        noise, path, feature_level="lld_dede", options={"frameSize": 0.06, "pitchSize": 0.06}
    )
    pd.testing.assert_frame_equal(got, frames(noise, "chou2019"))
    with pytest.raises(ValueError, match="feature_level must be the name of its sink level, got"):
        OpenSmileLLD(path).fit([noise])
    path.write_text(
        "[componentInstances:cComponentManager]\n"
        "instance[odd].type = cNothing\n\n[odd:cNothing]\nwriter.dmLevel = lld\n"
    )
    with pytest.raises(ValueError, match="openSMILE does not start with level lld"):
        OpenSmileLLD(path, feature_level="lld").fit([noise])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"feature_set": "nope"}, "one of .*'chou2019'.* or a path to a .conf.* no file 'nope'"),
        ({"feature_level": "nope"}, r"feature_level must be one of \[.*'lld_dede'\], got 'nope'"),
        (
            {"feature_set": "ComParE_2016", "feature_level": "nope"},
            r"feature_level must be one of \['lld', 'lld_de'\], got",
        ),
        ({"options": {"smaWin": "three"}}, "options must be numbers, got {'smaWin': 'three'}"),
        ({"options": {"nope": 1}}, r"options must be among \['frameSize'.*got \['nope'\]"),
        ({"feature_set": "emobase", "options": {"hnr": 1}}, "takes no options, got {'hnr': 1}"),
        ({"clip_hnr": -1}, "The 'clip_hnr' parameter of OpenSmileLLD must be"),
        ({"sampling_rate": 0}, "The 'sampling_rate' parameter of OpenSmileLLD must be"),
    ],
)
def test_bad_parameters(settings, message, noise):
    with pytest.raises(ValueError, match=message):
        OpenSmileLLD(**settings).fit([noise])


def test_speakers_and_sessions_are_kept(noise):
    table = pd.DataFrame({"signal": [noise, noise], "speaker": ["F", "M"], "session": [1, 1]})
    X = OpenSmileLLD().fit_transform(table)
    assert X.speaker.tolist() == ["F", "M"]
    assert X.session.tolist() == [1, 1]
    assert X[[1]].speaker.tolist() == ["M"]


def test_in_a_pipeline_without_fit(noise):
    pipe = make_pipeline(OpenSmileLLD(), FramePooler(5), SequenceScaler(by="utterance"))
    assert len(pipe.fit_transform([noise])[0]) == 20
    assert len(OpenSmileLLD().transform([noise])) == 1
    assert clone(OpenSmileLLD(memory="x")).memory == "x"


def test_only_files_have_a_rate(tmp_path):
    at_8k = scipy.signal.decimate(voice(120), 2)
    assert np.median(frames(at_8k, sampling_rate=8000)["F0_sma"]) == pytest.approx(120, rel=0.03)
    soundfile.write(tmp_path / "a.wav", at_8k, 8000)
    X = OpenSmileLLD("ando2018").transform([tmp_path / "a.wav"])
    assert np.median(X[0][:, 41]) == pytest.approx(120, rel=0.03)


def test_real_recordings(emodb):
    files = sorted(str(path) for path in (emodb / "wav").glob("*.wav"))[:20]
    table = pd.DataFrame({"file": files, "speaker": [file[-11:-9] for file in files]})
    lld = OpenSmileLLD("ando2018")
    X = lld.transform(table)
    voiced = X.values[:, lld.get_feature_names_out().tolist().index("F0_sma")]
    # Speaker 03 is a man, 31 years old.
    assert set(X.speaker) == {"03"}
    assert 100 < np.median(voiced[voiced > 0]) < 220
    seconds = [soundfile.info(file).duration for file in files]
    np.testing.assert_allclose(X.lengths, np.array(seconds) * 100, atol=4)
