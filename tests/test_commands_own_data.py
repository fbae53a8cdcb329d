"""From a folder of recordings and a spreadsheet of raters to a model in use, by commands."""

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from _commands import fail

from sklearn_ser._cli import main
from sklearn_ser._cli._messages import translate
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.evaluation import _fits, tabulate_predictions
from sklearn_ser.features import _extraction
from sklearn_ser.io import load

EMOTIONS = ["anger", "neutral", "sadness"]
# The answers have typing errors on purpose, on which every command remarks.
REMARKED = "ratings.csv"
FIX = ["--labels", "ange=anger"]
QUICK = ["--quick", "--folds", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Recordings of four people in three formats, and three raters' answers with typing errors."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "wav").mkdir()
    data = load_emodb_sample().data
    data = data[data["speaker"].isin(["03", "08", "09", "15"]) & data["emotion"].isin(EMOTIONS)]
    data = data.groupby(["speaker", "emotion"]).head(3).reset_index(drop=True)
    names, answers = [], []
    for i, (file, emotion) in enumerate(zip(data["file"], data["emotion"], strict=True)):
        signal, rate = soundfile.read(file)
        name = f"{Path(file).stem}.{['wav', 'flac', 'ogg'][i % 3]}"
        # No louder than full scale, which lossy formats exceed by a little.
        soundfile.write(folder / "wav" / name, 0.5 * signal, rate)
        names.append(f"wav/{name}")
        others = [EMOTIONS[(EMOTIONS.index(emotion) + 1) % 3], "?", ""]
        raters = [emotion, emotion, others[i // 4 % 3] if i % 4 == 0 else emotion]
        raters[0] = {3: "Anger ", 4: "ange"}.get(i, raters[0]) if emotion == "anger" else emotion
        answers.append([name.upper() if i % 2 else Path(name).stem, *raters])
    table = pd.DataFrame({"file": names, "speaker": data["speaker"], "sex": data["sex"]})
    table.to_csv(folder / "recordings.csv", index=False)
    sheet = pd.DataFrame(answers, columns=["clip", "Ann", "Ben", "Cid"]).sample(
        frac=1, random_state=0
    )
    sheet.to_csv(folder / "ratings.csv", index=False, sep=";", encoding="utf-16")
    return folder


@pytest.fixture(scope="module")
def model(made, tmp_path_factory):
    """A model that was trained on them."""
    path = tmp_path_factory.mktemp("trained") / "model.skops"
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(train(made, path)) == 0
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tables(made):
    return [str(made / "recordings.csv"), "--ratings", str(made / "ratings.csv")]


def train(made, path, *more):
    return ["train", *tables(made), *FIX, *QUICK, "--out", str(path), *more]


def never(*arguments, **settings):
    raise RuntimeError("computed again")


# describe


def test_describe_prints_and_writes(made, here, capsys):
    with pytest.warns(UserWarning, match="pass --labels ange=anger to correct"):
        assert main(["describe", *tables(made), "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("recordings.csv\n\nCorpus\n")
    assert said.endswith(f"\npage: {Path('out', 'corpus.html')}\n")
    assert {path.name for path in here.iterdir()} == {"out"}
    out = here / "out"
    names = {"corpus.txt", "corpus.html", "corpus.csv", "labels.csv", "raters.csv", "speakers.csv"}
    names.add("sklearn_ser.json")
    assert {path.name for path in out.iterdir()} == names
    text = (out / "corpus.txt").read_text()
    assert text.startswith(said[: said.rindex("\npage")])
    counts = pd.read_csv(out / "corpus.csv", index_col=0)["value"]
    assert counts[["utterances", "speakers", "raters", "missing files"]].tolist() == [36, 4, 3, 0]
    page = (out / "corpus.html").read_text()
    # Everybody, and each rater against all others.
    assert page.count("data:image/png;base64,") == 4
    assert "What all others say, where Ann says the label of a row" in page


def test_describe_writes_nothing_without_a_folder(made, here):
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(["describe", *tables(made), *FIX]) == 0
    assert list(here.iterdir()) == []


def test_describe_without_matplotlib(made, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(["describe", *tables(made), "--out", "out"])
    assert "Figures are missing: figures need matplotlib" in (here / "out/corpus.txt").read_text()


def test_a_label_stays_text_on_the_page(made, here):
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(["describe", *tables(made), "--labels", "ange=<script>", "--out", "out"])
    page = (here / "out/corpus.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


# listen


def read_page(path):
    text = Path(path).read_text(encoding="utf-8")
    start = text.index('type="application/json">') + len('type="application/json">')
    return text[start : text.index("</script>", start)]


def test_listen_to_what_raters_disagree_on(made, here, capsys):
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(["listen", *tables(made), *FIX, "--out", "page.html"]) == 0
    assert capsys.readouterr().out == f"page: {here / 'page.html'}\n"
    assert {path.name for path in here.iterdir()} == {"page.html"}
    written = read_page("page.html")
    assert '"Cid"' in written
    assert '"disagreement"' in written


def test_listen_to_what_a_model_contradicts(made, model, here):
    options = ["--report", str(model.with_suffix(".report")), "--sort", "error", "--name", "me"]
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(["listen", *tables(made), *FIX, *options, "--out", "new/page.html"])
    assert '"me"' in read_page("new/page.html")
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(
            ["listen", *tables(made), *FIX, *options, "--row", "majority class", "--out", "m.html"]
        )
    assert read_page("m.html") != read_page("new/page.html")


def test_what_was_chosen_is_another_rater(made, here, capsys):
    file = pd.read_csv(made / "recordings.csv")["file"][0]
    chosen = pd.DataFrame([{"sample": 0, "file": str(made / file), "start": "", "end": ""}])
    chosen.assign(annotator="me", label="anger", before="", note="").to_csv("me.csv", index=False)
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(["describe", *tables(made), "me.csv", *FIX])
    assert re.search(r"^me +1 +1 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "page"], "--out page must end in .html"),
        (["--out", "p.html", "--row", "x"], "--row is for the models of a --report"),
        (
            ["--out", "p.html", "--sort", "error"],
            "--sort error needs the predictions of a --report",
        ),
        (["--out", "p.html", "--report", "."], "--report . has no predictions.csv"),
        (["--out", "p.html", "--name", "Ann"], "'Ann'"),
    ],
)
def test_what_listen_refuses(made, here, capsys, options, message):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=REMARKED)
        assert message in fail(["listen", *tables(made), *FIX, *options], capsys)
    assert list(here.iterdir()) == []


def test_a_report_on_other_recordings(made, model, here, capsys):
    report, rows = model.with_suffix(".report"), pd.read_csv(made / "recordings.csv")
    rows["file"] = [str(made / file) for file in rows["file"]]
    rows.iloc[3:].to_csv("other.csv", index=False)
    own = ["listen", "other.csv", "--ratings", str(made / "ratings.csv"), *FIX, "--out", "p.html"]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=REMARKED)
        said = fail([*own, "--report", report], capsys)
    name = pd.read_csv(made / "recordings.csv")["file"][0]
    assert f"--report {report} is about other recordings: {name}, " in said
    own[1] = str(made / "recordings.csv")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=REMARKED)
        said = fail([*own, "--report", report, "--row", "nobody"], capsys)
    assert "--row 'nobody': the rows of this report are" in said


def list_clips(path):
    """The clips of a page, by their row in the table of recordings."""
    return {clip["sample"]: clip for clip in json.loads(read_page(path))["clips"]}


def test_predictions_follow_their_recordings(made, model, here):
    """Whatever the order of the table is now, and whether recordings are new."""
    said = pd.read_csv(model.with_suffix(".report") / "predictions.csv")
    said = said[said["estimator"] == said["estimator"].iloc[0]].set_index("file")
    rows = pd.read_csv(made / "recordings.csv", dtype=str)
    rows["file"] = [str(made / file) for file in rows["file"]]
    shutil.copy(rows["file"][0], "new.wav")
    rows = pd.concat([rows.sample(frac=1, random_state=0), rows.iloc[:1].assign(file="new.wav")])
    rows.to_csv("sorted.csv", index=False)
    arguments = ["listen", "sorted.csv", "--ratings", str(made / "ratings.csv"), *FIX]
    arguments += ["--report", str(model.with_suffix(".report")), "--out", "p.html"]
    with pytest.warns(UserWarning, match="sorted.csv"):
        main(arguments)
    clips = list_clips("p.html")
    assert len(clips) == 36
    for row, clip in clips.items():
        file = rows["file"].iloc[row]
        assert clip["file"] == file
        name = "/".join(Path(file).parts[-2:])
        assert clip["prediction"] == said.loc[name, "prediction"]
        proba = said.loc[name, [f"p_{label}" for label in EMOTIONS]].tolist()
        np.testing.assert_allclose(clip["proba"], proba, atol=1e-4)


def test_the_label_is_what_raters_say_now(made, model, here):
    file = str(made / pd.read_csv(made / "recordings.csv")["file"][0])
    answers = [(file, f"new {i}", "sadness") for i in range(9)]
    pd.DataFrame(answers, columns=["file", "rater", "label"]).to_csv("more.csv", index=False)
    arguments = ["listen", *tables(made), "more.csv", *FIX, "--out", "p.html"]
    with pytest.warns(UserWarning, match="ratings.csv"):
        main([*arguments, "--report", str(model.with_suffix(".report"))])
    assert list_clips("p.html")[0]["label"] == "sadness"


def write_parts(rows):
    """A table of parts of two recordings, and a report on them."""
    Path("report").mkdir()
    data = pd.DataFrame(rows, columns=["file", "start", "end", "channel", "label"])
    data.to_csv("parts.csv", index=False)
    said = data.drop(columns="label").assign(
        estimator="m",
        seed=0,
        fold=0,
        sample=range(len(data)),
        group="g",
        speaker="",
        consensus="old",
    )
    said["file"] = [os.path.abspath(file) for file in said["file"]]
    said["p_a"] = np.arange(len(data)) / 20
    said["p_b"] = 1 - said["p_a"]
    said = said.assign(prediction=np.where(said["p_a"] > 0.5, "a", "b"), seconds=1.0)
    said.to_csv("report/predictions.csv", index=False)
    return data


def test_parts_and_channels_of_recordings(here):
    stereo = np.random.default_rng(0).normal(0, 0.1, (32000, 2))
    for name in ("x.wav", "y.wav"):
        soundfile.write(name, stereo, 16000)
    parts = [("0.1", "0.7"), ("0.7", "1.9"), ("0.1", "1.9")]
    rows = [
        (file, *part, channel, "ab"[len(file + part[1]) % 2])
        for file in ("x.wav", "y.wav")
        for part in parts
        for channel in (0, 1)
    ]
    data = write_parts(rows)
    data["place"] = range(len(data))
    new = data.sample(frac=1, random_state=1)
    new.drop(columns="place").to_csv("parts.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        main(["listen", "parts.csv", "--report", "report", "--out", "p.html"])
    clips = list_clips("p.html")
    for row, place in enumerate(new["place"]):
        np.testing.assert_allclose(clips[row]["proba"], [place / 20, 1 - place / 20], atol=1e-4)
        assert clips[row]["label"] == new["label"].iloc[row]


def test_reports_of_other_parts(here, capsys):
    soundfile.write("x.wav", np.random.default_rng(0).normal(0, 0.1, (32000, 2)), 16000)
    data = write_parts([("x.wav", 0.0, 0.5, 0, "a"), ("x.wav", 0.5, 1.0, 1, "b")])
    arguments = ["listen", "parts.csv", "--report", "report", "--out", "p.html"]
    for column, value in [("start", 0.6), ("end", 0.9), ("channel", 0)]:
        data.assign(**{column: [data[column][0], value]}).to_csv("parts.csv", index=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            line = fail(arguments, capsys)
        assert f"--report report is about other recordings: {os.path.abspath('x.wav')}." in line
    pd.read_csv("report/predictions.csv").drop(columns="file").to_csv(
        "report/predictions.csv", index=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        line = fail(arguments, capsys)
    assert "--report report does not say which recordings it is about: make it again" in line


# train


def test_train_writes_a_model_a_report_and_a_card(made, model, here):
    names = {"model.skops", "model.md", "model.report"}
    assert {path.name for path in model.parent.iterdir()} == names
    report = model.parent / "model.report"
    rows = ["openSMILE functionals, speakers unknown", "openSMILE functionals", "majority class"]
    assert pd.read_csv(report / "summary.csv")["estimator"].tolist() == rows
    training = pd.read_csv(report / "training.csv", dtype=str)
    assert training["speaker"].unique().tolist() == ["03", "08", "09", "15"]
    card = (model.parent / "model.md").read_text()
    for what in (
        "openSMILE functionals, speakers unknown. Labels: anger, neutral, sadness.",
        "|       utterances      |",
        "|  Ann  |",
        "no speaker on both sides",
        "UA\\_low",
        "free only for research and personal use",
        "# Intended use",
        "# Limits",
        'load("model.skops")',
    ):
        assert what in card
    trained = load(model)
    assert trained.classes_.tolist() == EMOTIONS
    assert str(model.parent) not in repr(trained.get_params())


def test_the_model_is_the_row_fitted_on_everything(made, model):
    from sklearn_ser.datasets import load_table
    from sklearn_ser.recipes import baseline2026
    from sklearn_ser.utils._random import clone_with_seed

    with pytest.warns(UserWarning, match="ratings.csv"):
        corpus = load_table(
            made / "recordings.csv", made / "ratings.csv", labels={"ange": "anger"}
        )
    row = baseline2026(encoder=None, quick=True)["openSMILE functionals, speakers unknown"]
    expected = clone_with_seed(row, 0).fit(corpus.data, corpus.ratings)
    np.testing.assert_array_equal(
        load(model).predict_proba(corpus.data), expected.predict_proba(corpus.data)
    )


def test_the_same_command_again_trains_nothing(made, model, tmp_path, monkeypatch):
    path = tmp_path / "again.skops"
    shutil.copytree(model.parent / "model.report", tmp_path / "again.report")
    monkeypatch.setattr(_fits, "_fit", never)
    monkeypatch.setattr(_extraction, "read_clip", never)
    monkeypatch.setattr("sklearn.model_selection.GridSearchCV.fit", never)
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(train(made, path)) == 0
    files = pd.read_csv(made / "recordings.csv")["file"].map(lambda name: str(made / name))
    monkeypatch.undo()
    proba = [load(p).predict_proba(files.tolist()) for p in (path, model)]
    np.testing.assert_array_equal(*proba)


def test_a_row_of_a_paper_and_what_it_must_beat(made, here, capsys):
    arguments = train(made, "m.skops", "--recipe", "mirsamadi2017")
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(arguments) == 0
    summary = pd.read_csv(here / "m.report/summary.csv")
    rows = ["weighted pooling", "openSMILE functionals, linear", "majority class"]
    assert summary["estimator"].tolist() == rows
    # Compared with the linear model.
    assert summary["UA_gain"].isna().tolist() == [False, True, False]
    assert {path.name for path in here.iterdir()} == {"m.skops", "m.md", "m.report"}


def test_the_answers_of_raters_and_an_encoder(made, encoder, here, capsys):
    readme = "---\nlicense: apache-2.0\n---\n# Tiny\n"
    folder = here / "encoder"
    shutil.copytree(encoder, folder)
    (folder / "README.md").write_text(readme)
    arguments = train(made, here / "m.skops", "--encoder", "encoder", "--row", "crowd layer")
    with pytest.warns(UserWarning, match="ratings.csv"):
        assert main(arguments) == 0
    card = (here / "m.md").read_text()
    assert "Its licence: apache-2.0." in card
    assert 'load("m.skops", allow=["encoder"])' in card
    assert "--out predictions.csv --allow encoder" in card
    assert "openSMILE" not in card.partition("# Licences")[2]
    # The model finds the encoder from any folder.
    assert load(here / "m.skops", allow=["encoder"])[0].model == str(folder)
    wav = str(made / "wav")
    line = fail(["predict", "m.skops", wav, "--out", "p.csv"], capsys)
    assert "TransformerFrames.model is" in line
    assert "pass --encoder with the one that you trust, or --allow encoder" in line
    predict = ["predict", "m.skops", wav, "--allow", "encoder"]
    assert main([*predict, "--speaker", "x", "--annotators", "--out", "p.csv"]) == 0
    table = pd.read_csv(here / "p.csv")
    for rater in ("Ann", "Ben", "Cid"):
        columns = [f"{rater}_p_{label}" for label in EMOTIONS]
        np.testing.assert_allclose(table[columns].sum(axis=1), 1, rtol=1e-5)
    main([*predict, "--speaker", "x", "--out", "q.csv", "--annotators", "Ben"])
    some = pd.read_csv(here / "q.csv")
    assert [name for name in some if "_p_" in name] == [f"Ben_p_{label}" for label in EMOTIONS]
    pd.testing.assert_frame_equal(some, table[some.columns])
    line = fail([*predict, "--out", "r.csv", "--annotators", "Dan"], capsys)
    assert "m.skops does not know Dan; its raters are Ann, Ben, Cid" in line


def test_training_with_unknown_speakers(made, here, capsys):
    arguments = ["train", made / "wav", "--ratings", made / "ratings.csv", *FIX, "--quick"]
    with pytest.warns(UserWarning, match="no column of speakers"):
        line = fail([*arguments, "--out", "m.skops"], capsys)
    assert "the speakers of 36 of 36 recordings are unknown" in line
    assert "name the speakers in a column 'speaker' of the recordings" in line
    assert "go on with --allow-shared-speakers" in line
    assert list(here.iterdir()) == []
    arguments = list(map(str, arguments))
    with pytest.warns(UserWarning, match="no column of speakers"):
        main([*arguments, "--out", "m.skops", "--allow-shared-speakers", "--folds", "2"])
    assert (
        "36 groups (file), in 2 folds (whole groups), SPEAKERS ON BOTH SIDES"
        in (here / "m.md").read_text()
    )
    # The row that scales by speaker would be the same as the other one.
    rows = ["openSMILE functionals, speakers unknown", "majority class"]
    assert pd.read_csv(here / "m.report/summary.csv")["estimator"].tolist() == rows


def test_a_column_that_stands_for_speakers(made, here, capsys):
    table = pd.read_csv(made / "recordings.csv", dtype=str).rename(columns={"speaker": "room"})
    table["file"] = [str(made / name) for name in table["file"]]
    table.to_csv("rooms.csv", index=False)
    arguments = ["train", "rooms.csv", "--ratings", made / "ratings.csv", *FIX, *QUICK]
    arguments += ["--out", "m.skops"]
    with pytest.warns(UserWarning, match="no column of speakers"):
        line = fail(arguments, capsys)
    assert "hold out another column with --groups (there is room, sex)" in line
    with pytest.warns(UserWarning, match="no column of speakers"):
        main([*map(str, arguments), "--groups", "room"])
    assert "4 groups (room), in 2 folds" in (here / "m.md").read_text()
    # Some speakers are known.
    table["speaker"] = table["room"].where(table["room"] != "03")
    table.to_csv("rooms.csv", index=False)
    with pytest.warns(UserWarning, match="the speakers of 9 recordings are unknown"):
        line = fail(arguments, capsys)
    assert "the speakers of 9 of 36 recordings are unknown" in line
    with pytest.warns(UserWarning, match="the speakers of 9 recordings are unknown"):
        main([*map(str, arguments), "--groups", "room"])


def test_too_few_speakers(made, here, capsys):
    table = pd.read_csv(made / "recordings.csv", dtype=str)
    table["file"] = [str(made / name) for name in table["file"]]
    arguments = ["train", "few.csv", "--ratings", made / "ratings.csv", "--out", "m.skops"]
    for speakers, message in [
        (["03"], "all recordings are of one speaker, 03"),
        (
            ["03", "08"],
            "needs 3 speakers in training, to choose its settings by; of 2 (03, 08), 1 must be",
        ),
    ]:
        table[table["speaker"].isin(speakers)].to_csv("few.csv", index=False)
        with pytest.warns(UserWarning, match="few.csv"):
            line = fail(arguments, capsys)
        assert message in line
        assert "--allow-shared-speakers" in line
    assert [path.name for path in here.iterdir()] == ["few.csv"]


def test_rows_that_need_raters(made, here, capsys):
    answers = pd.DataFrame({"file": pd.read_csv(made / "recordings.csv")["file"]})
    answers["label"] = [EMOTIONS[i % 3] for i in range(len(answers))]
    answers.to_csv("labels.csv", index=False)
    arguments = ["train", made / "recordings.csv", "--ratings", "labels.csv"]
    arguments += ["--recipe", "chou2019", "--out", "m.skops"]
    line = fail(arguments, capsys)
    assert "--row is needed: the rows of --recipe chou2019 are CrowdH CrowdS " in line
    line = fail([*arguments, "--row", "nothing"], capsys)
    assert "--row nothing: the rows of this recipe are CrowdH CrowdS CrowdHS 'E_N only' " in line
    from sklearn_ser.recipes import chou2019

    row = chou2019().need_annotators[0]
    line = fail([*arguments, "--row", row], capsys)
    assert "needs to know who gave which answer, and the raters are unknown: name them in" in line


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--out", "model.pkl"], "--out model.pkl must end in .skops"),
        (["--encoder", "x", "--recipe", "ando2018"], "--encoder: --recipe ando2018 takes none"),
        (["--groups", "room"], "--groups room: the corpus only has speaker, sex"),
        (["--folds", "0"], "--folds must be at least 1"),
        (["--labels", "ange"], "argument --labels: must be NAME=VALUE, got 'ange'"),
        (["--columns", "label=nowhere"], "nowhere"),
        (["--compare", "x"], "--compare x: the rows of this recipe are 'majority class' 'op"),
        (["--recipe", "nobody1999"], "invalid choice: 'nobody1999'"),
    ],
)
@pytest.mark.filterwarnings(f"ignore:{REMARKED}:UserWarning")
def test_wrong_use_of_train(made, here, more, message, capsys):
    out = [] if "--out" in more else ["--out", "m.skops"]
    assert message in fail(["train", *tables(made), *out, *more], capsys)
    assert list(here.iterdir()) == []


def test_files_that_are_not_there(here, capsys):
    assert "nowhere.csv" in fail(["describe", "nowhere.csv"], capsys)
    assert "nowhere.skops" in fail(["predict", "nowhere.skops", "x", "--out", "p.csv"], capsys)


# predict


def test_predict_a_folder_files_and_a_table(made, model, here, capsys):
    main(["predict", str(model), str(made / "wav"), "--out", "p.csv"])
    assert capsys.readouterr().out == "predictions: p.csv, 36 recordings\n"
    assert {path.name for path in here.iterdir()} == {"p.csv"}
    table = pd.read_csv("p.csv")
    columns = [f"p_{label}" for label in EMOTIONS]
    assert table.columns.tolist() == ["file", "prediction", *columns, "entropy"]
    trained = load(model)
    proba = table[columns].to_numpy()
    expected = trained.predict_proba(table["file"].tolist())
    np.testing.assert_allclose(proba, expected, rtol=1e-8)
    assert trained.predict(table["file"].tolist()).tolist() == table["prediction"].tolist()
    np.testing.assert_allclose(table["entropy"], -(proba * np.log(proba)).sum(axis=1))
    names = pd.read_csv(made / "recordings.csv")["file"].tolist()
    files = [str(made / name) for name in names]
    main(["predict", str(model), *files[:2], str(made / "recordings.csv"), "--out", "q.csv"])
    several = pd.read_csv("q.csv", dtype={"speaker": str})
    # As the user named them.
    assert several["file"].tolist() == [*files[:2], *names]
    assert several["speaker"].isna().tolist() == [True, True, *[False] * 36]
    known = table.set_index("file").loc[[*files[:2], *files], columns].to_numpy()
    np.testing.assert_array_equal(several[columns].to_numpy(), known)


@pytest.mark.parametrize("size", [1, 7])
def test_the_size_of_batches_changes_nothing(made, model, size):
    trained = load(model)
    files = sorted(map(str, (made / "wav").iterdir()))
    pd.testing.assert_frame_equal(
        tabulate_predictions(trained, files, batch_size=size), tabulate_predictions(trained, files)
    )


def test_windows_are_predicted_like_files_of_their_own(made, model, here):
    names = sorted((made / "wav").glob("*.flac"))[:3]
    main(["predict", str(model), *map(str, names), "--segment", "0.5", "--out", "p.csv"])
    windows = pd.read_csv("p.csv")
    assert windows.groupby("file")["start"].min().eq(0).all()
    assert len(windows) > 6
    for i, (name, start, end) in enumerate(windows[["file", "start", "end"]].values):
        signal, rate = soundfile.read(name, dtype="float32")
        part = signal[round(start * rate) : round(end * rate)]
        # Not rounded again.
        soundfile.write(f"{i}.wav", part, rate, subtype="FLOAT")
    for name, of_file in windows.groupby("file"):
        assert of_file["end"].max() == pytest.approx(soundfile.info(name).duration, abs=1e-6)
        np.testing.assert_array_equal(of_file["start"][1:], of_file["end"][:-1])
    files = [f"{i}.wav" for i in range(len(windows))]
    main(["predict", str(model), *files, "--out", "q.csv"])
    parts = pd.read_csv("q.csv")
    same = [name for name in parts if name != "file"]
    pd.testing.assert_frame_equal(windows[same], parts[same])


def test_windows_that_overlap(made, model, here):
    name = min((made / "wav").glob("*.wav"))
    arguments = ["predict", str(model), str(name), "--segment", "0.6", "--hop", "0.2"]
    main([*arguments, "--out", "p.csv"])
    windows = pd.read_csv("p.csv")
    np.testing.assert_allclose(np.diff(windows["start"]), 0.2)
    assert windows["end"].iloc[-1] == pytest.approx(soundfile.info(name).duration, abs=1e-6)


def test_bad_files_are_listed_and_skipped_on_request(made, model, here, capsys):
    good = sorted(map(str, (made / "wav").iterdir()))[:4]
    Path("bad.wav").write_text("no sound", encoding="utf-8")
    Path("empty.wav").touch()
    files = [good[0], "bad.wav", *good[1:], "empty.wav", "nowhere.wav"]
    arguments = ["predict", model, *files, "--out", "p.csv", "--batch-size", "2"]
    line = fail(arguments, capsys)
    assert "3 of 7 recordings failed: " in line
    for name in ("sample 1 (bad.wav)", "sample 5 (empty.wav)", "sample 6 (nowhere.wav)"):
        assert name in line
    assert not Path("p.csv").exists()
    with pytest.warns(UserWarning, match=r"(?s)3 of 7 recordings failed.*have no prediction"):
        main(list(map(str, [*arguments, "--skip-errors"])))
    table = pd.read_csv("p.csv")
    assert table["file"].tolist() == files
    assert table["prediction"].isna().tolist() == [f not in good for f in files]
    assert table["error"].notna().tolist() == [f not in good for f in files]
    assert table["error"].iloc[-1] == "does not exist in the working directory"
    main(["predict", str(model), *good, "--out", "q.csv"])
    kept = table[table["file"].isin(good)].drop(columns="error").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, pd.read_csv("q.csv"))
    line = fail(["predict", model, "bad.wav", "--skip-errors", "--out", "r.csv"], capsys)
    assert "1 of 1 recordings failed: sample 0 (bad.wav)" in line


def test_predictions_resume(made, model, here, monkeypatch):
    """A run that was killed in its second batch computes the first one no more."""
    read, count = _extraction.read_clip, []

    def stop(*arguments):
        count.append(1)
        if len(count) == 25:
            raise MemoryError
        return read(*arguments)

    arguments = ["predict", str(model), str(made / "wav"), "--batch-size", "20", "--out", "p.csv"]
    with monkeypatch.context() as patch:
        patch.setattr(_extraction, "read_clip", stop)
        with pytest.raises(MemoryError):
            main(arguments)
        assert not Path("p.csv").exists()
        del count[:]
        main(arguments)
        assert len(count) == 16
    main([*arguments[:-1], "whole.csv"])
    assert Path("p.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert {path.name for path in here.iterdir()} == {"p.csv", "whole.csv"}


def test_a_model_that_scales_by_speaker(made, here, capsys):
    arguments = train(made, "m.skops", "--row", "openSMILE functionals")
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(arguments)
    line = fail(["predict", "m.skops", made / "wav", "--out", "p.csv"], capsys)
    assert "scales the features of each speaker by all recordings of the speaker, and the" in line
    assert "speakers of 36 of 36 samples are unknown" in line
    table = pd.read_csv(made / "recordings.csv", dtype=str)
    table["file"] = [str(made / name) for name in table["file"]]
    # New speakers, in any order; the model has not seen them.
    table["speaker"] = "new " + table["speaker"]
    table = table.sample(frac=1, random_state=0)
    table.to_csv("new.csv", index=False)
    trained = load("m.skops")
    expected = trained.predict_proba(table)
    for size in ("2", "100"):
        main(["predict", "m.skops", "new.csv", "--batch-size", size, "--out", "p.csv"])
        columns = [f"p_{label}" for label in EMOTIONS]
        np.testing.assert_allclose(pd.read_csv("p.csv")[columns], expected, rtol=1e-5)
    one = table["file"].iloc[0]
    with pytest.warns(
        UserWarning, match="speakers with a single recording are .* each of them: x"
    ):
        main(["predict", "m.skops", one, "--speaker", "x", "--out", "q.csv"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--out", "p.txt"], "--out p.txt must end in .csv"),
        (["--hop", "1"], "--hop is for --segment"),
        (["--segment", "1", "--hop", "2"], "hop must be at most length"),
        (["--segment", "0"], "length must be a number of seconds greater than 0, got 0.0"),
        (["--batch-size", "0"], "--batch-size must be at least 1"),
        (["--annotators"], "model.skops has learned no raters. Leave the option out, or train "),
    ],
)
def test_wrong_use_of_predict(made, model, here, more, message, capsys):
    out = [] if "--out" in more else ["--out", "p.csv"]
    assert message in fail(["predict", model, made / "wav", *out, *more], capsys)
    assert [path.suffix for path in here.iterdir()] in ([], [".partial"])


def test_a_folder_without_recordings(model, here, capsys):
    Path("empty").mkdir()
    assert "empty has no recordings" in fail(["predict", model, "empty", "--out", "p.csv"], capsys)


# evaluate


def test_evaluate_a_recipe_on_own_tables(made, here, capsys):
    recordings, *ratings = tables(made)
    arguments = ["evaluate", "--recipe", "mirsamadi2017", "--quick", "--corpus", recordings]
    with pytest.warns(UserWarning, match="ratings.csv"):
        main([*arguments, *ratings, *FIX, "--groups", "sex", "--out", "out"])
    assert "recordings.csv: 36 samples; 2 groups (sex), in 2 folds" in capsys.readouterr().out
    assert {path.name for path in here.iterdir()} == {"out"}


def test_evaluate_a_model_on_new_data(made, model, here, capsys):
    recordings, *ratings = tables(made)
    arguments = ["evaluate", "--model", str(model), "--corpus", recordings, *ratings, *FIX]
    with pytest.warns(UserWarning, match="ratings.csv"):
        main([*arguments, "--out", "out"])
    captured = capsys.readouterr()
    same = "speakers of the same names are in the training data, so that scores may be too good: "
    assert f"warning: {same}03, 08, 09, 15" in captured.err
    assert "36 of 36 recordings have the names of recordings that the model was trained on" in (
        captured.err
    )
    assert "SPEAKERS ON BOTH SIDES: 03, 08, 09, 15 are in the training data" in captured.out
    for name in ("out/report.html", "out/report.txt"):
        page = Path(name).read_text(encoding="utf-8")
        assert (
            "36 of 36 recordings have the names of recordings that the model was trained" in page
        )
    predictions = pd.read_csv("out/predictions.csv", dtype={"speaker": str})
    files = [str(made / name) for name in pd.read_csv(recordings)["file"]]
    expected = load(model).predict_proba(files)
    assert predictions["estimator"].unique().tolist() == [
        "model",
        "majority class of the training data",
    ]
    predictions = predictions[predictions["estimator"] == "model"]
    found = predictions[[f"p_{label}" for label in EMOTIONS]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    summary = pd.read_csv("out/summary.csv").set_index("estimator").loc["model"]
    scored = predictions.dropna(subset=["consensus"])
    right = scored["prediction"] == scored["consensus"]
    assert summary["WA"] == pytest.approx(right.mean())
    assert summary["UA"] == pytest.approx(right.groupby(scored["consensus"]).mean().mean())
    assert summary["UA_low"] <= summary["UA"] <= summary["UA_high"]
    assert {path.name for path in here.iterdir()} == {"out"}


def test_evaluate_a_model_of_unknown_training_data(made, model, here, capsys):
    shutil.copy(model, "alone.skops")
    recordings, *ratings = tables(made)
    arguments = ["evaluate", "--model", "alone.skops", "--corpus", recordings, *ratings, *FIX]
    with pytest.warns(UserWarning, match="ratings.csv"):
        main([*arguments, "--out", "out"])
    captured = capsys.readouterr()
    assert "alone.report is missing: it is not known whom the model was trained on" in captured.err
    assert "it is not known who is in the training data" in captured.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--corpus", "nowhere.csv"],
            "--corpus nowhere.csv: neither a file or folder, nor one of",
        ),
        (["--ratings", "x.csv"], "--ratings is for tables of your own, not for dyadic"),
        (["--model", "x.skops"], "--recipe or --model, not both"),
        (["--allow", "encoder"], "--allow is for --model, not for --recipe"),
    ],
)
def test_wrong_use_of_evaluate(here, arguments, message, capsys):
    line = fail(["evaluate", "--recipe", "ando2018", "--out", "out", *arguments], capsys)
    assert message in line
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("option", ["--rows", "--alphas", "--folds", "--n-seeds"])
def test_options_of_recipes_with_a_model(here, option, capsys):
    arguments = ["evaluate", "--model", "m.skops", "--corpus", "dyadic", "--out", "out"]
    line = fail([*arguments, option, "2"], capsys)
    assert f"{option} is for --recipe, not for --model" in line


# All commands


@pytest.mark.parametrize("command", ["describe", "train", "predict", "evaluate"])
def test_help_ends_with_an_example(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert f"example:\n  python -m sklearn_ser {command} " in text


def test_errors_name_options():
    assert translate("pass columns={'file': ...}.") == "pass --columns file=NAME."
    assert translate("columns={'raters': ['A', 'B c']}") == "--columns raters=A,'B c'"
    assert translate("or columns={'raters': [...]}") == "or --columns raters=NAME,NAME"
    assert translate("labels={'hapy': 'happy', '-': None}") == "--labels hapy=happy -="
    assert translate("columns={'start': None} to") == "--columns start= to"
    assert translate("pass root, the folder") == "pass --root, the folder"
    assert translate("columns={not a dict}") == "columns={not a dict}"


def test_warnings_are_lines(made, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_ser", "describe", *tables(made)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    lines = done.stderr.splitlines()
    assert all(re.fullmatch(r"warning: ratings\.csv: [^;]+\.", line) for line in lines)
    whats = ["read as no answer", "may be typing errors"]
    assert [what in line for line, what in zip(lines, whats, strict=True)] == [True] * 2


def test_networks_on_speakers_who_are_unknown(made, here):
    """Each recording is scaled by its own frames, which one warning says of all of them."""
    arguments = train(made, "m.skops", "--recipe", "chou2019", "--row", "CrowdH")
    with pytest.warns(UserWarning, match="ratings.csv"):
        main(arguments)
    files = sorted(map(str, (made / "wav").iterdir()))
    with pytest.warns(UserWarning, match="36 of 36") as caught:
        main(["predict", "m.skops", *files, "--batch-size", "10", "--out", "p.csv"])
    (said,) = caught
    assert "the speakers of 36 of 36 samples are unknown" in str(said.message)
    assert "each is scaled by itself, and predictions are less good" in str(said.message)


def test_a_search_that_was_loaded_can_be_pickled(model):
    """The scorer in it is a copy of the public one."""
    again = pickle.loads(pickle.dumps(load(model)))
    assert again[-1].scoring.name == "ua_scorer"
