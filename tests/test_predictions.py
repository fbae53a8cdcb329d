"""Tables of predictions, windows, fits on everything, scores of a fitted model, and its card."""

import ast
import shlex

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import AlteredSpeaker, ConsensusClassifier, Ratings, Sequences
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import (
    cross_evaluate,
    evaluate_fitted,
    fit_on_all,
    make_model_card,
    tabulate_predictions,
)
from sklearn_ser.evaluation._batches import make_batches
from sklearn_ser.features import (
    ExtractionError,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    cut_recordings,
)
from sklearn_ser.recipes import baseline2026

LINEAR = ConsensusClassifier(LogisticRegression(max_iter=2000))
SPEECH = make_pipeline(SegmentLogMel(segment_step=30), SequenceStatistics(), LINEAR)


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=2, n_utterances=12, random_state=0)


@pytest.fixture(scope="module")
def speech(corpus):
    """A model of recordings."""
    return fit_on_all(SPEECH, corpus)


@pytest.fixture
def files(corpus, tmp_path):
    names = []
    for i, signal in enumerate(corpus.data["signal"][:6]):
        names.append(str(tmp_path / f"{i}.wav"))
        soundfile.write(names[-1], signal, 16000)
    return names


# Tables of predictions


def test_a_table_of_waveforms_and_of_frames(corpus, speech, X, y):
    table = tabulate_predictions(speech, corpus.data, batch_size=5)
    assert table.columns.tolist()[:2] == ["speaker", "prediction"]
    proba = table.filter(regex="^p_").to_numpy()
    np.testing.assert_allclose(proba, speech.predict_proba(corpus.data), rtol=1e-6)
    assert table["prediction"].tolist() == speech.predict(corpus.data).tolist()
    model = make_pipeline(SequenceStatistics(), LINEAR).fit(X, y)
    table = tabulate_predictions(model, X, batch_size=7)
    np.testing.assert_allclose(table[["p_angry", "p_sad"]], model.predict_proba(X), rtol=1e-6)


def test_entropy_is_in_nat(X, y):
    class Known(ConsensusClassifier):
        def predict_proba(self, X):
            return np.tile([[1.0, 0.0], [0.5, 0.5]], (20, 1))

    model = Known(DummyClassifier()).fit(X, y)
    entropy = tabulate_predictions(model, X, batch_size=40)["entropy"]
    np.testing.assert_allclose(entropy, np.tile([0, np.log(2)], 20), atol=1e-12)


def test_times_are_numbers(speech, files):
    table = pd.DataFrame({"file": files[:2], "start": ["0.1", None], "end": ["0.9", "0.8"]})
    found = tabulate_predictions(speech, table)
    assert found["start"].tolist()[0] == 0.1
    assert np.isnan(found["start"].iloc[1])
    assert found["end"].tolist() == [0.9, 0.8]


def test_a_model_that_reads_inside_a_search_lists_bad_files(corpus, files, tmp_path):
    search = GridSearchCV(
        SPEECH, {"consensusclassifier__estimator__C": [0.1, 1]}, cv=2, error_score="raise"
    ).fit(corpus.data, corpus.ratings)
    X = [files[0], "nowhere.wav", *files[1:]]
    with pytest.raises(ExtractionError, match="1 of 7 recordings failed: sample 1") as caught:
        tabulate_predictions(search, X, batch_size=4)
    assert caught.value.failures["sample"].tolist() == [1]
    with pytest.warns(UserWarning, match="1 of 7 recordings failed"):
        table = tabulate_predictions(search, X, batch_size=4, errors="skip")
    assert table["prediction"].isna().tolist() == [False, True, *[False] * 5]
    np.testing.assert_allclose(
        table.filter(regex="^p_").drop(index=1), search.predict_proba(files), rtol=1e-6
    )


def test_failures_of_all_batches_are_in_one_error(speech, files):
    X = ["a.wav", *files[:3], "b.wav", *files[3:], "c.wav"]
    with pytest.raises(ExtractionError) as caught:
        tabulate_predictions(speech, X, batch_size=3)
    assert caught.value.failures["file"].tolist() == ["a.wav", "b.wav", "c.wav"]
    assert caught.value.failures["sample"].tolist() == [0, 4, 8]


