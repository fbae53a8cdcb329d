"""Cards and reports describe a result, and what a model needs."""

import hashlib
import html
import os

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import ConsensusClassifier, Ratings, Sequences
from sklearn_ser.datasets import load_emodb_sample, summarize_corpus
from sklearn_ser.evaluation import Evaluation, cross_evaluate, evaluate_fitted, make_model_card
from sklearn_ser.evaluation._bootstrap import resample_wa
from sklearn_ser.evaluation._places import locate_rows
from sklearn_ser.evaluation._report import write_report
from sklearn_ser.evaluation._results import Results
from sklearn_ser.evaluation._sentence import describe_result, find_guesses
from sklearn_ser.evaluation._terms import TERMS, TITLE, explain_terms
from sklearn_ser.features import SequenceScaler, SequenceStatistics, TransformerEmbeddings
from sklearn_ser.recipes import ando2018

EMOTIONS = ["angry", "sad"]


@pytest.fixture
def corpus():
    """Frames of five speakers with eight samples each; 30 are sad, and 10 are angry."""
    labels = (["sad"] * 6 + ["angry"] * 2) * 5
    rng = np.random.default_rng(0)
    frames = [rng.normal(label == "sad", 1, size=(4, 2)) for label in labels]
    X = Sequences.from_arrays(frames, speaker=np.repeat(list("abcde"), 8))
    return Bunch(data=X, ratings=Ratings.from_labels(labels), DESCR="Frames")


def make_evaluation(right, speakers, labels, *, shared=False):
    """An evaluation of one estimator, "m", by which predictions are right."""
    other = {"sad": "angry", "angry": "sad", None: "sad"}
    said = [label if ok else other[label] for label, ok in zip(labels, right, strict=True)]
    table = pd.DataFrame({"estimator": "m", "seed": 0, "fold": 0, "sample": range(len(labels))})
    table = table.assign(group=speakers, speaker=speakers, consensus=labels, prediction=said)
    ratings = Ratings.from_labels(labels, target_classes=["angry", "sad"])
    return Evaluation(table.assign(seconds=0.0), ratings, shared_speakers=shared, description="d")


LABELS = ["sad"] * 12 + ["angry"] * 8
RIGHT = [True] * 15 + [False] * 5
SPEAKERS = list("abcde") * 4


def test_the_interval_is_that_of_a_slow_bootstrap():
    """The share of right predictions, in draws of whole speakers."""
    found = make_evaluation(RIGHT, [s for s in "abcde" for _ in range(4)], LABELS)
    wa, low, high = resample_wa(found.predictions, found.ratings.classes)
    by_speaker = np.reshape(RIGHT, (5, 4)).mean(axis=1)
    rng = np.random.default_rng(1)
    means = [rng.choice(by_speaker, 5).mean() for _ in range(20_000)]
    assert wa == np.mean(RIGHT)
    np.testing.assert_allclose([low, high], np.quantile(means, [0.025, 0.975]), atol=0.03)


def test_the_result_in_one_sentence():
    found = make_evaluation(RIGHT, SPEAKERS, LABELS)
    _, low, high = resample_wa(found.predictions, found.ratings.classes)
    assert describe_result(found, "m") == (
        "The model is right for 75 % of the 20 recordings that have a consensus label, of "
        f"speakers whom it has not heard (95 % interval over speakers: {100 * low:.0f} % to "
        f"{100 * high:.0f} %); always saying 'sad' would be right for 60 %."
    )


def test_the_sentence_says_less_where_less_is_known():
    few = make_evaluation(RIGHT, list("abc") * 6 + list("ab"), LABELS)
    assert "whom it has not heard; always saying" in describe_result(few, "m")
    new = make_evaluation(RIGHT, SPEAKERS, LABELS)
    assert "a consensus label (95 %" in describe_result(new, "m", is_new=True)
    shared = make_evaluation(RIGHT, SPEAKERS, LABELS, shared=True)
    assert "may have heard their speakers before, so that this is too" in describe_result(
        shared, "m"
    )
    # Samples without a consensus do not count.
    some = make_evaluation(RIGHT, SPEAKERS, [None, None, *LABELS[2:]])
    assert "right for 72 % of the 18 recordings" in describe_result(some, "m")
    none = make_evaluation(RIGHT, SPEAKERS, LABELS)
    none.predictions["consensus"] = "unknown"
    assert describe_result(none, "m") == ""


