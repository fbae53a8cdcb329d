"""docs/papers.rst: what it prints is what the recipes hold, and its calls run."""

import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sklearn_ser._cli as command
from sklearn_ser import datasets, recipes
from sklearn_ser._cli._main import make_parser
from sklearn_ser.datasets import make_dyadic_corpus

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))

import papers  # noqa: E402

TEXT = papers.PAGE.read_text(encoding="utf-8")
TITLES = {
    "ando2018": "Ando et al. (2018)",
    "chou2019": "Chou and Lee (2019)",
    "fujioka2020": "Fujioka et al. (2020)",
    "mao2020": "Mao et al. (2020)",
}
FULL = {name: getattr(recipes, name) for name in TITLES}


def read_section(name):
    """Return the part of the page about a paper."""
    start = TEXT.index(TITLES[name])
    later = [TEXT.index(title) for title in TITLES.values() if TEXT.index(title) > start]
    return TEXT[start : min(later, default=len(TEXT))]


def read_tables(text):
    """Return the rows of cells of every table, by its title."""
    tables = {}
    for block in text.split(".. list-table:: ")[1:]:
        title, _, rest = block.partition("\n")
        body = re.match(r"((?:   .*\n|\n)+)", rest + "\n")[1]
        rows = []
        for bullet, cell in re.findall(r"^   (\*|  ) ?- ?(.*)$", body, re.MULTILINE):
            if bullet == "*":
                rows.append([])
            rows[-1].append(cell.strip())
        tables[title] = rows
    return tables


def read_numbers(text):
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def find_table(name, start):
    (rows,) = [
        rows for title, rows in read_tables(read_section(name)).items() if title.startswith(start)
    ]
    return rows


def make_full(name):
    if name == "chou2019":
        return FULL[name](annotators=["E1", "E2", "E4", "E5", "E6"])
    return FULL[name]()


def test_the_page_is_written_from_the_recipes():
    assert papers.compose() == TEXT, "run benchmarks/papers.py"


def test_no_table_is_left_over():
    assert "{{" not in TEXT
    placed = re.findall(r"\{\{(.+?)\}\}", papers.TEMPLATE.read_text(encoding="utf-8"))
    assert sorted(placed) == sorted(papers.make_tables())


@pytest.mark.parametrize(
    ("name", "table"),
    [("ando2018", "Results"), ("chou2019", "Table 3"), ("fujioka2020", "Table 2")],
)
def test_every_row_is_printed_as_published(name, table):
    recipe = make_full(name)
    header, *rows = find_table(name, table)
    assert [row[0] for row in rows] == recipe.published.index.tolist()
    # Whatever has a pipeline was printed in the paper.
    assert set(recipe) <= {row[0] for row in rows}
    for row, call, printed, _ in rows:
        scores = recipe.published.loc[row].drop(["corpus", "note"]).astype(float)
        assert read_numbers(printed) == scores.dropna().tolist(), row
        assert call == (f'``recipe["{row}"]``' if row in recipe else "none")
    assert len(header) == 4


@pytest.mark.parametrize("number", ["2", "3", "4"])
def test_every_row_of_mao_is_printed_as_published(number):
    published = FULL["mao2020"]().published.query("table == @number")
    published = published.set_index("corpus", append=True)
    header, *rows = find_table("mao2020", f"Table {number}")
    for called, call, *scores, _ in rows:
        (row,) = re.findall(r'recipe\["(.+)"\]', call)
        for corpus, printed in zip(header[2:-1], scores, strict=True):
            own = published.loc[(row, corpus)]
            assert read_numbers(printed) == [own["WA"], own["UA"]], (row, corpus)
            assert own["printed_as"] == called
    # As in the paper.
    names = {
        "2": ["VGG", "VGG^2", "VGG^3"],
        "3": ["No Refinery", "Soft Static", "Hard Dynamic", "Soft Dynamic"],
        "4": ["VGG", "VGG*2", "VGG*3", "VGG*4", "VGG*5"],
    }
    assert [row[0] for row in rows] == names[number]


@pytest.mark.parametrize("name", TITLES)
def test_every_row_that_is_named_can_be_built(name):
    section = read_section(name)
    recipe = make_full(name)
    named = set(re.findall(r'recipe\["(.+?)"\]', section))
    assert named >= set(recipe)
    assert named <= set(recipe)
    for other, row in re.findall(r'(\w+\d{4})\(\)\["(.+?)"\]', section):
        assert row in FULL[other]()


def test_counts_of_utterances():
    header, *rows = find_table("fujioka2020", "Table 1")
    counts = pd.DataFrame([row[1:] for row in rows], [row[0] for row in rows], header[1:])
    counts = counts.replace(",", "", regex=True).astype(int)
    speakers, total = counts.drop(index="total"), counts.loc["total"]
    assert speakers.sum().tolist() == total.tolist()
    assert len(speakers) == 10
    # The test set of Ando et al. is the first session, in which excitement is not merged either.
    header, *rows = find_table("ando2018", "Numbers of utterances")
    test = dict(zip(header, next(row for row in rows if row[0] == "test"), strict=True))
    first = speakers.filter(like="Ses01", axis=0).sum()
    assert {label: int(test[label]) for label in first.index} == first.to_dict()
    assert int(test["utterances"]) == first.sum()


