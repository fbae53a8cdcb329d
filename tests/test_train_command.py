"""The commands train and evaluate: what they leave out, what they say of it, and encoders."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from _commands import fail
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from sklearn_ser._cli import _encoders, _evaluate_recipe, main
from sklearn_ser._cli._models import read_about
from sklearn_ser._cli._options import UsageError
from sklearn_ser._cli._speakers import count_folds
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.features import _extraction
from sklearn_ser.io import load, save

EMOTIONS = ["anger", "neutral", "sadness"]
SPEAKERS = ["03", "08", "09", "15"]
OPTIONS = ["--quick", "--folds", "2"]
BAD = ["wav/broken.wav", "wav/gone.wav"]


def pick(n):
    """The first recordings of each emotion by four speakers of the sample of Emo-DB."""
    data = load_emodb_sample().data
    data = data[data["speaker"].isin(SPEAKERS) & data["emotion"].isin(EMOTIONS)]
    return data.groupby(["speaker", "emotion"]).head(n).reset_index(drop=True)


# The models here use an encoder.
ALLOW = ["--allow", "encoder"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, encoder):
    """Recordings, of which one is broken and one is missing; answers; and an encoder."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "wav").mkdir()
    data = pick(2)
    names = [f"wav/{Path(file).stem}.wav" for file in data["file"]]
    for name, file in zip(names, data["file"], strict=True):
        soundfile.write(folder / name, *soundfile.read(file))
    (folder / BAD[0]).write_bytes(b"RIFF1234")
    rows = pd.DataFrame({"file": names, "speaker": data["speaker"], "room": "a"})
    rows.to_csv(folder / "good.csv", index=False)
    bad = pd.DataFrame({"file": BAD, "speaker": "03", "room": "a"})
    pd.concat([rows[:5], bad, rows[5:]]).to_csv(folder / "all.csv", index=False)
    labels = list(zip(names, data["emotion"], strict=True))
    answers = [(name, rater, label) for rater in "AB" for name, label in labels]
    table = pd.DataFrame(answers, columns=["file", "rater", "label"])
    table.to_csv(folder / "answers.csv", index=False)
    shutil.copytree(encoder, folder / "encoder")
    return folder


@pytest.fixture(scope="module")
def trained(made, tmp_path_factory):
    """The path of a model that was trained without the bad recordings."""
    path = tmp_path_factory.mktemp("trained") / "model.skops"
    arguments = [*train(made, "all.csv", path), "--encoder", str(made / "encoder")]
    with pytest.warns(UserWarning, match="1 file does not exist"):
        main([*arguments, "--skip-errors"])
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(made, table, out, *more):
    ratings = ["--ratings", str(made / "answers.csv")]
    return ["train", str(made / table), *ratings, *OPTIONS, "--out", str(out), *more]


def never(*arguments, **settings):
    raise RuntimeError("must not be called")


# Recordings that cannot be read


def test_missing_recordings_are_named_before_anything_is_read(made, here, capsys, monkeypatch):
    table = pd.read_csv(made / "good.csv", dtype=str)
    table["file"] = [str(made / file) for file in table["file"]]
    table.loc[[1, 4, 7], "file"] = ["x/one.wav", "two.wav", "three.flac"]
    table.to_csv("gone.csv", index=False)
    monkeypatch.setattr(_extraction, "read_clip", never)
    for command in (
        train(made, here / "gone.csv", "m.skops"),
        [
            "evaluate",
            "--recipe",
            "mirsamadi2017",
            "--corpus",
            *train(made, here / "gone.csv", "m")[1:],
        ],
    ):
        with pytest.warns(UserWarning, match="3 files do not exist"):
            line = fail(command, capsys)
        paths = [str(here / name) for name in ("x/one.wav", "two.wav", "three.flac")]
        assert f"3 of 24 recordings do not exist: {', '.join(paths)}. Correct the table" in line
        assert "leave them out by --skip-errors" in line
    assert [path.name for path in here.iterdir()] == ["gone.csv"]