def test_probabilities_that_are_worse_than_a_guess(corpus):
    """The model is right for more samples than the guess, and far too sure."""
    rows = {"m": DummyClassifier(strategy="uniform"), "guess": DummyClassifier()}
    rows = {name: ConsensusClassifier(row) for name, row in rows.items()}
    found = cross_evaluate(rows, corpus)
    # Of a uniform guess the loss is ln 2; of the shares, the entropy of 3/4.
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    said = describe_result(found, "m")
    assert said.endswith(
        "Its probabilities fit the answers worse than the shares of the labels in training would "
        f"(cross-entropy {np.log(2):.3f} against {entropy:.3f} nat; less is better), so use its "
        "labels rather than how sure it is."
    )
    assert "Its probabilities" not in describe_result(found, "guess")
    assert find_guesses(found.predictions) == ["m", "guess"]
    # Those of a model that has learned are not the same for all samples.
    rows["m"] = make_pipeline(
        SequenceStatistics(), ConsensusClassifier(LogisticRegression(C=1e9, max_iter=5000))
    )
    learned = cross_evaluate(rows, corpus)
    assert find_guesses(learned.predictions) == ["guess"]
    # Without anything to compare with, nothing is said.
    alone = cross_evaluate(rows["m"], corpus)
    assert "Its probabilities" not in describe_result(alone, alone.summary().index[0])


def test_all_words_of_reports_are_explained(corpus):
    found = cross_evaluate(ConsensusClassifier(DummyClassifier()), corpus)
    summary = found.summary()
    terms = explain_terms([summary])
    # What is explained covers its interval and its deviation as well.
    ends = ("", "_low", "_high", "_std")
    kinds = [f"{kind}_{label}" for kind in ("precision", "recall", "f1") for label in EMOTIONS]
    covered = {f"{term}{end}" for term in terms.index for end in ends}
    assert set(summary.columns) <= covered | set(kinds)
    assert {"WA", "UA", "precision", "recall", "f1"} <= set(terms.index)
    # Only words that occur.
    assert "annotator_accuracy" not in terms.index
    assert "weight" not in terms.index
    assert explain_terms([summary[["f1_sad"]]]).index.tolist() == ["f1"]
    assert explain_terms([summary[["WA_std"]]]).empty
    raters = summarize_corpus(load_emodb_sample())
    assert {"alpha", "ties", "consensus", "class"} <= set(explain_terms(raters.values()).index)


def test_a_page_explains_its_words(tmp_path, corpus):
    found = cross_evaluate(ConsensusClassifier(DummyClassifier()), corpus)
    write_report(tmp_path, Results(heading="h", evaluations={"c": found}, seconds=1.0))
    page = (tmp_path / "report.html").read_text()
    # In full: pandas would cut it.
    assert html.escape(TERMS["cross_entropy"], quote=False) in page.partition(TITLE)[2]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("speaker", "So new recordings need a\ncolumn `speaker`, and there must be several"),
        ("corpus", "It needs to know nothing of the speakers of new recordings."),
        ("utterance", "It needs to know nothing of the speakers of new recordings."),
    ],
)
def test_a_card_says_whether_speakers_must_be_known(corpus, by, said):
    linear = ConsensusClassifier(LogisticRegression())
    model = make_pipeline(SequenceScaler(by=by), SequenceStatistics(), linear)
    found = cross_evaluate({"m": model}, corpus)
    text = make_model_card(model.fit(corpus.data, corpus.ratings), found).render()
    use = text.partition("# Intended use")[2].partition("# Limits")[0]
    assert said in use
    assert "encoder" not in use
    assert "The model is right for " in text.partition("# Scores")[2]


def test_a_card_shows_notices_and_how_a_model_was_made(corpus):
    linear = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    model = GridSearchCV(linear, {"consensusclassifier__estimator__C": [0.5]}, cv=2)
    found = cross_evaluate({"m": model}, corpus)
    model.fit(corpus.data, corpus.ratings)
    about = {"command": "train a|b", "date": "today"}
    text = make_model_card(model, found, notices=["TRIAL <1>"], about=about).render()
    first = text.partition("# Model")[2].partition("```")[0]
    assert first.startswith("\n\n**TRIAL &lt;1&gt;**\n\nm. Labels: ")
    made = text.partition("## Model/How this was made")[2].partition("##")[0]
    assert "a\\|b" in made
    assert "C = 0.5" in made
    plain = make_model_card(linear.fit(corpus.data, corpus.ratings), found).render()
    assert "How this was made" not in plain
    assert "names of raters and speakers" not in plain
    tables = {"Speakers": pd.DataFrame({"n": [8]}, index=["a"])}
    assert "names of raters and speakers" in make_model_card(model, found, tables=tables).render()