def test_a_changed_file_is_predicted_again(speech, files, tmp_path):
    first = tabulate_predictions(speech, files, memory=tmp_path / "cache")
    soundfile.write(files[2], np.random.default_rng(0).normal(0, 0.1, 16000), 16000)
    second = tabulate_predictions(speech, files, memory=tmp_path / "cache")
    pd.testing.assert_frame_equal(second, tabulate_predictions(speech, files))
    assert not second.equals(first)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"errors": "ignore"}, ValueError, "errors must be 'raise' or 'skip', got 'ignore'"),
        ({"batch_size": 0}, ValueError, "batch_size must be an integer of at least 1, got 0"),
        ({"batch_size": True}, ValueError, "batch_size must be an integer of at least 1"),
        ({"annotators": "all"}, TypeError, "the classifier must have predict_annotators"),
        ({"X": []}, ValueError, "at least one sample is needed, got none"),
    ],
)
def test_what_predictions_must_be_of(speech, files, settings, error, message):
    with pytest.raises(error, match=message):
        tabulate_predictions(speech, **{"X": files} | settings)


# Recordings that say nothing


def test_silent_and_short_recordings(speech, files, tmp_path):
    rng = np.random.default_rng(0)
    signals = {
        "zeros": np.zeros(16000),
        "constant": np.full(16000, 0.25),
        "dither": rng.integers(-1, 2, 16000) / 32768,
        "short": rng.normal(0, 0.1, 1500),
        "long enough": rng.normal(0, 0.1, 1700),
        "quiet": rng.integers(-2, 3, 16000) / 32768,
    }
    for name, signal in signals.items():
        soundfile.write(tmp_path / f"{name}.wav", signal, 16000)
    X = [*(str(tmp_path / f"{name}.wav") for name in signals), files[0], "nowhere.wav"]
    silent, short = "is silent", "is shorter than 0.1 s"
    said = [silent, silent, silent, short, None, None, None, None]
    expected = speech.predict_proba(X[:7])
    for size, memory in [(1, None), (3, tmp_path / "cache"), (3, tmp_path / "cache")]:
        with pytest.warns(UserWarning, match="of 8 recordings") as caught:
            table = tabulate_predictions(speech, X, batch_size=size, errors="skip", memory=memory)
        assert table["remark"].tolist() == said
        assert table.columns.tolist()[-2:] == ["remark", "error"]
        # Their predictions stay.
        np.testing.assert_allclose(table.filter(regex="^p_")[:7], expected, rtol=1e-4)
        texts = [str(each.message) for each in caught]
        assert len(texts) == 3
        (of_silence,) = [text for text in texts if "3 of 8 recordings are silent, so" in text]
        for name in ("zeros", "constant", "dither"):
            assert f"{name}.wav)" in of_silence
        (of_short,) = [
            text for text in texts if "1 of 8 recordings are shorter than 0.1 s" in text
        ]
        assert "short.wav)" in of_short
        assert "A column 'remark' says so." in of_short


def test_silent_parts_and_waveforms(speech, files, tmp_path):
    signal = np.random.default_rng(0).normal(0, 0.1, (32000, 2))
    signal[16000:, 1] = 0
    soundfile.write(tmp_path / "half.wav", signal, 16000)
    windows = cut_recordings([str(tmp_path / "half.wav")], 0.5)
    for channel, expected in [(0, [None] * 4), (1, [None, None, "is silent", "is silent"])]:
        part = windows.assign(channel=channel)
        if channel == 0:
            assert "remark" not in tabulate_predictions(speech, part)
            continue
        with pytest.warns(UserWarning, match="2 of 4 parts of one recording are silent"):
            table = tabulate_predictions(speech, part)
        assert table["remark"].tolist() == expected
    with pytest.warns(UserWarning, match=r"1 of 2 recordings are silent.*sample 1 \(waveform\)"):
        table = tabulate_predictions(speech, [signal[:, 0], np.zeros(16000)])
    assert table["remark"].tolist() == [None, "is silent"]


def test_features_get_no_remarks():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 3)), ["sad", "angry"] * 10
    X[0] = 0
    model = ConsensusClassifier(LogisticRegression()).fit(X, y)
    for same in (X, X.tolist(), pd.DataFrame(X)):
        table = tabulate_predictions(model, same)
        assert table.columns.tolist() == ["prediction", "p_angry", "p_sad", "entropy"]


# Batches


