"""python -m sklearn_ser: what it writes, and what it says when it is used wrongly."""

import collections
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sklearn_ser._cli as command
from sklearn_ser import datasets, recipes
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.features.encoders import _loading
from sklearn_ser.features.opensmile import _frames

ROWS = ["majority class", "hard, clear"]


@pytest.fixture
def tiny(monkeypatch):
    """The synthetic corpus, smaller."""

    def make(**changes):
        return make_dyadic_corpus(**changes | {"n_sessions": 2, "n_utterances": 20})

    monkeypatch.setattr(datasets, "make_dyadic_corpus", make)


def run(folder, *more):
    arguments = ["evaluate", "--recipe", "ando2018", "--quick", "--out", str(folder)]
    return command.main([*arguments, "--rows", *ROWS, *more])


def test_a_table_as_text_csv_and_a_page(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("out") == 0
    said = capsys.readouterr().out
    for what in ("Ando et al.", "QUICK TRIAL", "simulated raters", "2 groups (session)", "62.6"):
        assert what in said
    out = tmp_path / "out"
    page_is_at = f"page: {Path('out', 'report.html')}\n"
    assert (out / "report.txt").read_text() + page_is_at == said
    predictions = pd.read_csv(out / "predictions.csv")
    scores, summary = pd.read_csv(out / "scores.csv"), pd.read_csv(out / "summary.csv")
    assert len(predictions) == 2 * 40
    assert scores.groupby("estimator")["group"].nunique().eq(2).all()
    scored = predictions.dropna(subset=["consensus"]).query("estimator == 'majority class'")
    scored = scored[scored["consensus"].isin(["anger", "happiness", "neutral", "sadness"])]
    wa = (scored["prediction"] == scored["consensus"]).mean()
    assert summary.set_index("estimator").loc["majority class", "WA"] == pytest.approx(wa)
    assert np.isnan(summary.set_index("estimator").loc["hard, clear", "UA_gain"])  # the baseline
    page = (out / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert re.findall(r"(?:src|href)=\"(?!data:)", page) == []
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert not list(out.rglob("*.partial"))


def test_the_same_command_again_trains_nothing(tiny, tmp_path, capsys, monkeypatch):
    run(tmp_path)
    first = capsys.readouterr().out

    def fail(*arguments):
        raise RuntimeError("trained again")

    monkeypatch.setattr("sklearn_ser.evaluation._fits._fit", fail)
    run(tmp_path)
    second = capsys.readouterr().out
    assert first.split("\n\n")[:2] == second.split("\n\n")[:2]
    with pytest.raises(RuntimeError, match="trained again"):
        run(tmp_path, "--n-seeds", "2")


# Protocols


def test_both_protocols_side_by_side(tiny, tmp_path, capsys):
    assert run(tmp_path, "--protocol", "both", "--n-seeds", "2") == 0
    said = capsys.readouterr().out
    for what in (
        "Our protocol. ",
        "in 2 folds (one group at a time)",
        "Paper's protocol. ",
        "session 1 is the test set",
        "averaged as in the recipe: predictions of all folds are pooled; means over seeds.",
    ):
        assert said.count(what) == 1
    summary = pd.read_csv(tmp_path / "summary.csv")
    predictions = pd.read_csv(tmp_path / "predictions.csv")
    assert summary["protocol"].tolist() == ["our protocol"] * 2 + ["paper's protocol"] * 2
    assert predictions.groupby("protocol")["sample"].nunique().tolist() == [40, 20]
    beside = pd.read_csv(tmp_path / "published.csv").set_index("row")
    by_protocol = summary.set_index(["protocol", "estimator"])
    for protocol in ("our protocol", "paper's protocol"):
        for score in ("WA", "UA"):
            for row in ROWS:
                expected = 100 * by_protocol.loc[(protocol, row), score]
                assert beside.loc[row, f"{score}, {protocol}"] == pytest.approx(expected)
    assert beside.loc["hard, clear", "UA, published"] == 53.7
    assert np.isnan(beside.loc["modified soft, clear", "UA, our protocol"])
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 4
    for title in ("Summary", "Scores by class", "Scores by fold and group"):
        assert f"<h2>{title}, our protocol</h2>" in page
        assert f"<h2>{title}, paper&#x27;s protocol</h2>" in page


def test_the_published_protocol_has_the_trainings_of_the_paper(tiny, tmp_path, capsys):
    assert run(tmp_path, "--protocol", "published", "--rows", "majority class") == 0
    predictions = pd.read_csv(tmp_path / "predictions.csv")
    assert sorted(predictions["seed"].unique()) == [0, 1, 2, 3, 4]
    assert "seeds 0, 1, 2, 3, 4; session 1 is the test set" in capsys.readouterr().out
    run(tmp_path, "--rows", "majority class")
    assert pd.read_csv(tmp_path / "predictions.csv")["seed"].unique().tolist() == [0]


def test_a_paper_that_splits_as_we_do_is_evaluated_once(tiny, tmp_path, capsys):
    arguments = ["evaluate", "--recipe", "chou2019", "--quick", "--out", str(tmp_path)]
    arguments += ["--rows", "CrowdH", "--protocol", "both"]
    assert command.main(arguments) == 0
    said = capsys.readouterr().out
    assert said.count("our protocol, also the paper's") == 5
    assert "Scores are means over folds, then over seeds; UA and UA_gain" in said
    assert "no interval, as there are fewer than 4 folds." in said
    # Table 1 of the paper, before anything is trained.
    assert said.index("Labels that each model learns") < said.index(": 40 samples; 2 groups")
    table = pd.read_csv(tmp_path / "corpus_labels_that_each_model_learns.csv", index_col=0)
    assert table.loc["CrowdS", "utterances, published"] == 7774
    # With other folds, the two differ.
    assert command.main([*arguments, "--folds", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("Our protocol. ") == said.count("Paper's protocol. ") == 1


def test_a_curve_by_alpha(tiny, tmp_path):
    rows = ["soft, clear + ambiguous", "alpha = 0.5, clear + ambiguous"]
    assert run(tmp_path, "--alphas", "0", "0.5", "--rows", *rows) == 0
    page = (tmp_path / "report.html").read_text()
    assert page.count('alt="Scores by alpha, trained on clear + ambiguous"') == 1
    assert pd.read_csv(tmp_path / "summary.csv")["estimator"].tolist() == rows


def test_the_command_shows_what_a_recipe_brings(tiny, tmp_path, capsys, monkeypatch):
    make = recipes.ando2018

    def bring(**settings):
        recipe = make(**settings)
        recipe.inspect = show_type
        return recipe

    monkeypatch.setattr(recipes, "ando2018", bring)
    assert run(tmp_path, "--folds", "2", "--n-seeds", "2", "--rows", "majority class") == 0
    said = capsys.readouterr().out
    shown = said.partition("What was fitted, means over folds and seeds\n")[2].splitlines()
    assert shown[0].split() == ["estimator", "type", "n"]
    assert shown[1].split() == ["majority", "class", "Pipeline", "2.000"]
    table = pd.read_csv(tmp_path / "details_what_was_fitted.csv")
    assert table.columns.tolist() == ["estimator", "seed", "fold", "type", "n"]
    assert len(table) == 4
    page = (tmp_path / "report.html").read_text()
    assert "<h2>What was fitted, means over folds and seeds</h2>" in page


def show_type(row):
    return {"What was fitted": pd.DataFrame({"type": [type(row).__name__], "n": [2]})}


def test_iemocap_as_the_papers_have_it(monkeypatch, tmp_path):
    settings = []

    def load(root, **changes):
        settings.append(changes)
        raise OSError("no corpus")

    monkeypatch.setattr(datasets, "load_iemocap", load)
    for recipe in ("ando2018", "fujioka2020", "chou2019"):
        arguments = ["evaluate", "--recipe", recipe, "--corpus", "iemocap", "--root", "x"]
        with pytest.raises(SystemExit, match="2"):
            command.main([*arguments, "--out", str(tmp_path)])
    assert settings == [
        {"merge_excited": False, "self_reports": False},
        {"merge_excited": False},
        {},
    ]


def test_a_corpus_without_the_sessions_of_the_paper(tmp_path, capsys):
    arguments = ["evaluate", "--recipe", "ando2018", "--corpus", "emodb_sample", "--quick"]
    with pytest.raises(SystemExit, match="2"):
        command.main([*arguments, "--protocol", "published", "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert "--protocol published: the paper splits by session, which the corpus does not" in said


def test_a_loader_and_rows_that_need_annotators(emodb, tmp_path, capsys):
    arguments = ["evaluate", "--recipe", "chou2019", "--quick", "--corpus", "emodb", "--root"]
    arguments += [str(emodb), "--out", str(tmp_path), "--rows", "CrowdH", "--folds", "2"]
    with pytest.warns(UserWarning, match="Emo-DB in"):
        assert command.main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err.count("since the annotators are unknown") == 2
    assert "Emo-DB, Berlin database of emotional speech: 339 samples" in captured.out
    assert "10 groups (speaker), in 2 folds" in captured.out


def test_real_speech_that_needs_no_files(tmp_path, capsys):
    arguments = ["evaluate", "--recipe", "mirsamadi2017", "--quick", "--corpus", "emodb_sample"]
    assert command.main([*arguments, "--folds", "2", "--out", str(tmp_path)]) == 0
    assert "10 groups (speaker), in 2 folds" in capsys.readouterr().out


def run_baseline(encoder, out, *more):
    arguments = ["evaluate", "--recipe", "baseline2026", "--encoder", str(encoder), "--quick"]
    return command.main([*arguments, "--out", str(out), *more])


def test_a_recipe_with_an_encoder(tiny, encoder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["majority class", "one hidden state", "all hidden states", "network", "crowd layer"]
    assert run_baseline(encoder, "out", "--rows", *rows, "--folds", "2") == 0
    said = capsys.readouterr().out
    assert said.startswith("Baseline of 2026, from no paper: ")
    title = datasets.make_dyadic_corpus().DESCR.splitlines()[0]
    assert f" on {encoder.name}: trained and tested on {title}\nQUICK TRIAL" in said
    assert "4 groups (speaker), in 2 folds" in said
    page = (tmp_path / "out" / "report.html").read_text()
    # There is nothing to compare with.
    assert "ublished" not in said + page
    # Nor is it told where the folder is.
    assert str(encoder) not in page.partition("How this was made")[0]
    summary = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("estimator")
    assert summary.index.tolist() == rows
    assert summary["UA_gain"].isna().tolist() == [name == "one hidden state" for name in rows]
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_a_trained_encoder_on_real_speech(emodb, whisper, tmp_path, capsys):
    """With four recordings of each emotion by each of four speakers, UA is far above chance."""
    root = tmp_path / "corpus"
    (root / "wav").mkdir(parents=True)
    copied = collections.Counter()
    for path in sorted((emodb / "wav").glob("*.wav")):
        kind = path.name[:2], path.name[5]
        if kind[0] in ("03", "08", "09", "15") and copied[kind] < 4:
            copied[kind] += 1
            shutil.copy(path, root / "wav")
    rows = ["majority class", "one hidden state", "all hidden states", "profiles"]
    with pytest.warns(UserWarning, match="Emo-DB in"):
        done = run_baseline(
            whisper, tmp_path / "out", "--corpus", "emodb", "--root", str(root), "--rows", *rows
        )
    assert done == 0
    assert "4 groups (speaker)" in capsys.readouterr().out
    ua = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("estimator")["UA"]
    chance = 0.25
    assert ua["majority class"] == chance
    # Of 64 guesses, the share that is right by chance is above this once in 40 million times.
    limit = chance + 6 * np.sqrt(chance * (1 - chance) / 64)
    assert (ua[rows[1:]] > limit).all()


def test_an_encoder_that_cannot_be_loaded(tiny, tmp_path, capsys):
    folder = tmp_path / "no model"
    folder.mkdir()
    for encoder in (folder, tmp_path / "nowhere"):
        with pytest.raises(SystemExit) as stopped:
            run_baseline(encoder, tmp_path / "out")
        assert stopped.value.code == 2
        said = capsys.readouterr().err.splitlines()[-1]
        assert "evaluate: error: encoder must be a speech encoder of transformers" in said
        assert f"'{encoder}' cannot be loaded: " in said
    assert not (tmp_path / "out" / "report.txt").exists()


def test_without_transformers(tiny, encoder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    _loading._load.cache_clear()
    with pytest.raises(SystemExit, match="2"):
        run_baseline(encoder, tmp_path)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith("error: Pretrained encoders need transformers: pip install transformers")


def test_without_matplotlib(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    run(tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "Figures are missing: figures need matplotlib: pip install matplotlib." in page
    said = capsys.readouterr().out
    assert "Figures are missing" in said
    assert said.splitlines()[-1] == f"page: {tmp_path / 'report.html'}"
    assert "<img" not in page


def test_without_opensmile(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "opensmile", None)
    _frames._kept.clear()
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("python -m sklearn_ser evaluate: error: openSMILE is needed")
    assert "SegmentLogMel and TransformerFrames work without it" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["evaluate", "--out", "x"], "the following arguments are required: --recipe"),
        (["evaluate", "--recipe", "ando", "--out", "x"], "invalid choice: 'ando'"),
        (["evaluate", "--recipe", "ando2018"], "the following arguments are required: --out"),
        (["--corpus", "emodb"], "--corpus emodb needs --root"),
        (["--root", "."], "--corpus dyadic takes no --root"),
        (["--corpus", "emodb_sample", "--root", "."], "--corpus emodb_sample takes no --root"),
        (["--corpus", "emodb", "--root", "nowhere"], "nowhere"),
        (["--corpus", "iemocap", "--root", "nowhere"], "nowhere"),
        (["--n-seeds", "0"], "--n-seeds must be at least 1"),
        (["--n-jobs", "0"], "--n-jobs must be at least 1"),
        (
            ["--rows", "soft"],
            "--rows soft: the rows of this recipe are 'majority class' 'hard, clear'",
        ),
        (
            ["--encoder", "x"],
            "--encoder: --recipe ando2018 takes none; only baseline2026 does",
        ),
        pytest.param(
            ["--out", "/dev/null"], "--out /dev/null is not a folder", marks=pytest.mark.posix
        ),
        (
            ["--protocol", "published", "--folds", "2"],
            "--folds is not for --protocol published, whose splits are the paper's",
        ),
        (
            ["--protocol", "published", "--groups", "speaker"],
            "--groups is not for --protocol published, whose splits are the paper's",
        ),
        (["--protocol", "theirs"], "argument --protocol: invalid choice: 'theirs'"),
        (["--alphas", "1", "1"], "alphas must be different numbers of 0 or more, got [1.0, 1.0]"),
        (
            ["--recipe", "chou2019", "--alphas", "1"],
            "--alphas: --recipe chou2019 takes none; only ando2018 does",
        ),
    ],
)
def test_wrong_use_gets_one_line_and_code_2(tiny, arguments, message, capsys, tmp_path):
    if arguments and arguments[0] != "evaluate":
        out = [] if "--out" in arguments else ["--out", str(tmp_path / "out")]
        arguments = ["evaluate", "--recipe", "ando2018", *out, *arguments]
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_groups_that_a_corpus_does_not_have(emodb, tmp_path, capsys):
    arguments = ["evaluate", "--recipe", "ando2018", "--corpus", "emodb", "--root", str(emodb)]
    with pytest.warns(UserWarning, match="Emo-DB in"), pytest.raises(SystemExit) as stopped:
        command.main([*arguments, "--out", str(tmp_path), "--groups", "session"])
    assert stopped.value.code == 2
    assert "--groups session: the corpus only has speaker" in capsys.readouterr().err


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_ser", "evaluate", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    options = set(re.findall(r"--[a-z][a-z-]+", done.stdout))
    wanted = {"--recipe", "--corpus", "--root", "--out", "--quick", "--rows", "--groups"}
    assert (
        wanted
        | {"--encoder", "--alphas", "--protocol", "--folds", "--n-seeds", "--n-jobs", "--help"}
        <= options
    )