def test_a_card_names_an_encoder_without_its_folder(corpus, encoder):
    reader = TransformerEmbeddings(os.fspath(encoder))
    dummy = ConsensusClassifier(DummyClassifier())
    found = cross_evaluate({"m": dummy}, corpus)
    model = make_pipeline(reader, dummy.fit(corpus.data, corpus.ratings))
    # The class labels are those of the last step.
    text = make_model_card(model, found).render()
    assert str(encoder.parent) not in text
    name = encoder.name.replace("_", "\\_")
    assert f"It needs the pretrained encoder {name}, which the file of the model does not" in text
    assert "pass it as `--encoder DIR`" in text
    hub = make_pipeline(TransformerEmbeddings("openai/whisper-tiny.en"), dummy)
    assert "the pretrained encoder openai/whisper-tiny.en" in make_model_card(hub, found).render()


def test_several_models_are_scored_as_each_is_alone(corpus):
    make = {
        "linear": make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression())),
        "most": ConsensusClassifier(DummyClassifier()),
    }
    models = {name: model.fit(corpus.data, corpus.ratings) for name, model in make.items()}
    both = evaluate_fitted(models, corpus, groups="speaker")
    for name, model in models.items():
        alone = evaluate_fitted(model, corpus, name=name).predictions.drop(columns="seconds")
        own = both.predictions[both.predictions["estimator"] == name].drop(columns="seconds")
        pd.testing.assert_frame_equal(own.reset_index(drop=True), alone, check_dtype=False)
    with pytest.raises(TypeError, match="estimators must be instances with fit and predict"):
        evaluate_fitted({"a": 1}, corpus)
    with pytest.raises(TypeError, match="estimators must be a dict of names and classifiers"):
        evaluate_fitted({}, corpus)


def test_files_are_named_relative_to_a_folder_that_they_are_in(tmp_path):
    inside, outside = tmp_path / "root" / "wav", tmp_path / "root2"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
        (folder / "a.wav").write_bytes(folder.name.encode() * 3)
    files = [str(inside / "a.wav"), str(outside / "a.wav"), str(inside / "gone.wav"), None]
    table = pd.DataFrame({"file": files, "speaker": list("abcd")}, dtype=object)
    found = locate_rows(table, tmp_path / "root")
    assert found["file"].tolist() == ["wav/a.wav", files[1], "wav/gone.wav", None]
    digests = [
        hashlib.blake2b(name * 3, digest_size=16).hexdigest() for name in (b"wav", b"root2")
    ]
    assert found["digest"].tolist() == [*digests, None, None]
    assert locate_rows(table)["file"].tolist()[:3] == files[:3]
    assert "digest" not in locate_rows(table)


def test_a_single_row_has_no_figure_of_differences(corpus, tmp_path):
    rows = {"linear": ConsensusClassifier(DummyClassifier()), "other": guess()}
    for names in (["linear"], ["linear", "other"]):
        found = cross_evaluate({name: rows[name] for name in names}, corpus)
        text = write_report(tmp_path, Results("t", {"p": found}, 1.0))
        page = (tmp_path / "report.html").read_text()
        assert ("Differences in UA" in page) == (len(names) > 1)
        gain = "UA_gain is the UA minus that of 'linear'."
        assert (gain in text) == (gain.replace("'", "&#x27;") in page) == (len(names) > 1)


def guess():
    return ConsensusClassifier(DummyClassifier(strategy="uniform", random_state=0))


def test_published_figures_name_their_corpus():
    recipe = ando2018(quick=True)
    found = make_evaluation(RIGHT, SPEAKERS, LABELS)
    found.predictions["estimator"] = "hard, clear"
    results = Results("t", {"here": found}, 1.0, published=recipe.published)
    (table,) = results.split_comparison().values()
    assert ("UA", "published, IEMOCAP") in table
    assert table.loc["hard, clear", ("UA", "published, IEMOCAP")] == 53.7
    # In the file, columns keep their names.
    assert ("UA", "published") in results.comparison
