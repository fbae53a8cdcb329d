"""What the documentation says is so."""

import ast
import doctest
import importlib
import re
import shlex
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier, Sequences, SoftTargetEncoder, io
from sklearn_ser._cli._main import make_parser
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import SegmentLogMel, SequenceStatistics

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    str(path.relative_to(DOCS)) for path in [*DOCS.glob("*.rst"), *DOCS.glob("extending/*.rst")]
)


def code(page):
    """The Python blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text)
    return [textwrap.dedent(block) for block in blocks]


def run(source, names):
    exec(compile(source, "page", "exec"), names)


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Two speakers' recordings and three raters' answers, as a user has them."""
    corpus = make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    monkeypatch.chdir(tmp_path)
    files = [f"{i}.wav" for i in range(len(corpus.data))]
    for file, signal in zip(files, corpus.data["signal"], strict=True):
        soundfile.write(file, signal, 16000)
    clips = pd.DataFrame({"file": files, "speaker": corpus.data["speaker"]})
    clips.to_csv("clips.csv", index=False)
    rows = [
        (file, rater, ["angry", "sad"][(i // 2 + (rater == "E3" and i % 3 == 0)) % 2])
        for i, file in enumerate(files)
        for rater in ("E1", "E2", "E3")
    ]
    answers = pd.DataFrame(rows, columns=["file", "rater", "emotion"])
    answers.to_csv("answers.csv", index=False)
    return corpus


@pytest.mark.usefixtures("tables")
def test_the_quick_start_from_tables_to_a_saved_model(capsys):
    Path("clips.csv").rename("recordings.csv")
    Path("answers.csv").rename("ratings.csv")
    evaluate, look, keep, search = code("quickstart.rst")
    names = {}
    run(evaluate, names)
    said = capsys.readouterr().out
    assert re.search(r"^alpha +0\.\d+$", said, re.MULTILINE), said
    assert re.search(r"^openSMILE functionals +[01]\.\d+ ", said, re.MULTILINE), said
    run(look, names)
    assert Path("agreement.png").exists()
    assert "openSMILE functionals" not in Path("listen.html").read_text(encoding="utf-8")
    run(keep, names)
    assert capsys.readouterr().out.startswith("['angry' 'sad']\n[[")
    data = names["corpus"].data
    np.testing.assert_array_equal(
        names["again"].predict_proba(data), names["model"].predict_proba(data)
    )
    run(search.replace("(64, 32, 64)", "(4, 4, 4), max_epochs=2"), names)
    assert "target_encoder__alpha" in capsys.readouterr().out


def test_the_landing_page_prints_what_it_shows(capsys):
    (source,) = code("index.rst")
    assert len([line for line in source.splitlines() if line]) == 10
    run(source, {})
    text = (DOCS / "index.rst").read_text(encoding="utf-8")
    (shown,) = re.findall(r"\.\. code-block:: none\n\n((?:   .*\n)+)", text)
    printed = capsys.readouterr().out
    # Versions of openSMILE and SciPy differ in the last digits.
    number = r"\d+\.\d+"
    assert re.sub(number, "", printed).split() == re.sub(number, "", shown).split()
    found = [list(map(float, re.findall(number, said))) for said in (printed, shown)]
    np.testing.assert_allclose(*found, atol=0.03)


@pytest.mark.parametrize("page", ["quickstart.rst", "commands.rst", "papers.rst", "../README.md"])
def test_command_lines_are_understood(page):
    text = (DOCS / page).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^ *python -m sklearn_ser (.+)$", text, re.MULTILINE)
    for line in lines:
        options = make_parser().parse_args(shlex.split(line, comments=True))
        assert callable(options.run)
    assert lines


def test_a_corpus_of_ones_own(tables):
    names = {}
    run(code("extending/corpus.rst")[0], names)
    corpus = names["load_mine"]("clips.csv", "answers.csv")
    model = make_pipeline(
        SegmentLogMel(segment_step=10),
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression()),
    )
    assert "Mine: made in my kitchen" in cross_evaluate(model, corpus).description


def test_a_feature_set_of_ones_own(tables):
    names = {}
    for block in code("extending/features.rst"):
        run(block, names)
    assert list(names["model"].named_steps) == [
        "energy",
        "sequencescaler",
        "attentionblstmclassifier",
    ]
    model = make_pipeline(names["Energy"](), SequenceStatistics(["mean", "std"]))
    found = model.fit_transform(tables.data)
    assert found.shape == (16, 2)
    expected = [np.log(1e-6 + (s[:160] ** 2).mean()) for s in tables.data["signal"]]
    X = names["Energy"]().transform(tables.data)
    np.testing.assert_allclose([X[i][0, 0] for i in range(16)], expected, rtol=1e-5)


def test_a_network_of_ones_own(tmp_path):
    names = {"__name__": "page"}
    for block in code("extending/network.rst"):
        run(block, names)
    rng = np.random.default_rng(0)
    X = Sequences.from_arrays([rng.normal(i % 2, 1, (5 + i % 3, 2)) for i in range(40)])
    model = names["MeanClassifier"](lr=0.05, max_epochs=30, random_state=0)
    model.fit(X, ["sad", "angry"] * 20)
    assert model.score(X, ["sad", "angry"] * 20) > 0.8
    means = np.array([X[i].mean(axis=0) for i in range(40)])
    np.testing.assert_allclose(model.transform(X), means, atol=1e-6)
    dropped = names["DroppedClassifier"](0.2, lr=0.05, random_state=0).fit(
        X, ["sad", "angry"] * 20
    )
    assert dropped.get_params() == {
        "dropout": 0.2,
        "lr": 0.05,
        "max_epochs": 50,
        "random_state": 0,
    }
    assert dropped.score(X, ["sad", "angry"] * 20) > 0.8
    again = clone(dropped).fit(X, ["sad", "angry"] * 20)
    np.testing.assert_array_equal(again.predict_proba(X), dropped.predict_proba(X))
    np.testing.assert_allclose(dropped.transform(X), means, atol=1e-6)
    with pytest.raises(TypeError, match=r"it holds page\.MeanClassifier, which load refuses"):
        io.save(model, tmp_path / "model.skops")


def test_a_method_of_ones_own(X, y):
    encoder, search, around, training = code("extending/method.rst")
    names = {}
    run(encoder, names)
    shares = names["SoftTargetEncoder"](alpha=0).fit_transform(y)
    squared = names["SharperTargetEncoder"](power=2).fit_transform(y)
    np.testing.assert_allclose(squared, shares**2 / (shares**2).sum(axis=1, keepdims=True))
    run(search, names)
    names["search"].set_params(estimator__max_epochs=2).fit(X, y)
    assert names["search"].best_params_["target_encoder__power"] in (0.5, 1, 2)
    run(around, names)
    model = names["LeaveOneRaterOut"](names["network"].set_params(max_epochs=2)).fit(X, y)
    assert len(model.members_) == len(y.annotators) == 3
    each = [member.predict_proba(X) for member in model.members_]
    np.testing.assert_allclose(model.predict_proba(X), sum(each) / 3)
    assert model.spread(X).shape == (len(X),)
    assert np.ptp(model.spread(X)) > 0
    assert set(model.predict(X)) <= {"angry", "sad"}
    run(training, names)

    class Spied(names["SharpeningClassifier"]):
        def make_examples(self, X, rows=None, targets=None):
            made.append(super().make_examples(X, rows, targets))
            return made[-1]

    made, soft = [], SoftTargetEncoder().fit_transform(y)
    sharpening = Spied((4, 4, 4), max_epochs=2, random_state=0).fit(X, y)
    assert len(sharpening.net_.history) == 2
    squares = soft**2 / (soft**2).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(made[0].targets, squares, rtol=1e-6)
    assert set(sharpening.predict(X)) <= {"angry", "sad"}


@pytest.mark.parametrize("page", PAGES)
def test_sessions_say_what_they_say(page):
    failed, _ = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert failed == 0


def test_pictures_are_of_examples():
    text = (DOCS / "guide.rst").read_text(encoding="utf-8")
    shown = re.findall(r"sphx_glr_(plot_\w+)_\d{3}\.png", text)
    assert len(shown) >= 6
    for name in shown:
        assert (DOCS.parent / "examples" / f"{name}.py").exists(), name


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_python(page):
    for block in code(page):
        compile(block, page, "exec")


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.[rm][sd]*")), ids=lambda path: path.name)
def test_pages_it_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    names = re.findall(r":doc:`(\w+)`", text) + re.findall(r"^   (\w+)$", text, re.MULTILINE)
    if page.name in ("index.rst", "guide.rst", "comparison.rst"):
        for name in names:
            assert list(DOCS.glob(f"{name}.*")), name
    for path in re.findall(r"`((?:benchmarks|tests|docs|examples)/[\w./]+)`", text):
        assert (DOCS.parent / path).exists(), path


@pytest.mark.parametrize("page", PAGES)
def test_names_it_links_to_exist(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for name in re.findall(r"<(sklearn_ser[\w.]+)>`|`(sklearn_ser[\w.]+)`", text):
        module, _, last = next(filter(None, name)).rpartition(".")
        parent = importlib.import_module(module)
        assert hasattr(parent, last) or importlib.import_module(f"{module}.{last}"), name


@pytest.mark.parametrize("page", ["extending/network.rst", "extending/method.rst"])
def test_public_names_are_enough_to_extend(page):
    for block in code(page):
        for node in ast.walk(ast.parse(block)):
            names = [getattr(node, part, None) for part in ("attr", "id", "name", "module")]
            parts = [part for name in names if isinstance(name, str) for part in name.split(".")]
            private = {p for p in parts if p.startswith("_") and not p.endswith("__")} - {"_"}
            assert not private, private


SCRIPTS = sorted(
    path for folder in ("benchmarks", "examples") for path in (DOCS.parent / folder).glob("*.py")
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_names_that_scripts_import_exist(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn_ser"):
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name), f"{node.module}.{name.name}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_options_that_scripts_read_exist(path):
    text = path.read_text(encoding="utf-8")
    added = re.findall(r"\"(--)?([a-z][\w-]*)\"", text)
    names = {name.replace("-", "_") for _, name in added}
    assert set(re.findall(r"\boptions\.(\w+)", text)) <= names