@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_sample_is_in_one_batch(size):
    speakers = ["a", "b", None, "a", np.nan, "c", "c", "c", "c", AlteredSpeaker("a", "slow")]
    for who in (None, speakers):
        batches = make_batches(10, size, who)
        assert sorted(np.concatenate(batches)) == list(range(10))
        if who is None:
            assert max(map(len, batches)) <= size
    for one in ("a", "b", "c"):
        rows = {i for i, name in enumerate(speakers) if type(name) is str and name == one}
        assert sum(bool(rows & set(batch)) for batch in batches) == 1


def test_unknown_speakers_do_not_make_vectors_of_zeros(encoder, corpus):
    model = make_pipeline(
        TransformerEmbeddings(str(encoder)),
        SequenceScaler("speaker"),
        SequenceStatistics(),
        LINEAR,
    ).fit(corpus.data, corpus.ratings)
    with pytest.raises(ValueError, match=r"2 of 2 samples are unknown \(samples 0, 1\), so that"):
        tabulate_predictions(model, corpus.data["signal"][:2].tolist())
    new = corpus.data[:3].assign(speaker=["x", "y", "y"])
    with pytest.warns(UserWarning, match="with a single recording are scaled to nothing.*: x. "):
        tabulate_predictions(model, new)
    # Those whom it knows are scaled as in training.
    one = tabulate_predictions(model, corpus.data[:1]).filter(regex="^p_").to_numpy()
    np.testing.assert_allclose(one, model.predict_proba(corpus.data)[:1], rtol=1e-4)


# Windows


def cut(seconds, *arguments):
    signal = np.zeros(round(seconds * 16000))
    return cut_recordings([signal], *arguments)[["start", "end"]].values.tolist()


@pytest.mark.parametrize("length", [0.5, 1, 3.3])
@pytest.mark.parametrize("share", [0.25, 0.5, 1])
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1, 1.7, 4.99, 10, 10.01])
def test_windows_cover_every_moment(seconds, length, share):
    windows = np.array(cut(seconds, length, share * length))
    assert windows[0, 0] == 0
    assert windows[-1, 1] == pytest.approx(seconds, abs=1e-4)
    np.testing.assert_allclose(np.diff(windows[:, 0]), share * length, atol=2e-6)
    assert (windows[1:, 0] <= windows[:-1, 1] + 2e-6).all()
    sizes = windows[:, 1] - windows[:, 0]
    np.testing.assert_allclose(sizes[:-1], length, atol=2e-6)
    if len(windows) > 1:
        assert length / 2 - 2e-6 <= sizes[-1] <= 1.5 * length


def test_windows_of_parts_keep_what_is_known(files):
    table = pd.DataFrame(
        {"file": files[:2], "start": [0.2, None], "end": [0.8, None], "speaker": ["a", "b"]}
    )
    windows = cut_recordings(table, 0.3)
    first = windows.loc[[0]]
    np.testing.assert_allclose(first[["start", "end"]], [[0.2, 0.5], [0.5, 0.8]])
    assert set(first["speaker"]) == {"a"}
    assert windows["end"].iloc[-1] == pytest.approx(soundfile.info(files[1]).duration)


def test_windows_of_a_file_that_cannot_be_read(speech, files):
    windows = cut_recordings(["nowhere.wav", files[0]], 0.5)
    assert windows.loc[0, "file"] == "nowhere.wav"
    assert pd.isna(windows.loc[0, "end"])
    with pytest.raises(ExtractionError, match=r"sample 0 \(nowhere.wav\) does not exist"):
        tabulate_predictions(speech, windows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "length must be a number of seconds greater than 0, got 0"),
        ((np.inf,), "length must be a number of seconds greater than 0, got inf"),
        ((1, -1), "hop must be a number of seconds greater than 0, got -1"),
        ((1, "1"), "hop must be a number of seconds greater than 0, got '1'"),
        ((1, 2), "hop must be at most length, or windows would leave gaps; got 2 and 1"),
    ],
)
def test_what_windows_must_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        cut(3, *arguments)


# Fitted models


def test_fit_on_all_is_fit(corpus, speech, tmp_path):
    expected = SPEECH.fit(corpus.data, corpus.ratings).predict_proba(corpus.data)
    np.testing.assert_array_equal(speech.predict_proba(corpus.data), expected)
    for _ in range(2):
        kept = fit_on_all(SPEECH, corpus, memory=tmp_path)
        np.testing.assert_array_equal(kept.predict_proba(corpus.data), expected)
        assert kept[0].memory is None
    assert list(kept.named_steps) == list(SPEECH.named_steps)


