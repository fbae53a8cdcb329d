"""Files that commands must not replace: their inputs, and files of others."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier
from sklearn_ser._cli import main
from sklearn_ser._cli._partial import MARKER, open_partial
from sklearn_ser.evaluation import fit_on_all
from sklearn_ser.evaluation._own_files import MANIFEST, write_files
from sklearn_ser.evaluation._report import DESCRIPTION_FILES, REPORT_FILES
from sklearn_ser.features import SegmentLogMel, SequenceStatistics
from sklearn_ser.io import save

TRAIN = ["--quick", "--folds", "2"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with recordings, a table of them, and answers."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows, answers = [], []
    for i in range(8):
        soundfile.write(f"{i}.wav", rng.normal(0, 0.1, 8000), 16000)
        rows.append((f"{i}.wav", "abcd"[i % 4]))
        answers += [(f"{i}.wav", rater, ["sad", "angry"][i // 4]) for rater in ("Ann", "Ben")]
    pd.DataFrame(rows, columns=["file", "speaker"]).to_csv("corpus.csv", index=False)
    pd.DataFrame(answers, columns=["file", "rater", "label"]).to_csv("raters.csv", index=False)
    return tmp_path


@pytest.fixture
def model(here):
    from sklearn_ser.datasets import load_table

    steps = SegmentLogMel(segment_step=30), SequenceStatistics()
    model = make_pipeline(*steps, ConsensusClassifier(DummyClassifier()))
    save(fit_on_all(model, load_table("corpus.csv", "raters.csv")), "model.skops")
    return "model.skops"


def read_all():
    return {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}


def refuse(arguments, capsys):
    """The line of a command that ends with code 2, and has touched nothing."""
    before = read_all()
    with pytest.raises(SystemExit) as stopped:
        main(list(map(str, arguments)))
    assert stopped.value.code == 2
    assert read_all() == before
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


OWN = ["corpus.csv", "--ratings", "raters.csv"]


@pytest.mark.posix
@pytest.mark.parametrize("out", [".", "../{name}", "link"])
def test_describe_into_the_folder_of_the_tables(here, out, capsys):
    Path("link").symlink_to(".")
    out = out.format(name=here.name)
    line = refuse(["describe", *OWN, "--out", out], capsys)
    assert f"--out {out} would replace what the command reads: " in line
    assert "corpus.csv" in line
    assert "raters.csv" in line


@pytest.mark.posix
def test_inputs_under_other_names(here, model, capsys):
    os.symlink("corpus.csv", "other.csv")
    line = refuse(["predict", model, "other.csv", "--out", "corpus.csv"], capsys)
    assert "--out corpus.csv would replace what the command reads: corpus.csv" in line
    assert "other.csv" in refuse(["predict", model, "corpus.csv", "--out", "other.csv"], capsys)
    assert "replace" in refuse(["predict", model, "corpus.csv", "--out", "corpus.csv"], capsys)
    shutil.copy("raters.csv", "raters.html")
    arguments = ["listen", "corpus.csv", "--ratings", "raters.html", "--out", "raters.html"]
    assert "raters.html would replace what the command reads" in refuse(arguments, capsys)


@pytest.mark.parametrize("name", DESCRIPTION_FILES)
def test_files_of_others_in_a_folder(here, name, capsys):
    Path("out").mkdir()
    Path("out", name).write_text("mine", encoding="utf-8")
    line = refuse(["describe", *OWN, "--out", "out"], capsys)
    assert "out has files that would be replaced, and that this package did not write" in line
    assert f": {name}. Name another output folder, or move these files." in line


@pytest.mark.parametrize("name", [*REPORT_FILES, MANIFEST])
def test_files_of_others_in_the_folder_of_a_report(here, model, name, capsys):
    name = name.replace("*", "mine")
    Path("out").mkdir()
    Path("out", name).write_text("mine", encoding="utf-8")
    arguments = ["--corpus", *OWN, "--out", "out"]
    assert name in refuse(["evaluate", "--model", model, *arguments], capsys)
    assert name in refuse(["evaluate", "--recipe", "mirsamadi2017", *arguments], capsys)
    shutil.move("out", "m.report")
    assert name in refuse(["train", *OWN, "--out", "m.skops"], capsys)


def test_a_card_in_place_of_a_readme(here, capsys):
    Path("README.md").write_text("mine", encoding="utf-8")
    assert "../README.md" in refuse(["train", *OWN, "--out", "README.skops"], capsys)


def test_own_outputs_are_written_again(here, model):
    for _ in range(2):
        main(["describe", *OWN, "--out", "out"])
        main(["evaluate", "--model", model, "--corpus", *OWN, "--out", "out"])
        main(["predict", model, "corpus.csv", "--out", "p.csv"])
        main(["listen", *OWN, "--out", "p.html"])


def test_each_picture_has_one_title(here):
    main(["describe", *OWN, "--out", "out"])
    page = Path("out/corpus.html").read_text(encoding="utf-8")
    title = "What another rater says, where one rater says the label of a row"
    # Besides the text of the image, for those who cannot see it.
    shown = page.replace(f'alt="{title}"', "")
    assert shown.count(title) == 1
    assert f"<h2>{title}</h2>" in shown


def test_an_output_that_was_changed_stays(here, capsys):
    main(["describe", *OWN, "--out", "out"])
    Path("out/labels.csv").write_text("corrected by hand", encoding="utf-8")
    capsys.readouterr()
    line = refuse(["describe", *OWN, "--out", "out"], capsys)
    assert "or that were changed since: labels.csv." in line


def test_a_model_tested_into_its_own_report(here, model, capsys):
    Path("model.report").mkdir()
    write_files("model.report", {"summary.csv": "of training", "training.csv": "file\n"})
    arguments = ["evaluate", "--model", model, "--corpus", *OWN, "--out", "model.report"]
    assert "would replace what the command reads: model.report/summary.csv" in refuse(
        arguments, capsys
    )
    arguments = ["predict", model, "corpus.csv", "--out", "model.report/training.csv"]
    assert "would replace what the command reads" in refuse(arguments, capsys)


def test_a_write_that_was_interrupted(tmp_path, monkeypatch):
    """Whatever the moment, the next run may write again."""
    import sklearn_ser.evaluation._own_files as own

    write, left = own._write, [0]

    def stop(path, text):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(own, "_write", stop)
    for k, count in enumerate([9, 0, 1, 2, 1, 0, 2, 9]):
        left[0] = count
        try:
            write_files(tmp_path, {"a.csv": f"a{k}", "b.csv": f"b{k}"})
        except KeyboardInterrupt:
            assert count < 9
    assert (tmp_path / "a.csv").read_text() == "a7"


def test_further_pages_in_place_of_other_files(here, capsys):
    Path("p-2.html").write_text("mine", encoding="utf-8")
    Path("p-b.html").write_text("mine", encoding="utf-8")
    line = refuse(["listen", *OWN, "--out", "p.html"], capsys)
    assert "further pages would replace files that are no such pages: p-2.html." in line


# predict


def test_a_folder_partial_of_others(here, model, capsys):
    Path("p.csv.partial").mkdir()
    Path("p.csv.partial/thesis.txt").write_text("mine", encoding="utf-8")
    line = refuse(["predict", model, "corpus.csv", "--out", "p.csv"], capsys)
    assert "p.csv.partial is where unfinished work is kept, but no command made it" in line
    Path("q.csv.partial").write_text("a file", encoding="utf-8")
    assert "no command made it" in refuse(["predict", model, "0.wav", "--out", "q.csv"], capsys)


def test_two_runs_on_one_output(here, model, capsys):
    with open_partial(Path("p.csv")) as partial:
        assert (partial / MARKER).is_file()
        line = refuse(["predict", model, "corpus.csv", "--out", "p.csv"], capsys)
    assert "another run is writing p.csv: wait for it to end, or name another --out" in line
    assert not partial.exists()
    main(["predict", model, "corpus.csv", "--out", "p.csv"])
    assert not partial.exists()


def test_a_run_that_was_killed_leaves_no_lock(here, model):
    code = (
        "import os\nfrom pathlib import Path\nfrom sklearn_ser._cli._partial import open_partial\n"
        "with open_partial(Path('p.csv')):\n    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert Path("p.csv.partial", MARKER).is_file()
    main(["predict", model, "corpus.csv", "--out", "p.csv"])
    assert not Path("p.csv.partial").exists()


def test_a_folder_with_every_format(here, model, capsys):
    Path("all").mkdir()
    signal = np.random.default_rng(0).normal(0, 0.1, 16000)
    names = ["a.wav", "a.flac", "b.aiff", "c.au", "d.AIF", "e.caf", "f.opus", "g.oga"]
    for name in names:
        kind = {"opus": "OGG", "oga": "OGG", "aif": "AIFF"}.get(name[2:].lower())
        subtype = {"f.opus": "OPUS", "g.oga": "VORBIS"}.get(name)
        soundfile.write(Path("all", name), signal, 16000, format=kind, subtype=subtype)
    main(["predict", model, "all", "--out", "p.csv"])
    found = pd.read_csv("p.csv")["file"].map(os.path.basename)
    assert sorted(found) == sorted(names)
    for name in ("x.m4a", "y.mp4"):
        Path("all", name).touch()
    said = re.escape("files in all are left out, since their formats cannot be read: x.m4a, y.mp4")
    with pytest.warns(UserWarning, match=said):
        main(["predict", model, "all", "--out", "p.csv"])
    assert len(pd.read_csv("p.csv")) == len(names)
    Path("odd").mkdir()
    Path("odd/x.m4a").touch()
    capsys.readouterr()
    line = refuse(["predict", model, "odd", "--out", "q.csv"], capsys)
    assert "odd has no recordings (.wav, .flac" in line
    assert "files in odd are left out, since their formats cannot be read: x.m4a;" in line


# Words


def test_speakers_on_both_sides_in_words_of_options(here, capsys):
    table = pd.read_csv("corpus.csv").assign(room=list("xxyyxyxy"))
    table.to_csv("rooms.csv", index=False)
    arguments = ["rooms.csv", "--ratings", "raters.csv", "--groups", "room", "--out"]
    for command, out in (["train"], "m.skops"), (["evaluate", "--recipe", "ando2018"], "out"):
        corpus = ["--corpus"] if command[0] == "evaluate" else []
        with pytest.raises(SystemExit) as stopped:
            main([*command, "--quick", *corpus, *arguments, out])
        assert stopped.value.code == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert "speakers are on both sides of fold 0 (b, c), fold 1 (b, c). The" in line
        assert "hold out speakers with --groups speaker, or pass --allow-shared-speakers." in line


@pytest.mark.parametrize("command", ["describe", "listen", "train", "evaluate", "predict"])
def test_ctrl_c(here, model, command, capsys, monkeypatch):
    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    arguments = {
        "describe": OWN,
        "listen": [*OWN, "--out", "p.html"],
        "train": [*OWN, "--out", "m.skops"],
        "evaluate": ["--model", model, "--corpus", *OWN, "--out", "out"],
        "predict": [model, "corpus.csv", "--out", "p.csv"],
    }
    work = {"predict": "_predict.tabulate_predictions", "evaluate": "_evaluate_model.load_corpus"}
    monkeypatch.setattr(f"sklearn_ser._cli.{work.get(command, f'_{command}.load_own')}", stop)
    assert main([command, *arguments[command]]) == 130
    resumes = command in ("train", "evaluate", "predict")
    said = "stopped; the same command resumes\n" if resumes else "stopped\n"
    assert capsys.readouterr().err == said


@pytest.mark.posix
def test_ctrl_c_of_a_process(here, model):
    code = (
        "import os, signal, sklearn_ser._cli._predict as p\n"
        # A process in the background may ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "p.load_model = lambda *of: os.kill(os.getpid(), signal.SIGINT)\n"
        "import sys, runpy\n"
        "sys.argv = ['x', 'predict', 'model.skops', '0.wav', '--out', 'p.csv']\n"
        "runpy.run_module('sklearn_ser', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr == "stopped; the same command resumes\n"


def test_predictions_of_silence(here, model):
    soundfile.write("silence.wav", np.zeros(16000), 16000)
    with pytest.warns(UserWarning, match=r"1 of 2 recordings are silent.*\(silence.wav\)"):
        main(["predict", model, "0.wav", "silence.wav", "--out", "p.csv"])
    table = pd.read_csv("p.csv")
    assert table["prediction"].notna().all()
    assert table["remark"].tolist()[1] == "is silent"
    assert table["remark"].isna().tolist() == [True, False]
