"""The commands describe and listen on recordings that nobody has rated yet."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser._cli import main
from sklearn_ser.datasets._unrated import has_answers, load_unrated

UNRATED = "Recordings only: no column of answers is known. If there are answers, pass --ratings"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of recordings, and tables of them without answers."""
    monkeypatch.chdir(tmp_path)
    Path("wav").mkdir()
    rng = np.random.default_rng(0)
    for i in range(4):
        soundfile.write(f"wav/{i}.wav", rng.normal(0, 0.1, 16000 * (i + 1)), 16000)
    table = pd.DataFrame({"Clip": [f"wav/{i}.wav" for i in range(4)], "Actor": list("aabb")})
    table.to_csv("table.csv", index=False)
    table.assign(start=0.1, end=0.7).to_csv("parts.csv", index=False)
    table.rename(columns={"Clip": "Aufnahme"}).to_csv("unusual.csv", index=False)
    return tmp_path


def read_page(path):
    text = Path(path).read_text(encoding="utf-8")
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</', text)[1])


def fail(arguments, capsys):
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize(
    ("recordings", "seconds", "speakers"),
    [
        (["wav"], 10, 0),
        (["table.csv"], 10, 2),
        (["parts.csv"], 2.4, 2),
        (["unusual.csv", "--columns", "file=Aufnahme"], 10, 2),
        (["unusual.csv", "--columns", "file=Aufnahme", "speaker="], 10, 0),
    ],
)
def test_a_summary_of_recordings(here, recordings, seconds, speakers, capsys):
    main(["describe", *recordings, "--out", "out"])
    said = capsys.readouterr().out
    assert UNRATED in said
    counts = pd.read_csv("out/corpus.csv", index_col=0)["value"]
    assert counts["utterances"] == 4
    assert counts["hours"] * 3600 == pytest.approx(seconds)
    assert counts["speakers"] == speakers
    assert not {"raters", "answers", "alpha", "ties", "unrated"} & set(counts.index)
    names = {path.name for path in Path("out").iterdir()}
    assert names - {"sklearn_ser.json", "speakers.csv"} == {
        "corpus.csv",
        "corpus.txt",
        "corpus.html",
    }
    assert ("speakers.csv" in names) == (speakers > 0)
    assert "Empty" not in said
    assert UNRATED in Path("out/corpus.html").read_text(encoding="utf-8")
    if speakers:
        table = pd.read_csv("out/speakers.csv")
        assert table.columns.tolist() == ["speaker", "utterances", "minutes"]
        assert table["minutes"].sum() * 60 == pytest.approx(seconds)


@pytest.mark.parametrize(
    "recordings", [["wav"], ["table.csv"], ["unusual.csv", "--columns", "file=Aufnahme"]]
)
def test_a_page_to_rate_from_scratch(here, recordings, capsys):
    labels = ["sad", "angry", "other"]
    main(["listen", *recordings, "--classes", *labels, "--out", "p.html"])
    page = read_page("p.html")
    assert page["choices"] == labels
    assert page["sort"] == "order"
    assert not page["has_answers"]
    assert not page["has_model"]
    assert [clip["name"] for clip in page["clips"]] == [f"{i}.wav" for i in range(4)]
    assert {clip["label"] for clip in page["clips"]} == {None}
    # What is chosen there is a table of answers.
    rows = [{"sample": clip["sample"], "file": clip["file"]} for clip in page["clips"]]
    chosen = pd.DataFrame(rows).assign(annotator="me", label=["sad", "sad", "angry", "other"])
    chosen.to_csv("me.csv", index=False)
    capsys.readouterr()
    if recordings != ["wav"]:
        main(["describe", *recordings, "--ratings", "me.csv"])
        assert re.search(r"^me +4 +4 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("recordings", ["wav", "table.csv", "parts.csv"])
def test_a_page_without_labels(here, recordings, capsys):
    line = fail(["listen", recordings, "--out", "p.html"], capsys)
    assert f"{recordings} has no answers that are known: pass --ratings TABLE, --columns " in line
    assert "if nobody has rated the recordings yet, --classes and the labels to choose" in line
    assert not Path("p.html").exists()


def test_tables_with_answers_are_not_unrated(here, capsys):
    table = pd.read_csv("table.csv")
    for columns, more in [
        ({"emotion": list("xyxy")}, []),
        ({"Ann": list("xyxy"), "Ben": list("xxyy")}, ["--columns", "raters=Ann,Ben"]),
        ({"gefuehl": list("xyxy")}, ["--columns", "label=gefuehl"]),
    ]:
        table.assign(**columns).to_csv("rated.csv", index=False)
        main(["describe", "rated.csv", *more])
        said = capsys.readouterr().out
        assert UNRATED not in said
        assert "alpha" in said
    # Raters without labels are a mistake, which is still said.
    table.assign(rater="Ann").to_csv("rated.csv", index=False)
    line = fail(["describe", "rated.csv"], capsys)
    assert "rated.csv has a column of raters, 'rater', and none of labels" in line


def test_what_has_answers(here):
    assert not has_answers("wav")
    assert not has_answers("table.csv")
    assert has_answers("table.csv", {"label": "Actor"})
    assert has_answers("table.csv", {"raters": ["Actor"]})
    assert not has_answers("table.csv", {"speaker": "Actor"})


def test_unrated_recordings_are_a_corpus(here):
    corpus = load_unrated("table.csv", target_classes=["sad", "angry"])
    assert corpus.data.columns.tolist() == ["file", "speaker"]
    assert corpus.data["file"].tolist() == [str(here / f"wav/{i}.wav") for i in range(4)]
    assert corpus.ratings.classes.tolist() == ["sad", "angry"]
    assert corpus.ratings.consensus().tolist() == [None] * 4
    assert corpus.DESCR.startswith("table.csv\n")
    assert load_unrated("wav").DESCR.startswith("wav/\n")
