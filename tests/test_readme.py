"""What the README promises runs."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = README.read_text(encoding="utf-8")
    search, table = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(search, str(README), "exec"), {})
    assert re.match(r"\{'target_encoder__alpha': [\d.]+\} 0\.\d+", capsys.readouterr().out)
    exec(compile(table, str(README), "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"modified soft, clear \+ ambiguous +0\.\d+", said)
    assert {path.name for path in tmp_path.iterdir()} == {"ando2018", "ando2018.png"}


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)]+)\)", README.read_text("utf-8")))
def test_its_links_lead_somewhere(link):
    assert (README.parent / link).exists()