def test_what_the_page_says_of_initial_weights():
    header, initial, _ = find_table("fujioka2020", "Table 3")
    n = np.array(papers.SPEAKERS["total"])
    # n_c * C / N has a mean of 1 over classes. Equation 8 asks for one of 1 over samples.
    of_classes = n * 4 / n.sum()
    np.testing.assert_allclose(read_numbers(" ".join(initial)), of_classes, atol=0.006)
    of_samples = n / ((n * n).sum() / n.sum())
    assert (n * of_samples).sum() / n.sum() == pytest.approx(1)
    w = ", ".join(f"{weight:.2f}" for weight in of_samples[:3])
    assert f"{w} and {of_samples[3]:.2f}" in TEXT
    assert header[1:] == list(papers.CLASSES)


def test_classes_of_chou_add_up():
    header, *rows = find_table("chou2019", "Table 1")
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        total, soft, hard = (
            int(cells[name].replace(",", "")) for name in ("utterances", "soft", "hard")
        )
        assert total == soft + hard
        shares = [float(cells[label]) for label in ("neutral", "anger", "happiness", "sadness")]
        assert sum(shares) == pytest.approx(100, abs=0.1)


def test_commands_are_understood():
    parser = make_parser()
    found = re.findall(r"python -m sklearn_ser (evaluate .+)", TEXT)
    options = [parser.parse_args(line.split()) for line in found]
    assert [option.recipe for option in options] == list(TITLES)
    assert options[-1].protocol == "both"


@pytest.mark.parametrize(
    ("recipe", "corpus", "settings"),
    [
        ("mao2020", "casia", {"selection": "common"}),
        ("mao2020", "savee", {}),
        ("fujioka2020", "casia", {}),
        ("fujioka2020", "iemocap", {"merge_excited": False}),
    ],
)
def test_the_command_loads_what_the_paper_used(
    recipe, corpus, settings, tmp_path, monkeypatch, capsys
):
    def load(root, **given):
        raise ValueError(f"loaded with {given}")

    monkeypatch.setattr(datasets, f"load_{corpus}", load)
    options = ["--recipe", recipe, "--corpus", corpus, "--root", "x", "--out", str(tmp_path)]
    with pytest.raises(SystemExit, match="2"):
        command.main(["evaluate", *options])
    assert f"loaded with {settings}\n" in capsys.readouterr().err


# The calls, with small networks on synthetic speech


@pytest.fixture
def small(monkeypatch):
    """Replace loaders by a synthetic corpus, and recipes by four quick rows of one epoch."""

    def load(root, **settings):
        settings_of_loaders.append(settings)
        return make_dyadic_corpus(n_sessions=2, n_utterances=24, random_state=0)

    def replace(make):
        def make_small(**settings):
            if "annotators" in settings:
                settings["annotators"] = ["A1", "A2"]
            recipe = make(quick=True, **settings)
            for name in list(recipe)[2:-2]:
                del recipe[name]
            for row in recipe.values():
                names = [name for name in row.get_params() if name.endswith("max_epochs")]
                row.set_params(**dict.fromkeys(names, 1))
                if "annotatorensembleclassifier" in row.named_steps:
                    row.set_params(annotatorensembleclassifier__min_ratings=5)
            return recipe

        return make_small

    settings_of_loaders = []
    for name in ("load_iemocap", "load_casia"):
        monkeypatch.setattr(datasets, name, load)
    for name, make in FULL.items():
        monkeypatch.setattr(recipes, name, replace(make))
    return settings_of_loaders


def run(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (block,) = re.findall(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", read_section(name))
    names = {}
    exec(compile(textwrap.dedent(block), "papers.rst", "exec"), names)
    return names


def test_the_call_of_ando(small, tmp_path, monkeypatch):
    names = run("ando2018", tmp_path, monkeypatch)
    assert small == [{"merge_excited": False, "self_reports": False}]
    assert names["found"].predictions["seed"].nunique() == 5
    assert names["found"].predictions["group"].nunique() == 1
    assert names["tables"]
    assert names["figures"]


def test_the_call_of_chou(small, tmp_path, monkeypatch):
    names = run("chou2019", tmp_path, monkeypatch)
    assert names["recipe"].average == "folds"
    assert names["table"].index.tolist()[:7] == list(names["recipe"].published.index)[:7]
    assert set(names["recipe"]) <= set(names["table"].index)
    assert names["tables"]


def test_the_call_of_fujioka(small, tmp_path, monkeypatch):
    names = run("fujioka2020", tmp_path, monkeypatch)
    assert small == [{"merge_excited": False}]
    section = read_section("fujioka2020")
    for table in re.findall(r'found\.details\["(.+?)"\]', section):
        assert not names["found"].details[table].empty
    assert names["counts"].to_numpy().sum() > 0
    assert len(names["figures"]) == 2


def test_the_call_of_mao(small, tmp_path, monkeypatch):
    names = run("mao2020", tmp_path, monkeypatch)
    assert small == [{"selection": "common"}]
    assert names["published"].shared_speakers
    assert not names["ours"].shared_speakers
    assert names["ours"].summary().index.tolist() == names["published"].summary().index.tolist()
    assert names["table"].xs("3", level="table").index.get_level_values("printed_as").tolist() == [
        "No Refinery",
        "Soft Static",
        "Hard Dynamic",
        "Soft Dynamic",
    ]
