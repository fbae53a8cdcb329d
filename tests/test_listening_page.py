"""The file of a listening page: what is in it, and what is refused."""

import base64
import hashlib
import io
import itertools
import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.stats import entropy
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    Ratings,
    Sequences,
)
from sklearn_ser.datasets import load_emodb_sample, load_table
from sklearn_ser.evaluation import Evaluation, cross_evaluate
from sklearn_ser.features import OpenSmileLLD, SegmentLogMel, SequenceStatistics
from sklearn_ser.inspection import _listening_curves, _listening_sound, listening_page

SPEECH = load_emodb_sample()
TONES = [0.5 * np.sin(np.arange(8000) * (i + 1) / 50).astype(np.float32) for i in range(4)]
ANSWERS = pd.DataFrame(
    {"E1": ["sad", "sad", "angry", None], "E2": ["sad", "angry", ("angry", "sad"), None]}
)
RATINGS = Ratings.from_wide(ANSWERS)
CLASSES = ["angry", "sad"]
PROBA = np.array([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "page.html"


def read(path):
    """What the page says, by another parser than the one that it is made for."""
    text = path.read_text(encoding="utf-8")
    (data,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', text, re.S)
    return json.loads(data)


def clips_of(path):
    return {clip["sample"]: clip for clip in read(path)["clips"]}


def sounds_of(path):
    found = re.findall(
        r'<script type="text/plain" id="sound-(\d+)">([A-Za-z0-9+/=]+)</script>',
        path.read_text(encoding="utf-8"),
    )
    return {int(sample): base64.b64decode(code) for sample, code in found}


def test_what_raters_and_model_say(path):
    assert listening_page(RATINGS, TONES, path, proba=PROBA, classes=CLASSES) == [str(path)]
    page, clips = read(path), clips_of(path)
    assert page["title"] == "4 clips to listen to"
    assert page["choices"] == page["classes"] == CLASSES
    assert page["raters"] == ["E1", "E2"]
    assert clips[0]["answers"] == [{"label": "sad", "raters": ["E1", "E2"], "count": 2}]
    assert {a["label"]: a["raters"] for a in clips[2]["answers"]} == {
        "angry": ["E1", "E2"],
        "sad": ["E2"],
    }
    assert clips[3]["answers"] == []
    assert [clips[i]["label"] for i in range(4)] == ["sad", None, "angry", None]
    assert [clips[i]["prediction"] for i in range(4)] == ["sad", "angry", "sad", "angry"]
    assert clips[1]["proba"] == [0.9, 0.1]
    assert clips[2]["name"] == "sample 2"
    assert clips[2]["file"] is None


def test_scores_are_those_of_scipy(path):
    listening_page(RATINGS, TONES, path, proba=PROBA, classes=CLASSES)
    page, clips = read(path), clips_of(path)
    assert page["sorts"] == ["suspicion", "error", "disagreement", "uncertainty", "order"]
    assert page["sort"] == "suspicion"
    assert [clip["sample"] for clip in page["clips"]] == [2, 0, 1, 3]
    votes = {0: [2], 1: [1, 1], 2: [2, 1]}
    for i in range(4):
        scores = clips[i]["scores"]
        assert scores["uncertainty"] == pytest.approx(entropy(PROBA[i], base=2), abs=1e-4)
        expected = pytest.approx(entropy(votes[i], base=2), abs=1e-4) if i in votes else None
        assert scores["disagreement"] == expected
    assert [clips[i]["scores"]["suspicion"] for i in range(4)] == [0.2, None, 0.6, None]
    assert [clips[i]["scores"]["error"] for i in range(4)] == [0.0, None, 0.2, None]


def test_anonymous_raters_are_counted(path):
    listening_page(Ratings.from_counts([[3, 1], [0, 2]], CLASSES), TONES[:2], path)
    assert clips_of(path)[0]["answers"] == [
        {"label": "angry", "raters": [], "count": 3},
        {"label": "sad", "raters": [], "count": 1},
    ]


@pytest.mark.parametrize("labels", [[0, 1], [False, True], ["0", "1"]])
def test_labels_of_every_kind_are_text_on_the_page(path, labels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if labels[0] == "0" else "error")
        listening_page(Ratings.from_labels(labels), TONES[:2], path)
    assert read(path)["choices"] == [str(label) for label in labels]


def test_a_model_may_know_whole_labels_as_floats(path):
    table = pd.DataFrame({"prediction": [0.0, 1.0]}, index=pd.Index([0, 1], name="sample"))
    listening_page(table, TONES[:2], path, ratings=[0, 0], choices=[0, 1])
    clips = clips_of(path)
    assert [clips[i]["prediction"] for i in (0, 1)] == ["0", "1"]
    assert [clips[i]["scores"]["error"] for i in (0, 1)] == [0.0, 1.0]


def test_suspects_of_a_classifier(path):
    rng = np.random.default_rng(0)
    X = [rng.normal(loc, 1, (6, 3)) for loc in [-1, 1] * 12]
    y = ["sad", "angry"] * 12
    y[0] = "angry"
    network = AttentionBLSTMClassifier((4, 4, 4), lr=0.01, max_epochs=8, early_stopping=False)
    found = LabelCorrectingClassifier(network, random_state=0).fit(X, y).suspects(5)
    sounds = [TONES[0]] * 24
    listening_page(found, sounds, path, ratings=y)
    page, clips = read(path), clips_of(path)
    assert [clip["sample"] for clip in page["clips"]] == found.index.tolist()
    for sample, row in found.iterrows():
        clip = clips[sample]
        assert (clip["label"], clip["corrected"]) == (row["given"], row["corrected"])
        assert clip["scores"]["suspicion"] == pytest.approx(1 - row["left"], abs=1e-4)
        assert clip["left"] == pytest.approx(row["left"], abs=1e-4)
        assert clip["w"] == pytest.approx(row["w"], abs=1e-4)
        assert clip["held_out"] is row["held_out"]
        assert clip["answers"] == [{"label": y[sample], "raters": [], "count": 1}]


@pytest.fixture(scope="module")
def evaluation():
    """Two estimators and two seeds, on real recordings."""
    rows = np.flatnonzero(SPEECH.data["speaker"].isin(["03", "08"]))[::4]
    corpus = SPEECH | {"data": SPEECH.data.iloc[rows], "ratings": SPEECH.ratings[rows]}
    rows = {
        "chance": ConsensusClassifier(DummyClassifier(strategy="stratified")),
        "linear": make_pipeline(
            OpenSmileLLD("chou2019"),
            SequenceStatistics(),
            ConsensusClassifier(LogisticRegression(max_iter=20, C=1e-3)),
        ),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Bunch(**corpus), cross_evaluate(rows, Bunch(**corpus), seeds=(0, 1, 2))


def test_an_evaluation(path, evaluation):
    corpus, found = evaluation
    listening_page(found, corpus.data, path, estimator="chance")
    page, clips = read(path), clips_of(path)
    assert sorted(clips) == list(range(len(corpus.data)))
    own = found.predictions[found.predictions["estimator"] == "chance"]
    for sample, clip in clips.items():
        tested = own[own["sample"] == sample]
        mean = [tested[f"p_{label}"].mean() for label in page["classes"]]
        np.testing.assert_allclose(clip["proba"], mean, atol=1e-4)
        votes = tested["prediction"].value_counts()
        assert votes[clip["prediction"]] == votes.max()
        assert clip["label"] == tested["consensus"].iloc[0]
        assert clip["speaker"] == tested["speaker"].iloc[0]
        assert clip["file"] == corpus.data["file"].iloc[sample]
    assert page["choices"][:4] == ["anger", "happiness", "neutral", "sadness"]
    assert page["choices"][4:] == ["other"]


def test_predictions_of_an_evaluation_that_a_user_selected(path, evaluation):
    corpus, found = evaluation
    table = found.predictions.query("estimator == 'linear' and seed == 0").head(3)
    listening_page(table, corpus.data, path, ratings=corpus.ratings)
    clips = clips_of(path)
    assert set(clips) == set(table["sample"])
    assert len(clips) == 3
    assert all(clip["details"] == {} for clip in clips.values())


def test_an_evaluation_of_several_estimators_needs_a_name(path, evaluation):
    corpus, found = evaluation
    message = r"of several estimators: \['chance', 'linear'\]; estimator= says whose"
    with pytest.raises(ValueError, match=message):
        listening_page(found, corpus.data, path)
    with pytest.raises(ValueError, match=r"must be one of \['chance', 'linear'\], got 'x'"):
        listening_page(found, corpus.data, path, estimator="x")
    with pytest.raises(ValueError, match="estimator is a name in an Evaluation; samples are Rat"):
        listening_page(RATINGS, TONES, path, estimator="x")
    assert not path.exists()


def test_samples_that_a_table_names_by_file(path):
    """With columns that the page does not know."""
    table = pd.DataFrame(
        {
            "sample": SPEECH.data["file"].iloc[[4, 2]],
            "loudness": [0.123456, 12.0],
            "when": [pd.Timestamp("2024-05-01"), pd.NaT],
            "tags": [["a", "b"], []],
            "n": [3, 4],
        }
    )
    listening_page(table, SPEECH.data, path, ratings=SPEECH.ratings, sort="order")
    clips = clips_of(path)
    assert list(clips) == [4, 2]
    assert clips[4]["details"] == {
        "loudness": "0.1235",
        "when": "2024-05-01 00:00:00",
        "tags": "['a', 'b']",
        "n": "3",
    }
    assert clips[2]["details"]["when"] is None
    assert clips[4]["speaker"] == SPEECH.data["speaker"].iloc[4]


def test_the_sound_is_that_of_each_clip(path):
    rows = [0, 7, 100]
    table = pd.DataFrame({"given": "anger"}, index=pd.Index(rows, name="sample"))
    listening_page(table, SPEECH.data, path)
    clips = clips_of(path)
    for sample, code in sounds_of(path).items():
        signal, rate = soundfile.read(SPEECH.data["file"].iloc[sample], dtype="float32")
        decoded, same = soundfile.read(io.BytesIO(code), dtype="float32")
        assert rate == same == 16000
        assert len(decoded) == len(signal)
        assert clips[sample]["seconds"] == len(signal) / 16000
        assert clips[sample]["kind"] == "audio/mpeg"
        assert np.corrcoef(decoded, signal)[0, 1] > 0.98
        assert len(code) < 10000 * len(signal) / 16000  # a third of its 16 bits


def test_parts_and_channels_of_recordings(path, tmp_path):
    left = np.repeat([0.1, 0.8, 0.1], 8000)
    soundfile.write(tmp_path / "a.wav", np.column_stack([left, 0 * left + 0.4]), 16000)
    audio = pd.DataFrame(
        {
            "file": "a.wav",
            "start": [None, 0.5, 0],
            "end": [None, 1.0, None],
            "channel": [0, 0, 1],
        }
    )
    labels = ["sad", "angry", "sad"]
    listening_page(Ratings.from_labels(labels), audio, path, root=tmp_path, sort="order")
    clips = clips_of(path)
    assert [clips[i]["seconds"] for i in range(3)] == [1.5, 0.5, 1.5]
    assert [clips[i]["name"] for i in range(3)] == ["a.wav", "a.wav at 0.5 s", "a.wav"]
    assert [clips[i]["file"] for i in range(3)] == ["a.wav"] * 3
    assert (clips[1]["start"], clips[1]["end"]) == (0.5, 1.0)
    for i, level in enumerate([None, 0.8, 0.4]):
        if level is not None:
            decoded, _ = soundfile.read(io.BytesIO(sounds_of(path)[i]))
            # MP3 does not keep a constant, but it keeps which of them it was at the start.
            assert np.abs(decoded).max() > level / 2


def test_peaks_are_the_extremes_of_each_part():
    signal = np.random.default_rng(0).normal(size=4801).astype(np.float32)
    peaks = _listening_sound.find_peaks(signal)
    n = _listening_sound.N_PEAKS
    starts = [i * len(signal) // n for i in range(n)] + [len(signal)]
    loudest = np.abs(signal).max()
    for i in range(n):
        part = signal[starts[i] : starts[i + 1]] / loudest * 127
        np.testing.assert_allclose(peaks[i], [part.min(), part.max()], atol=0.51)
    assert _listening_sound.find_peaks(np.zeros(3, np.float32)).tolist() == [[0, 0]] * 3
    assert _listening_sound.find_peaks(np.float32([-0.5])).tolist() == [[-127, -127]]


@pytest.mark.parametrize("n", [1, 2, 100, 575, 576, 577, 1151, 1152, 3199, 3200, 3201])
def test_a_clip_of_any_length_is_compressed(n):
    sound = _listening_sound.compress(_clip(np.linspace(-1, 0.9, n)))
    assert sound.problem is None
    decoded, _ = soundfile.read(io.BytesIO(base64.b64decode(sound.code)))
    assert len(decoded) == n


def _clip(signal):
    from sklearn_ser.speech._recordings import check_audio

    return check_audio([np.asarray(signal, dtype=np.float32)]).clips[0]


def test_attention_is_placed_in_time(path):
    rng = np.random.default_rng(0)
    weights = [rng.dirichlet(np.ones(n)) for n in (5, 700)]
    frames = Sequences.from_arrays([np.zeros((5, 1)), np.zeros((700, 1))], frame_step=0.1)
    listening_page(RATINGS[:2], TONES[:2], path, attention=weights, frames=frames)
    curve = clips_of(path)[0]["curve"]
    assert curve["kind"] == "attention"
    np.testing.assert_allclose(curve["times"], [0.05, 0.15, 0.25, 0.35, 0.45])
    np.testing.assert_allclose(curve["values"], 5 * weights[0], atol=1e-3)
    # Of the longer one, means of neighbours are shown.
    curve = clips_of(path)[1]["curve"]
    assert len(curve["values"]) == _listening_curves.MOST_POINTS
    starts = [i * 700 // 300 for i in range(300)] + [700]
    means = [700 * weights[1][a:b].mean() for a, b in itertools.pairwise(starts)]
    np.testing.assert_allclose(curve["values"], means, atol=1e-3)


def test_profiles_are_placed_in_time(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        segments = SegmentLogMel(segment_step=4).fit_transform(TONES)
    rng = np.random.default_rng(0)
    profile = [rng.dirichlet(np.ones(2), len(segments.times(i))) for i in range(4)]
    profile[1] = None
    listening_page(RATINGS, TONES, path, profile=profile, classes=CLASSES, frames=segments)
    assert read(path)["profile_classes"] == CLASSES
    clips = clips_of(path)
    assert clips[1]["curve"] is None
    np.testing.assert_allclose(clips[2]["curve"]["values"], profile[2], atol=1e-3)
    middle = segments.times(2).mean(axis=1)
    np.testing.assert_allclose(clips[2]["curve"]["times"], middle, atol=1e-3)


BAD_CURVES = [
    ({"attention": [[1]] * 4, "profile": [[1]] * 4}, "attention or a profile; both were given"),
    ({"attention": [[1]] * 4}, r"attention needs frames=, the Sequences or Segments"),
    ({"attention": [[1]] * 3, "frames": 4}, "one entry per sample of audio: 4, got 3 and 4"),
    ({"attention": [[1, 1]] * 4, "frames": 4}, r"shape \(n_frames,\).*samples 0 \(\(2,\), for 1"),
    ({"attention": [[np.nan]] * 4, "frames": 4}, "attention must be finite; not for samples 0, 1"),
    ({"profile": [[[1, 0]]] * 4, "frames": 4}, "classes must name the columns of profile"),
    (
        {"profile": [[[1, 0, 0]]] * 4, "frames": 4, "classes": CLASSES},
        r"shape \(n_segments, 2\).*samples 0 \(\(1, 3\)",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), BAD_CURVES)
def test_curves_that_do_not_fit(path, wrong, message):
    if "frames" in wrong:
        wrong = wrong | {"frames": Sequences.from_arrays([[[0.0]]] * 4, frame_step=0.1)}
    with pytest.raises(ValueError, match=message):
        listening_page(RATINGS, TONES, path, **wrong)
    assert not path.exists()


def test_frames_without_times(path):
    frames = Sequences.from_arrays([[[0.0]]] * 4)
    with pytest.raises(ValueError, match="frame step of these Sequences is unknown"):
        listening_page(RATINGS, TONES, path, attention=[[1.0]] * 4, frames=frames)


HOSTILE = ["<script>alert(1)</script>", "</script>", "<!--", "\u2028\u2029", "\u202ertl", "\"'&`"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_cannot_leave_its_place(path, text):
    audio = pd.DataFrame({"signal": TONES[:2], "speaker": text})
    table = pd.DataFrame({"given": [text, "b"], text: text}, index=pd.Index([0, 1], name="sample"))
    ratings = Ratings.from_wide(pd.DataFrame({text: [text, "b"]}))
    listening_page(table, audio, path, title=text, ratings=ratings, annotator=f"{text}.")
    html = path.read_text(encoding="ascii")
    # The same tags as on a page with plain text.
    plain = path.with_name("plain.html")
    listening_page(
        table.rename(columns={text: "a"}).replace(text, "a"), TONES[:2], plain, title="a"
    )
    tags = [re.findall(r"<[a-z!/][^>]*", p) for p in (html, plain.read_text(encoding="ascii"))]
    assert tags[0] == tags[1]
    page = read(path)
    clip = clips_of(path)[0]
    assert page["title"] == clip["label"] == clip["speaker"] == clip["details"][text] == text
    assert page["raters"] == [text]
    assert page["annotator"] == f"{text}.".strip()


def test_a_name_that_is_no_utf_8(path, tmp_path):
    """As the operating system may have it; the page and its list stay as they are."""
    with pytest.warns(UserWarning, match="recordings failed"):
        listening_page(RATINGS[:2], ["caf\udce9.wav", _write(tmp_path)], path)
    assert clips_of(path)[0]["name"] == "caf\udce9.wav"


def _write(folder):
    soundfile.write(folder / "ok.wav", TONES[0], 16000)
    return str(folder / "ok.wav")


def test_its_policy_allows_its_own_script_and_style_only(path):
    listening_page(RATINGS, TONES, path)
    html = path.read_text(encoding="ascii")
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', html)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (
        rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    )
    assert rules.pop("media-src") == "blob:"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(name) == f"'sha256-{digest}'"
    assert rules == {}
    assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|eval\(", html)


def test_bad_recordings_stop_no_others(path, tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    files = [_write(tmp_path), str(tmp_path / "nowhere.wav"), str(tmp_path / "empty.wav")]
    with pytest.warns(UserWarning, match="recordings failed") as caught:
        listening_page(Ratings.from_labels(["a", "b", "a"]), files, path)
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith("2 of 3 recordings failed:")
    assert "nowhere.wav) does not exist" in text
    assert text.endswith("The page shows them without sound.")
    assert warning.filename == __file__
    clips = clips_of(path)
    assert [clips[i]["problem"] is None for i in range(3)] == [True, False, False]
    assert list(sounds_of(path)) == [0]


def test_an_unexpected_error_stops_no_others(path, monkeypatch):
    def fail(clip, rate):
        raise ZeroDivisionError("at 3")

    monkeypatch.setattr(_listening_sound, "read_clip", fail)
    with pytest.raises(ValueError, match=r"no page was written.*failed with ZeroDivisionError"):
        listening_page(RATINGS, TONES, path)
    assert not path.exists()


def test_no_recording_can_be_read(path):
    with pytest.raises(ValueError, match=r"no page was written: 2 of 2 recordings failed"):
        listening_page(RATINGS[:2], ["a.wav", "b.wav"], path)
    assert not path.exists()


def test_a_page_that_would_be_too_large_becomes_several(path):
    (whole,) = listening_page(RATINGS, TONES, path.with_name("whole.html"))
    size = len(open(whole, "rb").read())
    paths = listening_page(RATINGS, TONES, path, max_bytes=size - 2000, sort="order")
    assert paths == [str(path), str(path.with_name("page-2.html"))]
    pages = [read(path.with_name(p.rpartition("/")[2])) for p in paths]
    assert [clip["sample"] for page in pages for clip in page["clips"]] == [0, 1, 2, 3]
    assert [(page["previous"], page["next"]) for page in pages] == [
        (None, "page-2.html"),
        ("page.html", None),
    ]
    assert [page["name"] for page in pages] == ["page", "page-2"]
    for p in paths:
        assert len(open(p, "rb").read()) <= size - 2000
    # Choices on all pages are kept in one place.
    assert pages[0]["store"] == pages[1]["store"]


def test_a_clip_that_no_page_can_hold(path):
    message = r"max_bytes must hold a page with one clip; sample 1 \(sample 1, 0 s\) needs \d+"
    with pytest.raises(ValueError, match=message):
        listening_page(RATINGS, TONES, path, max_bytes=1000)
    assert not path.exists()


def test_threads_change_nothing(path):
    listening_page(RATINGS, TONES, path, n_jobs=2)
    parallel = path.read_bytes()
    listening_page(RATINGS, TONES, path)
    assert path.read_bytes() == parallel
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_choices_are_kept_if_only_the_model_changes(path):
    def store(**options):
        listening_page(RATINGS, TONES, path, **options)
        return read(path)["store"]

    assert store() == store(proba=PROBA, classes=CLASSES) == store(sort="order")
    assert store() != store(title="another")


BAD = [
    ({"ratings": RATINGS}, ValueError, "ratings are given twice"),
    ({"proba": PROBA}, ValueError, r"classes must name the 2 columns of proba.*got none"),
    ({"proba": PROBA, "classes": ["a"]}, ValueError, "classes must name the 2 columns.*got 1"),
    ({"proba": PROBA[:3], "classes": CLASSES}, ValueError, r"row per sample of audio \(4\).*3, 2"),
    ({"proba": PROBA * 2, "classes": CLASSES}, ValueError, "sum of 1.*for samples 0, 1, 2, 3"),
    ({"proba": -PROBA, "classes": CLASSES}, ValueError, "0 or more.*for samples 0, 1, 2, 3"),
    ({"classes": "sad"}, TypeError, "classes must be a"),
    ({"sort": "loudness"}, ValueError, r"sort must be one of \['suspicion'.*got 'loudness'"),
    ({"sort": "suspicion"}, ValueError, r"one of \['disagreement', 'order'\] for these samples"),
    ({"annotator": " "}, ValueError, "annotator must be a name, got ' '"),
    ({"annotator": "E1"}, ValueError, "must not be one of the raters.*got 'E1'"),
    ({"choices": []}, ValueError, "choices"),
    ({"choices": ["sad", "sad"]}, ValueError, "choices must be different labels"),
    ({"choices": [0, 1]}, ValueError, "choices must be labels of the same kind as labels of the"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), BAD)
def test_arguments_that_do_not_fit(path, wrong, error, message):
    with pytest.raises((error, ValueError, TypeError), match=message):
        listening_page(RATINGS, TONES, path, **wrong)
    assert not path.exists()


def table(samples=(0, 1), **columns):
    return pd.DataFrame({"given": "sad", **columns}, index=pd.Index(samples, name="sample"))


BAD_SAMPLES = [
    (["sad"] * 4, TypeError, "samples must be Ratings, an Evaluation, or a DataFrame.*got list"),
    (ANSWERS, ValueError, r"column or index named 'sample'.*the columns are \['E1', 'E2'\]"),
    (table([]), ValueError, "there are no samples to listen to: the table is empty"),
    (table([1, 1]), ValueError, "must have one row per sample; several for 1. A table of several"),
    (table([1, 4]), ValueError, "samples must be rows of audio, from 0 to 3; not 4"),
    (table([-1, 0]), ValueError, "samples must be rows of audio, from 0 to 3; not -1"),
    (table(["a", "b"]), ValueError, "names of recordings in audio, which has none; not 'a', 'b'"),
    (table(p_sad=[0.7, 0.7]), ValueError, "with a sum of 1 per sample.*not for samples 0, 1"),
    (table(given=None), ValueError, "choices must name the labels to choose from"),
    (RATINGS[:3], ValueError, "got 4 recordings and ratings of 3 samples"),
]


@pytest.mark.parametrize(("samples", "error", "message"), BAD_SAMPLES)
def test_samples_that_do_not_fit(path, samples, error, message):
    with pytest.raises(error, match=message):
        listening_page(samples, TONES, path)
    assert not path.exists()


def test_probabilities_given_twice(path):
    with pytest.raises(ValueError, match=r"given twice: as proba and in the columns \['p_sad'\]"):
        listening_page(table(p_sad=1.0), TONES, path, proba=PROBA, classes=CLASSES)


def test_classes_of_other_probabilities(path):
    own = table(p_sad=0.7, p_angry=0.3)
    with pytest.raises(ValueError, match=r"classes must be those of the probabilities: \['sad', "):
        listening_page(own, TONES, path, classes=["sad", "happy"])
    listening_page(own, TONES, path, classes=CLASSES)
    assert clips_of(path)[0]["proba"] == [0.3, 0.7]


def test_a_table_of_probabilities_names_its_columns(path):
    proba = pd.DataFrame(PROBA, columns=CLASSES)
    proba.iloc[3] = np.nan
    listening_page(RATINGS, TONES, path, proba=proba)
    assert clips_of(path)[0]["proba"] == [0.2, 0.8]
    assert clips_of(path)[3]["proba"] is None
    assert clips_of(path)[3]["prediction"] is None


def test_recordings_and_ratings_in_another_order(path):
    audio = SPEECH.data.iloc[[1, 0, 2]]
    with pytest.raises(ValueError, match="X and y must be of the same samples, in the same order"):
        listening_page(SPEECH.ratings[:3], audio, path)


def test_the_folder_must_exist(path, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder of path does not exist: .*nowhere"):
        listening_page(RATINGS, TONES, tmp_path / "nowhere" / "page.html")
    with pytest.raises(IsADirectoryError, match=r"must be a file, such as page.html; .* folder"):
        listening_page(RATINGS, TONES, tmp_path)


def test_labels_that_read_csv_changes(path):
    labels = ["NA", "none", "1", "1e5", "sad", "True"]
    with pytest.warns(UserWarning, match=r"labels .*: '1', '1e5', 'NA', 'True'\. Read the file"):
        listening_page(Ratings.from_labels(labels), TONES[:1] * 6, path)


def test_ordinary_use_says_nothing(path, recwarn):
    listening_page(SPEECH.ratings[:3], SPEECH.data[:3], path)
    assert len(recwarn) == 0


def test_an_evaluation_without_probabilities(path):
    predictions = pd.DataFrame(
        {
            "estimator": "a",
            "seed": 0,
            "fold": 0,
            "sample": [0, 2],
            "group": "A",
            "speaker": ["F", None],
            "consensus": ["sad", "angry"],
            "prediction": ["sad", "sad"],
            "seconds": 1.0,
        }
    )
    own = Evaluation(predictions, RATINGS, shared_speakers=False, description="")
    listening_page(own, TONES, path)
    page = read(path)
    assert page["sorts"] == ["error", "disagreement", "order"]
    assert [clip["sample"] for clip in page["clips"]] == [2, 0]
    assert page["clips"][1]["speaker"] == "F"


def keys_of(path):
    return [clip["key"] for clip in sorted(read(path)["clips"], key=lambda clip: clip["sample"])]


def test_a_choice_is_that_of_one_sound(path):
    """Browsers keep the choices of all pages on a disk in one place."""
    listening_page(RATINGS, TONES, path)
    store, keys = read(path)["store"], keys_of(path)
    assert len(set(keys)) == 4
    listening_page(RATINGS, [*TONES[:3], TONES[0]], path)
    assert read(path)["store"] == store
    assert [a == b for a, b in zip(keys_of(path), keys, strict=True)] == [True, True, True, False]
    # The same clips, asked for something else or by somebody else.
    for options in ({"choices": ["angry", "sad", "joy"]}, {"annotator": "Ann"}):
        listening_page(RATINGS, TONES, path, **options)
        assert read(path)["store"] != store
    listening_page(RATINGS, TONES, path, choices=["sad", "angry"])
    assert read(path)["store"] == store


def test_choices_of_recordings_of_the_same_name(tmp_path, monkeypatch):
    """Two corpora, each read from its own folder by relative names; one file cannot be read."""
    stores, keys = [], []
    for i, name in enumerate(("a", "b")):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        for number in (0, 1):
            soundfile.write(f"{number}.wav", TONES[2 * i + number], 16000)
        with pytest.warns(UserWarning, match="1 of 3 recordings failed"):
            listening_page(
                Ratings.from_labels(["sad", "angry", "sad"]),
                ["0.wav", "1.wav", "nowhere.wav"],
                "page.html",
            )
        stores.append(read(folder / "page.html")["store"])
        keys.append(keys_of(folder / "page.html"))
    assert stores[0] == stores[1]
    assert not set(keys[0]) & set(keys[1])


def test_a_store_is_of_one_channel(path, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.column_stack(TONES[:2]), 16000)
    found = []
    for channel in (0, 1, None):
        audio = pd.DataFrame({"file": [str(tmp_path / "a.wav")], "channel": [channel]})
        listening_page(Ratings.from_labels(["sad"]), audio, path)
        page = read(path)
        assert page["clips"][0]["channel"] == channel
        assert page["has_channels"] is (channel is not None)
        found.append((page["store"], page["clips"][0]["key"]))
    assert len({store for store, _ in found}) == len({key for _, key in found}) == 3


def test_newer_ratings_give_the_label(path):
    """A table of predictions holds the consensus of the ratings that it was made from."""
    predictions = table(range(4), consensus=["angry", "sad", "sad", "angry"], prediction="sad")
    predictions = predictions.drop(columns="given")
    listening_page(predictions, TONES, path)
    assert [clips_of(path)[i]["label"] for i in range(4)] == ["angry", "sad", "sad", "angry"]
    listening_page(predictions, TONES, path, ratings=RATINGS)
    clips = clips_of(path)
    assert [clips[i]["label"] for i in range(4)] == ["sad", None, "angry", None]
    assert [clips[i]["scores"]["error"] for i in range(4)] == [0.0, None, 1.0, None]
    columns = {"estimator": "a", "seed": 0, "fold": 0, "group": "A", "speaker": "F", "seconds": 1}
    own = Evaluation(
        predictions.reset_index().assign(**columns),
        RATINGS,
        shared_speakers=False,
        description="",
    )
    listening_page(own, TONES, path)
    assert [clips_of(path)[i]["label"] for i in range(4)] == ["sad", None, "angry", None]
    # What a classifier was given is what its suspicion is about.
    listening_page(table(left=[0.3, 0.2]), TONES, path, ratings=RATINGS)
    assert [clips_of(path)[i]["label"] for i in range(2)] == ["sad", "sad"]


def write_many(path, n_clips, max_bytes=None):
    """Write pages of so many clips, one clip per page."""
    (whole,) = listening_page(RATINGS[:1], TONES[:1], path.parent / "whole.html")
    size = len(open(whole, "rb").read()) + 1500
    return listening_page(
        Ratings.from_labels(["sad", "angry"] * n_clips),
        [TONES[0]] * 2 * n_clips,
        path,
        max_bytes=size,
    )


def test_pages_of_an_earlier_and_longer_run_are_removed(tmp_path):
    path = tmp_path / "a],[b].html"
    assert len(write_many(path, 3)) == 6
    assert len(write_many(path, 1)) == 2
    others = {f"a],[b]{end}" for end in (".html", "-2.html")}
    assert {p.name for p in tmp_path.iterdir()} == {"whole.html", *others}
    listening_page(RATINGS, TONES, path)
    assert {p.name for p in tmp_path.iterdir()} == {"whole.html", "a],[b].html"}


def test_only_pages_of_the_same_path_are_removed(tmp_path):
    path = tmp_path / "page.html"
    (tmp_path / "page-3.html").write_text("mine")
    (tmp_path / "page-4.html").mkdir()
    (tmp_path / "page-05.html").write_text("mine")
    listening_page(RATINGS, TONES, tmp_path / "page-2.html")
    write_many(tmp_path / "other.html", 1)
    (tmp_path / "other-2.html").rename(tmp_path / "page-6.html")
    before = {p.name for p in tmp_path.iterdir()}
    listening_page(RATINGS, TONES, path)
    assert {p.name for p in tmp_path.iterdir()} == before | {"page.html"}
    assert (tmp_path / "page-3.html").read_text() == "mine"


@pytest.mark.parametrize(
    "content", ["mine", "<html>", '<script id="data" type="application/json">{']
)
def test_files_that_are_no_pages_are_not_replaced(tmp_path, content):
    path = tmp_path / "page.html"
    path.write_text(content)
    with pytest.raises(
        FileExistsError, match=r"file that is no listening page: .*page\.html\. Mo"
    ):
        listening_page(RATINGS, TONES, path)
    assert path.read_text() == content
    path.write_text("")  # as of a temporary file
    (tmp_path / "page-2.html").write_text(content)
    with pytest.raises(FileExistsError, match=r"no further page of an earlier.*page-2\.html\. M"):
        write_many(path, 1)
    assert path.read_text() == ""
    assert (tmp_path / "page-2.html").read_text() == content
    listening_page(RATINGS, TONES, tmp_path / "page-2.5.html")  # a page of its own
    (tmp_path / "page-2.5.html").replace(tmp_path / "page-2.html")
    with pytest.raises(FileExistsError, match="no further page of an earlier call"):
        write_many(path, 1)


def test_answers_to_channels_without_any_start_or_end(tmp_path):
    """As a page saves them of recordings that are not cut."""
    recordings = pd.DataFrame(
        {"file": ["a.wav", "a.wav"], "channel": [0, 1], "speaker": ["A", "B"]}
    )
    soundfile.write(tmp_path / "a.wav", np.column_stack(TONES[:2]), 16000)
    text = "file,start,end,channel,annotator,label\na.wav,,,0,Ann,sad\na.wav,,,1,Ann,angry\n"
    (tmp_path / "listener.csv").write_text(text)
    corpus = load_table(recordings, tmp_path / "listener.csv", root=tmp_path)
    assert corpus.ratings.consensus().tolist() == ["sad", "angry"]
    (tmp_path / "cut.csv").write_text(text.replace(",,,0", ",0.1,0.2,0"))
    message = "recordings and cut.csv must both have start and end, or only one of them"
    with pytest.raises(ValueError, match=message):
        load_table(recordings, tmp_path / "cut.csv", root=tmp_path)
