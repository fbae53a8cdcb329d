"""The command predict: names of files and columns, raters, and what the model was trained on."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from _commands import fail
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier, CrowdEMClassifier, Ratings
from sklearn_ser._cli import main
from sklearn_ser.features import SegmentLogMel, SequenceStatistics
from sklearn_ser.io import save

FEATURES = SegmentLogMel(segment_step=30), SequenceStatistics()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Recordings, and two models of them: one of the consensus, one of each rater."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(0)
    files = [str(folder / "wav" / f"{i}.wav") for i in range(6)]
    (folder / "wav").mkdir()
    for file in files:
        soundfile.write(file, rng.normal(0, 0.1, 16000), 16000)
    ratings = Ratings.from_wide(
        [["sad", "angry"][i % 2 : i % 2 + 1] * 2 for i in range(6)], annotators=["Ann", "Ben"]
    )
    for name, classifier in [
        ("model", ConsensusClassifier(DummyClassifier())),
        ("raters", CrowdEMClassifier(LogisticRegression())),
    ]:
        save(make_pipeline(*FEATURES, classifier).fit(files, ratings), folder / f"{name}.skops")
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(rows, columns, file="table.csv"):
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)


def predict(*arguments, out="p.csv"):
    main(["predict", "model.skops", *arguments, "--out", out])
    return pd.read_csv(out, dtype={"id": str, "Key": str})


# Names


def test_files_are_named_as_in_the_table(here):
    names = ["wav/3.wav", "wav/0.wav", "wav/5.wav"]
    write([(name, "x") for name in names], ["file", "speaker"])
    assert predict("table.csv")["file"].tolist() == names
    # Also where names have no folder or extension, or the folder is another one.
    write([("3",), ("0",)], ["clip"])
    assert predict("table.csv", "--root", "wav")["file"].astype(str).tolist() == ["3", "0"]
    Path("sub").mkdir()
    shutil.move("table.csv", "sub/table.csv")
    assert predict("sub/table.csv", "--root", "wav")["file"].astype(str).tolist() == ["3", "0"]


def test_ids_are_kept(here):
    write([("07", "wav/3.wav", 9, "a"), ("08", "wav/0.wav", 8, "b")], ["id", "file", "n", "room"])
    found = predict("table.csv")
    assert found.columns.tolist()[:3] == ["file", "id", "prediction"]
    assert found["id"].tolist() == ["07", "08"]
    joined = pd.read_csv("table.csv", dtype={"id": str}).merge(found, on=["id", "file"])
    assert len(joined) == 2
    # Files beside a table have no id.
    several = predict("wav/1.wav", "table.csv")
    assert several["file"].tolist() == ["wav/1.wav", "wav/3.wav", "wav/0.wav"]
    assert several["id"].isna().tolist() == [True, False, False]


def test_windows_have_the_ids_of_their_recordings(here, capsys):
    write([("07", "wav/3.wav"), ("08", "wav/0.wav")], ["Key", "path"])
    found = predict("table.csv", "--segment", "0.25")
    assert found["Key"].tolist() == ["07"] * 4 + ["08"] * 4
    assert found["file"].tolist() == ["wav/3.wav"] * 4 + ["wav/0.wav"] * 4
    assert found["start"].tolist() == [0, 0.25, 0.5, 0.75] * 2
    assert capsys.readouterr().out == "predictions: p.csv, 8 windows of 2 recordings\n"


def test_the_same_name_in_two_folders(here):
    for folder, source in ("a", "1.wav"), ("b", "2.wav"):
        Path(folder).mkdir()
        shutil.copy(Path("wav", source), Path(folder, "x.wav"))
        shutil.copy(Path("wav", source), Path(folder, f"only {folder}.wav"))
        write([("x.wav",), (f"only {folder}.wav",)], ["file"], Path(folder, "table.csv"))
    found = predict("a/table.csv", "b/table.csv")["file"].tolist()
    assert found == [str(here / "a/x.wav"), "only a.wav", str(here / "b/x.wav"), "only b.wav"]


# Columns


def test_columns_with_unusual_names(here, capsys):
    rows = [("wav/3.wav", 0.1, 0.6, "x"), ("wav/3.wav", 0.6, 0.9, "x"), ("wav/0.wav", 0, 0.5, "y")]
    write(rows, ["Datei", "von", "bis", "wer"])
    line = fail(["predict", "model.skops", "table.csv", "--out", "p.csv"], capsys)
    assert "table.csv has no column of files or names of recordings" in line
    assert "pass --columns file=NAME." in line
    columns = ["--columns", "file=Datei", "start=von", "end=bis", "speaker=wer"]
    found = predict("table.csv", *columns)
    assert found[["file", "start", "end", "speaker"]].values.tolist() == list(map(list, rows))
    write(rows, ["file", "start", "end", "speaker"], "usual.csv")
    pd.testing.assert_frame_equal(predict("usual.csv", out="q.csv"), found)
    # A column that is there for something else.
    with pytest.warns(UserWarning, match="1 rows? (is|are) on the same recording"):
        found = predict("usual.csv", "--columns", "start=", "end=", "speaker=")
    assert "start" not in found
    line = fail(
        ["predict", "model.skops", "table.csv", "--columns", "file=Datej", "--out", "p.csv"],
        capsys,
    )
    assert "columns names 'Datej' (file), and table.csv has 'Datei', " in line
    assert "Did you mean 'Datei'?" in line


# Training


def test_recordings_that_the_model_was_trained_on(here, capsys):
    predict("wav")
    assert "trained on" not in capsys.readouterr().err
    Path("model.report").mkdir()
    write([(f"/elsewhere/{i}.flac", "x") for i in range(1, 6)], ["file", "speaker"])
    shutil.move("table.csv", "model.report/training.csv")
    predict("wav", "--segment", "0.5")
    said = capsys.readouterr().err
    assert said.count("warning") == 1
    assert (
        "5 of 6 recordings have the names of recordings that the model was trained on: 1.wav, "
        "2.wav, 3.wav and 2 more. If they are the same, " in said
    )
    shutil.copy("wav/0.wav", "new.wav")
    predict("new.wav", "wav/0.wav")
    assert "trained on" not in capsys.readouterr().err
    # A table without files, such as one that was made by hand.
    write([("x",)], ["speaker"], "model.report/training.csv")
    predict("wav")
    assert "trained on" not in capsys.readouterr().err


# Raters


def test_raters_in_words_of_the_command(here, capsys):
    out = ["--out", "p.csv"]
    line = fail(["predict", "model.skops", "wav", "--annotators", *out], capsys)
    assert "--annotators: model.skops has learned no raters. Leave the option out, or " in line
    arguments = ["predict", "raters.skops", "wav", "--annotators"]
    line = fail([*arguments, "Bem", "Ann", *out], capsys)
    assert "--annotators: raters.skops does not know Bem; its raters are Ann, Ben\n" in line
    for names in [], ["Ben", "Ann"]:
        main([*arguments, *names, *out])
        found = pd.read_csv("p.csv")
        own = [name for name in found if "_p_" in name]
        assert own[0] == f"{(names or ['Ann'])[0]}_p_angry"
        assert len(own) == 4
    assert not Path("p.csv.partial").exists()


@pytest.mark.parametrize("option", ["--annotators", "--columns"])
def test_options_that_take_files_for_their_values(here, option, capsys):
    line = fail(["predict", "model.skops", option, "file=x", "--out", "p.csv"], capsys)
    assert "the following arguments are required: RECORDINGS; " in line
    assert f"{option} takes all words up to the next option: write files and folders" in line
    arguments = ["predict", "raters.skops", "wav/0.wav", option, "wav/1.wav", "--out", "p.csv"]
    line = fail(arguments, capsys)
    if option == "--columns":
        assert "must be NAME=VALUE, got 'wav/1.wav': write files and folders before" in line
    else:
        assert "--annotators has taken wav/1.wav: write files before the option" in line
    line = fail(["predict", "model.skops", "--out", "p.csv"], capsys)
    assert line.endswith("the following arguments are required: RECORDINGS\n")


@pytest.mark.parametrize(
    ("command", "values", "said"),
    [
        ("describe", ["--ratings", "r.csv", "wav"], "; --ratings takes all words up to the next"),
        ("describe", ["t.csv", "--ratings", "t.csv", "wav"], "--ratings must be tables, and wav"),
        ("describe", ["--labels", "wav"], "got 'wav': write files and folders before the option"),
        ("describe", ["--labels", "a=b", "t.csv"], "got 't.csv': write files and folders before"),
        ("describe", ["--classes", "a", "t.csv"], "; --classes takes all words up to the next"),
        ("listen", ["t.csv", "--classes", "a", "t.csv"], "--classes has taken t.csv: write files"),
        ("train", ["t.csv", "--classes", "a", "b", "t.csv"], "--classes has taken t.csv: write"),
        ("train", ["--ratings", "t.csv"], "; --ratings takes all words up to the next option"),
    ],
)
def test_tables_that_options_take_for_their_values(here, command, values, said, capsys):
    write([("wav/0.wav", "a")], ["file", "label"], "t.csv")
    out = {"describe": "out", "listen": "p.html", "train": "m.skops"}[command]
    assert said in fail([command, *values, "--out", out], capsys)


def test_labels_that_are_names_of_folders(here):
    """Recordings are often in folders of labels."""
    for label in ("sad", "angry"):
        Path(label).mkdir()
    write([("wav/0.wav", "x", "sad"), ("wav/1.wav", "y", "angry")], ["file", "speaker", "label"])
    main(["describe", "table.csv", "--classes", "sad", "angry"])


# Windows, and unfinished work


def test_windows_in_messages(here, capsys):
    signal = np.random.default_rng(0).normal(0, 0.1, 32000)
    signal[8000:24000] = 0
    soundfile.write("half.wav", signal, 16000)
    with pytest.warns(UserWarning, match="2 of 6 parts of 2 recordings are silent, so that"):
        predict("half.wav", "wav/0.wav", "--segment", "0.5")
    Path("bad.wav").write_text("no sound", encoding="utf-8")
    with pytest.warns(UserWarning, match="1 of 5 parts of 2 recordings failed: sample 4"):
        predict("wav/0.wav", "bad.wav", "--segment", "0.25", "--skip-errors")
    assert "5 windows of 2 recordings\n" in capsys.readouterr().out


def test_nothing_is_left_after_warnings(here):
    soundfile.write("silence.wav", np.zeros(16000), 16000)
    Path("bad.wav").write_text("no sound", encoding="utf-8")
    with pytest.warns(UserWarning, match="of 3 recordings"):
        predict("wav/0.wav", "silence.wav", "bad.wav", "--skip-errors")
    assert list(here.glob("p.csv?*")) == []


def test_unfinished_work_is_that_of_one_model(here, capsys):
    """Another model, or another option, does not take over what a run had finished."""
    arguments = ["wav", "nowhere.wav", "--batch-size", "2"]
    for model in ("model", "raters"):
        fail(["predict", f"{model}.skops", *arguments, "--out", "p.csv"], capsys)
        assert Path("p.csv.partial").is_dir()
    with warnings.catch_warnings():
        # Every run skips the same broken recording.
        warnings.filterwarnings("ignore", message="1 of 7 recordings failed")
        for model in ("model", "raters"):
            for out in ("p.csv", "q.csv"):
                main(["predict", f"{model}.skops", *arguments, "--skip-errors", "--out", out])
            assert Path("p.csv").read_bytes() == Path("q.csv").read_bytes()
            fail(["predict", "model.skops", *arguments, "--out", "p.csv"], capsys)
    proba = pd.read_csv("p.csv")["p_sad"]
    assert proba.nunique() > 1
    # Nor does a model that was trained again and saved to the same file.
    shutil.copy("model.skops", "raters.skops")
    fail(["predict", "raters.skops", *arguments, "--out", "p.csv"], capsys)
    with pytest.warns(UserWarning, match="1 of 7 recordings failed"):
        main(["predict", "raters.skops", *arguments, "--skip-errors", "--out", "p.csv"])
    assert pd.read_csv("p.csv")["p_sad"].nunique() == 1
