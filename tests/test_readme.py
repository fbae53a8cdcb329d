"""What the README promises runs."""

import re
from pathlib import Path

import pytest

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
    files = {"ando2018", "ando2018.png", "model.skops"}
    assert {path.name for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize("page", sorted(README.parent.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(((?!http)[^)]+)\)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link