def test_scores_of_a_fitted_model(corpus, speech, tmp_path):
    other = make_dyadic_corpus(n_sessions=1, n_utterances=10, random_state=1)
    found = evaluate_fitted(speech, other, name="mine", memory=tmp_path)
    predictions = found.predictions
    assert predictions["prediction"].tolist() == speech.predict(other.data).tolist()
    np.testing.assert_allclose(
        predictions.filter(regex="^p_"), speech.predict_proba(other.data), rtol=1e-6
    )
    assert found.summary().index.tolist() == ["mine"]
    assert found.scores["group"].tolist() == other.data["speaker"].unique().tolist()
    assert "it is not known who is in the training data" in found.description
    assert not found.shared_speakers


@pytest.mark.parametrize("known", [["Ses1F", "Ann"], [AlteredSpeaker("Ses1F", "slow")]])
def test_speakers_who_were_in_training(corpus, speech, known):
    found = evaluate_fitted(speech, corpus, training_speakers=known)
    assert found.shared_speakers
    assert "SPEAKERS ON BOTH SIDES: Ses1F are in the training data" in found.description
    found = evaluate_fitted(speech, corpus, training_speakers=["Ann"])
    assert "no speaker is in the training data" in found.description


@pytest.mark.parametrize(
    ("speakers", "known", "shared", "said"),
    [
        (["S0", "S1"], ["s0"], True, "SPEAKERS ON BOTH SIDES: S0 are in the training data"),
        ([1, 2], ["1"], True, "SPEAKERS ON BOTH SIDES: 1 are"),
        ([1, 2], [2.0], True, "SPEAKERS ON BOTH SIDES: 2 are"),
        (["Jo\u0301 B", "x"], [" J\u00f3  b"], True, "SPEAKERS ON BOTH SIDES: Jo"),
        (["a", None], ["a"], True, "SPEAKERS ON BOTH SIDES: a are"),
        (["a", "b"], ["c"], False, "no speaker is in the training data"),
        (["01", "02"], ["1"], False, "no speaker is in the training data"),
        (
            ["a", None],
            ["c"],
            False,
            "it is not known whether speakers are in the training data, s",
        ),
        (["a", np.nan], ["c"], False, "in the training data, since some are unknown"),
        (["a", pd.NA], ["c"], False, "in the training data, since some are unknown"),
        (["a", " "], ["c"], False, "in the training data, since some are unknown"),
        (None, ["c"], False, "in the training data, since some are unknown"),
        (["a", "b"], ["c", None], False, "in the training data, where some are unknown"),
        (["a", "b"], ["c", np.nan], False, "in the training data, where some are unknown"),
        (["a", "b"], [], False, "it is not known who is in the training data"),
    ],
)
def test_what_is_known_of_speakers_in_training(X, y, speakers, known, shared, said):
    model = make_pipeline(SequenceStatistics(), LINEAR).fit(X, y)
    names = None if speakers is None else np.resize(np.array(speakers, dtype=object), len(X))
    corpus = Bunch(data=Sequences(X.values, X.offsets, speaker=names), ratings=y)
    found = evaluate_fitted(model, corpus, training_speakers=known)
    assert found.shared_speakers is shared
    assert said in found.description
    if not shared and "no speaker" not in said:
        assert "no speaker is" not in found.description


def test_recordings_that_were_in_training(speech, files):
    data = pd.DataFrame({"file": files, "speaker": list("abcdef")})
    corpus = Bunch(data=data, ratings=np.array(["anger", "neutral"] * 3))
    found = evaluate_fitted(speech, corpus, training_speakers=["z"], training_files=files[:2])
    assert found.shared_speakers
    assert "SPEAKERS ON BOTH SIDES: 2 of 6 recordings are in the training data" in (
        found.description
    )
    moved = ["C:\\old\\0.WAV", "elsewhere/3.flac"]
    found = evaluate_fitted(speech, corpus, training_speakers=["z"], training_files=moved)
    assert not found.shared_speakers
    assert (
        "it is not known whether speakers are in the training data; 2 of 6 recordings have "
        in (found.description)
    )
    assert "names of recordings that the model was trained on: 0.wav, 3.wav" in found.description
    found = evaluate_fitted(speech, corpus, training_speakers=["z"], training_files=["7.wav"])
    assert "no speaker is in the training data" in found.description
    nobody = Bunch(data=data[["file"]], ratings=corpus.ratings)
    found = evaluate_fitted(speech, nobody, training_files=files)
    assert found.shared_speakers
    assert "no speaker is" not in found.description


