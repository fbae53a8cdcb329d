"""What the README promises runs."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(code, str(README), "exec"), {})
    assert re.match(r"\{'target_encoder__alpha': [\d.]+\} 0\.\d+", capsys.readouterr().out)


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)]+)\)", README.read_text("utf-8")))
def test_its_links_lead_somewhere(link):
    assert (README.parent / link).exists()
