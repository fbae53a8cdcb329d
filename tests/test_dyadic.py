"""The synthetic corpus: its voices, its ratings and its files."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser import Ratings
from sklearn_ser.datasets import _dyadic, make_dyadic_corpus
from sklearn_ser.datasets._voice import Syllables, speak
from sklearn_ser.features import OpenSmileLLD


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(random_state=0)


def say(n=12, **changes):
    """Return the frames of one long vowel as a table with named columns."""
    plain = {
        "vowel": np.full(n, 3),
        "consonant": np.full(n, 6),
        "duration": np.full(n, 0.2),
        "f0": np.full(n, 120.0),
        "level": np.full(n, -26.0),
        "tilt": np.zeros(n),
        "breath": np.full(n, 0.03),
        "jitter": np.zeros(n),
    }
    signal = speak(Syllables(**plain | changes), 16000, np.random.default_rng(0))
    lld = OpenSmileLLD("ando2018")
    table = pd.DataFrame(lld.transform([signal])[0], columns=lld.get_feature_names_out())
    return table[table["loudness_sma"] > table["loudness_sma"].max() / 3]


@pytest.mark.parametrize("f0", [100, 120, 150, 220])
def test_a_voice_has_the_pitch_that_was_asked_for(f0):
    pitch = say(f0=np.full(12, float(f0)))["F0_sma"]
    assert (pitch > 0).mean() > 0.8
    assert pitch[pitch > 0].median() == pytest.approx(f0, rel=0.02)


def test_each_way_of_speaking_is_heard():
    plain = say()
    louder, brighter = say(level=np.full(12, -20.0)), say(tilt=np.full(12, 6.0))
    breathy, slow = say(breath=np.full(12, 0.5)), say(duration=np.full(12, 0.4))
    # 6 dB are a factor of 4 in power, and of 4 ** 0.3 in loudness.
    ratio = louder["loudness_sma"].median() / plain["loudness_sma"].median()
    assert ratio == pytest.approx(4**0.3, rel=0.02)
    assert brighter["mfcc_sma[1]"].median() < plain["mfcc_sma[1]"].median() - 5
    assert breathy["HNRdBacf_sma"].median() < plain["HNRdBacf_sma"].median() - 2
    assert len(slow) > 1.5 * len(plain)


def test_what_a_corpus_holds(corpus):
    assert list(corpus.data.columns) == ["utterance", "session", "speaker", "signal"]
    assert len(corpus.data) == len(corpus.ratings) == len(corpus.target) == 200
    assert corpus.data["session"].nunique() == 5
    assert corpus.data.groupby("session")["speaker"].nunique().tolist() == [2] * 5
    assert corpus.data["speaker"].nunique() == 10
    assert corpus.ratings.target_classes == tuple(corpus.target_names)
    assert corpus.target.tolist() == corpus.ratings.consensus().tolist()
    assert corpus.sampling_rate == 16000
    assert "200 utterances" in corpus.DESCR
    np.testing.assert_allclose(corpus.expressed.sum(axis=1), 1)
    for signal in corpus.data["signal"]:
        assert signal.dtype == np.float32
        assert 0.01 < np.abs(signal).max() < 1
        assert 0.5 < len(signal) / 16000 < 8


def test_hard_soft_clear_and_ambiguous_are_all_there(corpus):
    clear = np.isin(corpus.target, corpus.target_names)
    named = corpus.ratings.counts().any(axis=1)
    assert 0.5 < clear.mean() < 0.8
    assert 0.15 < (named & ~clear).mean() < 0.45
    assert {"other", "frustration"} <= set(corpus.ratings.labels)
    table = corpus.ratings.to_long()
    assert (table.groupby(["sample", "annotator"]).size() > 1).any()  # several labels
    assert (
        table.groupby("sample")["annotator"].nunique() == 3
    ).all()  # of six; the others are missing
    assert 0.1 < corpus.ratings.agreement().alpha < 0.6
    # For most utterances with a consensus, it is the main emotion that is expressed.
    main = corpus.expressed.idxmax(axis=1).to_numpy()
    assert (main[clear] == corpus.target[clear]).mean() > 0.7


@pytest.fixture(scope="module")
def heard():
    return make_dyadic_corpus(raters="listen", random_state=0)


def test_listeners_rate_the_same_speech_as_real_raters_agree(corpus, heard):
    assert all(map(np.array_equal, corpus.data["signal"], heard.data["signal"]))
    pd.testing.assert_frame_equal(corpus.expressed, heard.expressed)
    assert corpus.ratings != heard.ratings
    assert 0.3 < heard.ratings.agreement().alpha < 0.5
    clear = np.isin(heard.target, heard.target_names)
    assert 0.5 < clear.mean() < 0.8
    assert {"other", "frustration"} <= set(heard.ratings.labels)
    main = heard.expressed.idxmax(axis=1).to_numpy()
    assert (main[clear] == heard.target[clear]).mean() > 0.7
    assert "confuse the emotions that were to be expressed" in corpus.DESCR
    assert "listen to how far the voice is from each emotion" in heard.DESCR


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agreement_of_listeners_does_not_depend_on_the_seed(seed, monkeypatch):
    # The speech itself does not matter.
    monkeypatch.setattr(_dyadic, "speak", lambda *args, **settings: np.zeros(1))
    ratings = make_dyadic_corpus(10, 80, raters="listen", random_state=seed).ratings
    assert 0.3 < ratings.agreement().alpha < 0.5


def test_listeners_hear_the_voice_and_not_what_was_to_be_expressed(corpus, heard):
    """Of neutral utterances, the louder ones are heard as anger by those who listen alone."""
    loudness = 20 * np.log10([np.std(signal) for signal in corpus.data["signal"]])
    neutral = corpus.expressed["neutral"].to_numpy() == 1

    def correlate(ratings):
        angry = ratings.counts(ratings.labels.tolist()) / 3
        angry = angry[:, ratings.labels.tolist().index("anger")]
        angry += ratings.counts(["frustration"])[:, 0] / 3
        return np.corrcoef(loudness[neutral], angry[neutral])[0, 1]

    assert correlate(heard.ratings) > 0.3
    assert correlate(heard.ratings) > correlate(corpus.ratings) + 0.2


def test_emotions_are_heard_in_the_voice(corpus):
    """Anger is louder and higher than sadness for nearly all speakers."""
    lld = OpenSmileLLD("chou2019")
    X = lld.transform(corpus.data)
    names = lld.get_feature_names_out().tolist()
    pitch = [frames[:, names.index("F0_sma")] for frames in X]
    table = pd.DataFrame(
        {
            "speaker": corpus.data["speaker"],
            "main": corpus.expressed.idxmax(axis=1),
            "pitch": [np.log2(np.median(f[f > 0])) for f in pitch],
            "loudness": [frames[:, names.index("loudness_sma")].mean() for frames in X],
        }
    )
    means = table.groupby(["speaker", "main"])[["pitch", "loudness"]].mean().unstack()
    for way in ("pitch", "loudness"):
        assert (means[way]["anger"] > means[way]["sadness"]).mean() > 0.8


def test_same_seed_same_corpus():
    def make(seed, **settings):
        return make_dyadic_corpus(2, 4, random_state=seed, **settings)

    first, again, other = make(0), make(0), make(1)
    assert all(map(np.array_equal, first.data["signal"], again.data["signal"]))
    assert first.ratings == again.ratings
    assert not np.array_equal(first.data["signal"][0], other.data["signal"][0])
    # More raters do not change the speech.
    more = make(0, n_annotators=9)
    assert all(map(np.array_equal, first.data["signal"], more.data["signal"]))


def test_files_are_the_corpus(tmp_path):
    inside = make_dyadic_corpus(2, 4, random_state=0)
    outside = make_dyadic_corpus(2, 4, root=tmp_path / "new", random_state=0)
    for file, signal in zip(outside.data["file"], inside.data["signal"], strict=True):
        np.testing.assert_array_equal(soundfile.read(file, dtype="float32")[0], signal)
    assert outside.ratings == inside.ratings
    lld = OpenSmileLLD()
    assert lld.transform(outside.data) == lld.transform(inside.data)

    utterances = pd.read_csv(tmp_path / "new" / "utterances.csv")
    read = Ratings.from_long(
        pd.read_csv(tmp_path / "new" / "ratings.csv"),
        sample="utterance",
        samples=utterances["utterance"],
        target_classes=inside.target_names,
    )
    assert read == inside.ratings
    assert (tmp_path / "new" / utterances["file"][0]).is_file()


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="root must be a new or empty folder"):
        make_dyadic_corpus(1, 2, root=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_global_random_state_stays():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    make_dyadic_corpus(1, 2)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_sessions": 0}, "The 'n_sessions' parameter of make_dyadic_corpus must be"),
        ({"n_utterances": 1}, "The 'n_utterances' parameter of make_dyadic_corpus must be"),
        ({"n_ratings": 7}, "n_ratings must be 0 to 6"),
        ({"n_ratings": 7, "raters": "listen"}, "n_ratings must be 0 to 6"),
        ({"raters": "guess"}, "The 'raters' parameter of make_dyadic_corpus must be"),
    ],
)
def test_what_it_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        make_dyadic_corpus(**{"n_sessions": 1, "n_utterances": 2} | settings)