def test_groups_of_a_fitted_model(corpus, speech):
    found = evaluate_fitted(speech, corpus, groups="session")
    assert found.scores["group"].tolist() == [1, 2]
    nobody = Bunch(data=corpus.data.drop(columns="speaker"), ratings=corpus.ratings)
    found = evaluate_fitted(speech, nobody)
    assert "24 samples; 24 groups (samples)" in found.description


# Cards


def test_a_card_holds_no_markup_of_names(corpus):
    rows = {"a|b_<script>": ConsensusClassifier(DummyClassifier())}
    ratings = Ratings.from_labels(["<b>", "x|y"] * 12)
    odd = Bunch(data=corpus.data, ratings=ratings, DESCR="A *corpus*")
    tables = {"Of/both": pd.DataFrame({"<i>": ["a|b"]}), "Nobody": pd.DataFrame({"n": []})}
    (model,) = rows.values()
    card = make_model_card(fit_on_all(model, odd), cross_evaluate(rows, odd), tables=tables)
    text = card.render()
    for markup in ("<script>", "<b>", "<i>", "*corpus*", "x|y"):
        assert markup not in text.replace("\\*", "").replace("\\|", "")
    assert "## Training data/Of or both" in text
    assert "Nobody" not in text


@pytest.mark.parametrize(
    "file",
    ["my model.skops", 'a"b.skops', "it's.skops", "$(ls).skops", "-m.skops", "`x`.skops", "a\\b"],
)
def test_examples_of_a_card_can_be_run(corpus, file):
    model = ConsensusClassifier(DummyClassifier())
    found = cross_evaluate({"a": model}, corpus)
    text = make_model_card(model.fit(corpus.data, corpus.ratings), found, file=file).render()
    code = text.partition("```python\n")[2].partition("```")[0]
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    assert [call.args[0].value for call in calls if getattr(call.func, "id", "") == "load"] == [
        file
    ]
    line = text.partition("```sh\n")[2].partition("\n```")[0]
    words = shlex.split(line)
    assert words[4].removeprefix("./") == file
    assert words[:4] == ["python", "-m", "sklearn_ser", "predict"]
    assert words[5:] == ["recording.wav", "--out", "predictions.csv"]
    assert not words[4].startswith("-")


def test_licences_of_an_encoder(corpus, encoder, tmp_path):
    rows = {"linear": baseline2026(encoder=encoder, quick=True)["all hidden states"]}
    found = cross_evaluate(rows, corpus, memory=tmp_path)
    text = make_model_card(fit_on_all(rows["linear"], corpus), found).render()
    assert "Its licence: see the page of the encoder." in text
    assert "openSMILE" not in text


def test_a_name_that_the_evaluation_lacks(corpus):
    model = ConsensusClassifier(DummyClassifier())
    found = cross_evaluate({"a": model}, corpus)
    with pytest.raises(ValueError, match=r"name must be one of \['a'\], got 'b'"):
        make_model_card(model.fit(corpus.data, corpus.ratings), found, name="b")


def test_a_card_without_skops(corpus, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skops.card", None)
    with pytest.raises(ImportError, match="model cards need skops: pip install skops"):
        make_model_card(None, None)


def test_a_model_without_an_encoder(corpus):
    recipe = baseline2026(encoder=None, quick=True)
    assert recipe.baseline in recipe
    assert recipe.published.empty
    found = cross_evaluate(dict(recipe), corpus, groups="speaker")
    assert found.summary().index.tolist() == list(recipe)


def test_sequences_need_no_front(X, y):
    model = make_pipeline(SequenceScaler("speaker"), SequenceStatistics(), LINEAR).fit(X, y)
    nobody = Sequences(X.values, X.offsets)
    with pytest.warns(UserWarning, match="40 of 40 samples are unknown") as caught:
        tabulate_predictions(model, nobody, batch_size=8)
    assert len(caught) == 1