def test_broken_recordings_are_named_before_anything_is_trained(made, here, capsys, monkeypatch):
    table = pd.read_csv(made / "good.csv", dtype=str)
    table["file"] = [str(made / file) for file in table["file"]]
    Path("empty.wav").touch()
    soundfile.write("nan.wav", np.full(16000, np.nan), 16000, subtype="FLOAT")
    sound = Path(table["file"][0]).read_bytes()
    Path("cut.wav").write_bytes(sound[: len(sound) // 2])
    Path("short.wav").write_bytes(sound)
    names = ["empty.wav", "nan.wav", "cut.wav", "short.wav"]
    odd = pd.DataFrame({"file": names, "speaker": "03", "start": [None, None, None, 98.0]})
    pd.concat([table, odd.assign(end=odd["start"] + 1)]).to_csv("broken.csv", index=False)
    monkeypatch.setattr("sklearn_ser._cli._train.cross_evaluate", never)
    with pytest.warns(UserWarning, match="no answers"):
        line = fail(train(made, here / "broken.csv", "m.skops"), capsys)
    assert "4 of 28 recordings failed: " in line
    for row, reason in [
        (24, "is empty"),
        (25, "has NaN or infinite samples"),
        (26, "is cut off"),
        (27, "the part from 98 to 99 s is not in it"),
    ]:
        assert re.search(rf"sample {row} \(\S+{names[row - 24]}\).{{1,60}}{reason}", line)
    assert line.endswith("To leave them out, pass --skip-errors\n")
    assert "attribute" not in line
    assert not Path("m.report/report.txt").exists()


def test_recordings_are_left_out_as_if_they_were_not_in_the_table(made, trained, here):
    notice = "LEFT OUT: 2 of 26 recordings failed: sample 5 (wav/broken.wav) cannot be read as"
    report = trained.with_suffix(".report")
    for path in (report / "report.txt", report / "report.html", trained.with_suffix(".md")):
        text = path.read_text()
        assert notice in text
        assert "sample 6 (wav/gone.wav) does not exist" in text
    main(train(made, "good.csv", "m.skops", "--encoder", str(made / "encoder")))
    found, expected = (
        pd.read_csv(folder / "predictions.csv").drop(columns="seconds")
        for folder in (report, here / "m.report")
    )
    pd.testing.assert_frame_equal(found, expected)
    for name in ("training.csv", "corpus_corpus.csv", "corpus_speakers.csv"):
        assert (report / name).read_text() == (here / "m.report" / name).read_text()
    assert "LEFT OUT" not in Path("m.report/report.txt").read_text(encoding="utf-8")
    files = [str(made / name) for name in pd.read_csv(made / "good.csv")["file"]]
    one, other = (load(path, allow=["encoder"]) for path in (trained, "m.skops"))
    np.testing.assert_array_equal(one.predict_proba(files), other.predict_proba(files))


def test_nothing_that_can_be_read(made, here, capsys):
    table = pd.read_csv(made / "good.csv", dtype=str).assign(file=[f"{i}.wav" for i in range(24)])
    table.assign(label="anger").to_csv("none.csv", index=False)
    with pytest.warns(UserWarning, match="24 files do not exist"):
        line = fail(["train", "none.csv", "--out", "m.skops", *OPTIONS, "--skip-errors"], capsys)
    assert "no recording can be read: 24 of 24 recordings failed: " in line


# Quick trials, and how a model was made


def test_a_quick_trial_is_told_everywhere(made, trained, here, capsys):
    report = trained.with_suffix(".report")
    for path in (report / "report.txt", report / "report.html", trained.with_suffix(".md")):
        assert "QUICK TRIAL (--quick): small networks and searches." in path.read_text()
    file = str(made / pd.read_csv(made / "good.csv")["file"][0])
    main(["predict", str(trained), file, "--out", "p.csv", *ALLOW])
    remark = "remark: model.skops is from a quick trial: train it without --quick"
    assert remark in capsys.readouterr().err
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    main(["evaluate", "--model", str(trained), *ALLOW, *corpus, "--out", "test"])
    assert remark in capsys.readouterr().err
    assert "QUICK TRIAL" in Path("test/report.html").read_text(encoding="utf-8")
    # Without the report, it is not known.
    shutil.copy(trained, "alone.skops")
    main(["predict", "alone.skops", file, *ALLOW, "--out", "q.csv"])
    said = capsys.readouterr().err
    assert (
        "remark: alone.report is missing: it is not known which recordings the model has" in said
    )
    assert "or whether in a quick trial" in said


def test_how_a_model_was_made(made, trained):
    about = pd.read_csv(trained.with_suffix(".report") / "about.csv", index_col=0)["value"]
    assert about["row"] == "one hidden state, speakers unknown"
    assert about["recipe"].startswith("baseline2026 (Baseline of 2026, from no paper")
    assert about["recipe"].endswith("methods on encoder)")
    assert about["recordings"] == "all.csv"
    assert about["ratings"] == "answers.csv"
    assert about["quick trial"] == "yes"
    typed = [*train(made, "all.csv", trained), "--encoder", str(made / "encoder"), "--skip-errors"]
    assert about["command"] == f"python -m sklearn_ser {' '.join(typed)}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["date"])
    for name in ("sklearn_ser", "scikit-learn", "torch"):
        assert f"{name} " in about["versions"]
    chosen = load(trained, allow=["encoder"])[-1].best_params_
    layer, value = chosen["layerselector__layer"], chosen["consensusclassifier__estimator__C"]
    assert about["chosen by the search"] in (f"C = {value}, layer = {layer}",)
    card = trained.with_suffix(".md").read_text()
    for text in ("| all.csv |", f"C = {value}, layer = {layer}", about["date"]):
        assert text in re.sub(" +", " ", card)


def test_corrections_are_part_of_how_a_model_was_made(made, here):
    more = ["--labels", "angry=anger", "hm=", "--columns", "session=", "--classes", "anger"]
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    arguments = ["evaluate", "--recipe", "baseline2026", "--quick", "--folds", "2", "--rows"]
    arguments += ["majority class", "--encoder", str(made / "encoder"), *corpus]
    with pytest.warns(UserWarning, match="spellings that nobody used: 'angry', 'hm'"):
        main([*arguments, *more, "sadness", "--out", "a folder"])
    about = pd.read_csv("a folder/about.csv", index_col=0)["value"]
    assert about[["labels", "columns"]].tolist() == ["angry=anger, hm=", "session="]
    assert about["classes"] == "anger, sadness"
    assert about["command"].endswith("--classes anger sadness --out 'a folder'")


# The folder of an encoder


def test_an_encoder_that_was_moved(made, trained, here, capsys):
    before, moved = made / "encoder", here / "moved"
    file = str(made / pd.read_csv(made / "good.csv")["file"][0])
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    predict = ["predict", str(trained), file, "--out", "p.csv"]
    evaluate = ["evaluate", "--model", str(trained), *corpus, "--out", "test"]
    expected = load(trained, allow=["encoder"]).predict_proba([file])
    shutil.move(before, moved)
    try:
        for command in (predict, evaluate):
            line = fail(command, capsys)
            assert "pass --encoder with the one that you trust, or --allow encoder" in line
            line = fail([*command, "--allow", "encoder"], capsys)
            assert f"whose folder {before} is missing: pass --encoder with the folder" in line
        main([*predict, "--encoder", "moved"])
        np.testing.assert_allclose(
            pd.read_csv("p.csv")[[f"p_{label}" for label in EMOTIONS]], expected, rtol=1e-6
        )
        main([*evaluate, "--encoder", str(moved)])
        assert Path("test/report.txt").exists()
    finally:
        shutil.move(moved, before)


def test_an_encoder_that_cannot_be_the_same(made, trained, here, capsys):
    import safetensors.torch
    from _tiny_encoders import save_tiny_hubert, save_tiny_text_model

    file = str(made / pd.read_csv(made / "good.csv")["file"][0])
    predict = ["predict", trained, file, "--out", "p.csv", "--encoder"]
    # The same network with other weights.
    shutil.copytree(made / "encoder", "other")
    weights = safetensors.torch.load_file("other/model.safetensors")
    weights = {name: value + 1 for name, value in weights.items()}
    safetensors.torch.save_file(weights, "other/model.safetensors", metadata={"format": "pt"})
    line = fail([*predict, "other"], capsys)
    assert "its weights are not those of the encoder that the model was trained with" in line
    # Without the report, only their shape is known. Three states of 16 features, and five of 8;
    # mean and standard deviation of each.
    shutil.copy(trained, "alone.skops")
    predict[1] = "alone.skops"
    save_tiny_hubert("hubert")
    line = fail([*predict, "hubert"], capsys)
    assert "it gives 80 features, and the model was trained with an encoder that gives 96" in line
    save_tiny_text_model("text")
    assert "text cannot be used: " in fail([*predict, "text"], capsys)
    assert not Path("p.csv").exists()


def test_a_model_without_an_encoder(made, here, capsys):
    main(train(made, "good.csv", "m.skops"))
    file = made / pd.read_csv(made / "good.csv")["file"][0]
    line = fail(["predict", "m.skops", file, "--encoder", "x", "--out", "p.csv"], capsys)
    assert "--encoder x: the model uses no pretrained encoder" in line


def test_a_file_that_holds_no_classifier(made, here, capsys):
    file = made / pd.read_csv(made / "good.csv")["file"][0]
    for model, shown in [
        (StandardScaler().fit([[1.0], [2.0]]), "StandardScaler()"),
        (LogisticRegression(), "LogisticRegression()"),
    ]:
        save(model, "m.skops")
        line = fail(["predict", "m.skops", file, "--out", "p.csv"], capsys)
        assert "m.skops must hold a classifier that was fitted, as train writes it" in line
        assert line.endswith(f"it holds {shown}\n")


def test_a_table_about_a_model_that_says_nothing(here):
    Path("m.report").mkdir()
    assert read_about(Path("m.skops")) == {}
    for text, expected in [("what\nrow\n", {}), ("what,value\nrow,x\n", {"row": "x"})]:
        Path("m.report", "about.csv").write_text(text, encoding="utf-8")
        assert read_about(Path("m.skops")) == expected


def test_an_encoder_is_looked_for_on_the_hub_with_a_hint(here, capsys, monkeypatch):
    Path("folder").mkdir()
    with pytest.raises(UsageError, match=r"--encoder folder: the folder has no config\.json, as"):
        _encoders.find_encoder("folder")
    Path("folder", "config.json").touch()
    monkeypatch.setattr(
        "huggingface_hub.try_to_load_from_cache",
        lambda name, file: "config.json" if name == "known/one" else None,
    )
    for name, hinted in [
        ("folder", False),
        ("known/one", False),
        (str(here / "nowhere"), False),
        ("wisper", True),
        ("openai/wisper", True),
    ]:
        expected = str(here / "folder") if name == "folder" else name
        assert _encoders.find_encoder(name) == expected
        hint = f"--encoder {name}: there is no such folder here; looking for it on the Hugging"
        assert (hint in capsys.readouterr().err) == hinted
    assert _encoders.find_encoder(None) is None


# Paths of the user's machine


def test_no_output_tells_where_the_recordings_are(made, trained):
    report = trained.with_suffix(".report")
    written = [path for path in report.iterdir() if path.is_file()]
    assert len(written) > 10
    for path in [*written, trained.with_suffix(".md")]:
        lines = path.read_text().splitlines()
        assert not [line for line in lines if str(made) in line and "python -m" not in line], path
    table = pd.read_csv(report / "training.csv", dtype=str)
    assert table["file"].tolist() == pd.read_csv(made / "good.csv")["file"].tolist()


def test_recordings_of_the_training_data_are_found_wherever_they_are(made, trained, here, capsys):
    """They are known by their contents, not by their names or folders."""
    table = pd.read_csv(made / "good.csv", dtype=str)[["file"]]
    table["label"] = (
        load_emodb_sample().data.set_index("file").loc[pick(2)["file"], "emotion"].values
    )
    for i, file in enumerate(table["file"]):
        shutil.copy(made / file, f"{i}.wav")
    signal, rate = soundfile.read("3.wav")
    soundfile.write("3.wav", signal / 2, rate)
    table["file"] = [f"{i}.wav" for i in range(len(table))]
    table.to_csv("new.csv", index=False)
    with pytest.warns(UserWarning, match="no column of speakers"):
        main(["evaluate", "--model", str(trained), *ALLOW, "--corpus", "new.csv", "--out", "out"])
    said = capsys.readouterr().out
    assert "SPEAKERS ON BOTH SIDES: 23 of 24 recordings are in the training data" in said


# Evaluating a model


def test_a_model_needs_a_corpus(trained, here, capsys):
    line = fail(["evaluate", "--model", trained, "--out", "out"], capsys)
    assert "--model needs --corpus, the recordings to test it on" in line
    for option in ("--quick", "--allow-shared-speakers"):
        arguments = ["evaluate", "--model", trained, "--corpus", "dyadic", "--out", "out", option]
        assert f"{option} is for --recipe, not for --model" in fail(arguments, capsys)
    assert list(here.iterdir()) == []


def test_answers_that_a_model_does_not_know(made, trained, here, capsys):
    answers = pd.read_csv(made / "answers.csv")
    first = answers["file"][:3].tolist()
    both = answers["file"].isin(first[:2])
    answers.loc[both, "label"] = "boredom"
    answers.loc[(answers["file"] == first[2]) & (answers["rater"] == "A"), "label"] = "fear"
    answers.to_csv("answers.csv", index=False)
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", "answers.csv"]
    main(["evaluate", "--model", str(trained), *ALLOW, *corpus, "--out", "out"])
    said = (
        "5 of 48 answers are of labels that the model does not know: boredom (4), fear (1). They "
        "count as disagreement, and 2 of 24 recordings whose consensus is such a label are not "
        "scored"
    )
    assert f"warning: {said}" in capsys.readouterr().err
    for name in ("report.txt", "report.html"):
        assert said in Path("out", name).read_text(encoding="utf-8")


def test_the_page_of_a_model(made, trained, here):
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    main(["evaluate", "--model", str(trained), *ALLOW, *corpus, "--out", "out"])
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "<h1>Test of model.skops on good.csv</h1>" in page
    assert page.count('alt="Differences in UA"') == 1
    summary = pd.read_csv("out/summary.csv").set_index("estimator")
    assert summary.index.tolist() == ["model", "majority class of the training data"]
    # Eight recordings of each emotion: as often as the others, the first one is guessed.
    assert summary["WA"].iloc[1] == pytest.approx(8 / 24)
    assert summary["UA_gain"].iloc[0] == pytest.approx(summary["UA"].iloc[0] - 1 / 3)
    # Where the training data are not known, the labels are counted in the new data.
    shutil.copy(trained, "alone.skops")
    main(["evaluate", "--model", "alone.skops", *ALLOW, *corpus, "--out", "other"])
    names = pd.read_csv("other/summary.csv")["estimator"].tolist()
    assert names == ["alone", "majority class of these recordings"]


# Rows and speakers


def test_rows_that_cannot_learn_are_left_out_before_training(made, here, capsys, monkeypatch):
    """24 recordings are too few for a rater with 30."""
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    arguments = ["evaluate", "--recipe", "chou2019", *corpus, *OPTIONS, "--out", "out", "--rows"]
    reason = "it needs a rater who answered 30 recordings or more in the training data of every"
    line = fail([*arguments, "E_N only"], capsys)
    assert f"no row can be evaluated. LEFT OUT: row 'E_N only', since {reason}" in line
    rows = []

    def stop(chosen, *others, **settings):
        rows.extend(chosen)
        raise ValueError("enough")

    monkeypatch.setattr(_evaluate_recipe, "cross_evaluate", stop)
    assert "error: enough" in fail([*arguments, "CrowdH", "E_N only", "Proposed"], capsys)
    assert rows == ["CrowdH", "Proposed"]
    arguments = [*train(made, "good.csv", "m.skops"), "--recipe", "chou2019", "--row"]
    line = fail([*arguments, "E_N only"], capsys)
    assert f"LEFT OUT: row 'E_N only', since {reason}" in line
    assert line.endswith("for training. Or choose another row\n")
    del rows[:]
    monkeypatch.setattr("sklearn_ser._cli._train.cross_evaluate", stop)
    assert "error: enough" in fail([*arguments, "CrowdH", "--compare", "all"], capsys)
    assert rows[0] == "CrowdH"
    assert "Proposed" in rows
    assert "E_N only" not in rows


def test_more_speakers_are_needed_than_there_are(made, here, capsys):
    corpus = ["--corpus", str(made / "good.csv"), "--ratings", str(made / "answers.csv")]
    arguments = ["evaluate", "--recipe", "baseline2026", *corpus, "--folds", "2", "--out", "out"]
    line = fail([*arguments, "--encoder", made / "encoder"], capsys)
    assert "row 'openSMILE functionals' needs 3 speakers in training" in line
    assert "of 4 (03, 08, 09, 15), 2 must be held out" in line


def test_the_number_of_folds():
    assert count_folds(list("aabbcc"), None, 3) is None
    assert count_folds(list("abcd"), None, 3) == 3
    assert count_folds(list("abcd"), 4, 3) == 4
    assert count_folds(range(10), None) is None
    assert count_folds(range(11), None) == 10


def test_a_single_speaker(made, here, capsys):
    table = pd.read_csv(made / "good.csv", dtype=str).assign(speaker="Ann")
    table["file"] = [str(made / file) for file in table["file"]]
    table.assign(room=["a", "b"] * 12).to_csv("one.csv", index=False)
    arguments = train(made, here / "one.csv", "m.skops")
    for more in ([], ["--groups", "room"]):
        line = fail([*arguments, *more], capsys)
        assert "all recordings are of one speaker, Ann, who cannot be held out: add" in line
        assert "(--columns speaker=NAME), or go on with --allow-shared-speakers" in line
        # It does not help.
        assert "--groups" not in line
    main([*arguments, "--groups", "room", "--allow-shared-speakers"])
    assert "2 groups (room), in 2 folds (whole groups), SPEAKERS ON" in Path("m.md").read_text(
        encoding="utf-8"
    )
