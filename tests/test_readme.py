"""What the README promises runs."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_ser import Sequences
from sklearn_ser.features import FramePooler, SequenceScaler
from sklearn_ser.recipes import chou2019

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = README.read_text(encoding="utf-8")
    search, table, keep = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(compile(search, str(README), "exec"), names)
    assert re.match(r"\{'target_encoder__alpha': [\d.]+\} 0\.\d+", capsys.readouterr().out)
    exec(compile(table, str(README), "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"modified soft, clear \+ ambiguous +0\.\d+", said)
    exec(compile(keep, str(README), "exec"), names)
    assert (
        names["model"].get_params().keys() == names["search"].best_estimator_.get_params().keys()
    )
    files = {"cache", "ando2018.png", "model.skops"}
    assert {path.name for path in tmp_path.iterdir()} == files


def test_frames_are_scaled_and_averaged_in_the_order_of_the_paper():
    """As in the recipe; the guide says in what the other order differs."""
    steps = [type(step).__name__ for _, step in chou2019()["CrowdS"].steps[:-1]]
    assert steps == ["OpenSmileLLD", "SequenceScaler", "FramePooler"]
    for page in (README, README.parent / "docs" / "quickstart.rst"):
        (pipeline,) = re.findall(r"speech = make_pipeline\((.*?\))\s*\)\n", page.read_text(), re.S)
        assert re.findall(r"\b([A-Z]\w+)\(", pipeline) == steps, page


def test_the_other_order_differs_only_in_a_factor_per_feature_and_speaker():
    rng = np.random.default_rng(0)
    # Slow features, fast ones, and whole pools of five frames.
    walks = np.cumsum(rng.normal(size=(12, 40, 3)), axis=1) * [0.1, 1, 10] + rng.normal(size=3)
    X = Sequences.from_arrays([*walks], speaker=np.repeat(["F1", "M1", "F2"], 4))
    scale, pool = SequenceScaler(by="speaker"), FramePooler(5)
    last = make_pipeline(pool, scale).fit_transform(X)
    first = make_pipeline(scale, pool).fit_transform(X)
    speaker = np.repeat(X.speaker, last.lengths)
    for name in ("F1", "M1", "F2"):
        own = speaker == name
        factor = first.values[own].std(axis=0)
        np.testing.assert_allclose(last.values[own].std(axis=0), 1, rtol=1e-4)
        assert (factor < 1).all()
        np.testing.assert_allclose(first.values[own], last.values[own] * factor, atol=1e-4)


@pytest.mark.parametrize("page", sorted(README.parent.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(((?!http)[^)]+)\)", page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        assert (page.parent / path).exists(), link
        if anchor:
            lines = (page.parent / path).read_text("utf-8").splitlines()
            titles = [re.sub(r"[^\w ]", "", line).strip().replace(" ", "-") for line in lines]
            assert anchor in map(str.lower, titles), link
