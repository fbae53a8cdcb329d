"""Write docs/papers.rst: every row of every table and figure of the four papers.

python benchmarks/papers.py

The text is in papers_template.rst. Rows, printed scores and remarks on misprints are those of
`sklearn_ser.recipes`; only what no recipe holds is typed here.
"""

import re
from collections import Counter
from pathlib import Path

import pandas as pd

from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.recipes import ando2018, chou2019, fujioka2020, mao2020

TEMPLATE = Path(__file__).with_name("papers_template.rst")
PAGE = Path(__file__).parents[1] / "docs" / "papers.rst"
ANNOTATORS = ("E1", "E2", "E4", "E5", "E6")
CORPORA = ("CASIA", "Emo-DB", "SAVEE")
RESULTS = ("row", "call", "printed", "what differs; misprints")

# By decision, in single rows.
DIFFERS = {
    "CrowdS": "all utterances with a vote for a class; the paper's rule for its 7,774 is unknown, "
    "and ``chou2019(min_target_votes=2)`` comes nearest",
    **dict.fromkeys(ANNOTATORS, "soft targets of the annotator's own answers"),
    **dict.fromkeys(
        ("CrowdHS", "E_N only", "Proposed"), "the layer that joins models learns the consensus"
    ),
    "Oversampling": "utterances are repeated at random; all weights are 1",
    "Undersampling": "utterances are dropped at random; all weights are 1",
    "Soft-target": 'the recipe of that paper: ``ando2018()["modified soft, clear + ambiguous"]``',
    "+L": "weights stay as in equation 4",
    "+w": "targets stay one-hot",
    "Hard Dynamic": "of equally likely classes, the first",
}
# Fujioka et al.: happiness, sadness, neutral and anger, in Tables 1 and 3.
CLASSES = ("happiness", "sadness", "neutral", "anger")
SPEAKERS = {
    "Ses01F": (69, 78, 171, 147),
    "Ses01M": (66, 116, 213, 82),
    "Ses02F": (70, 113, 135, 67),
    "Ses02M": (47, 84, 227, 70),
    "Ses03F": (80, 172, 130, 92),
    "Ses03M": (55, 133, 190, 148),
    "Ses04F": (31, 62, 76, 205),
    "Ses04M": (34, 81, 182, 122),
    "Ses05F": (77, 132, 221, 78),
    "Ses05M": (66, 113, 163, 92),
    "total": (595, 1084, 1708, 1103),
}
WEIGHTS = {"initial w": (0.53, 0.97, 1.52, 0.98), "learned w": (1.32, 0.92, 1.08, 0.84)}
# Mao et al.: what Table 1 says besides numbers, and titles of tables.
ABOUT_CORPORA = {
    "CASIA": ("2", "Chinese", ""),
    "Emo-DB": ("5", "German", "126 of anger and 47 of disgust; the corpus has 127 and 46"),
    "SAVEE": ("0", "English", ""),
}
MAO = {"2": "standard refinement", "3": "dynamic and soft labels", "4": "with the label in view"}


def make_table(title, header, rows, widths="auto"):
    """Return a table in reStructuredText."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in [header, *rows]:
        cells = [f"{'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
        lines += [f"   {cell}".rstrip() for cell in cells]
    return "\n".join(lines)


def show_scores(row, decimals):
    """Return the scores of a row, those of a class together; a single one of several is named."""
    groups, names = {}, [name.partition("_")[::2] for name in row.index]
    most = Counter(label for _, label in names if label)
    for (score, label), value in zip(names, row, strict=True):
        if isinstance(value, float) and pd.notna(value):
            groups.setdefault(label or score, []).append((score, f"{value:.{decimals}f}"))
    parts = []
    for label, found in groups.items():
        which = f" {found[0][0]}" if len(found) < most[label] else ""
        parts.append(f"{label}{which} {' / '.join(value for _, value in found)}")
    return "; ".join(parts) or "without numbers"


def show_number(value):
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"


def make_results(recipe, title, decimals):
    """Return the table of all published rows of a recipe."""
    rows = []
    for name, row in recipe.published.iterrows():
        call = f'``recipe["{name}"]``' if name in recipe else "none"
        remarks = "; ".join(filter(None, [DIFFERS.get(name), row["note"]]))
        rows.append((name, call, show_scores(row, decimals), remarks))
    return make_table(title, RESULTS, rows, "15 25 30 30")


def make_counts(recipe, title):
    """Return the published part of the only table that `describe` returns, of any corpus."""
    (table,) = recipe.describe(make_corpus()).values()
    printed = table.xs("published", axis=1, level="source").dropna(how="all")
    rows = [(name, *map(show_number, row)) for name, row in printed.iterrows()]
    return make_table(title, ["", *printed.columns], rows)


def make_corpus():
    return make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)


def make_mao_results(recipe, number):
    printed = recipe.published[recipe.published["table"] == number]
    rows = []
    for (name, called), figures in printed.groupby(["row", "printed_as"], sort=False):
        own = figures.set_index("corpus")
        scores = [f"{own.at[c, 'WA']:.2f} / {own.at[c, 'UA']:.2f}" for c in CORPORA]
        rows.append((called, f'``recipe["{name}"]``', *scores, DIFFERS.get(name, "")))
    header = ["row", "call", *CORPORA, "what differs"]
    return make_table(f"Table {number}: {MAO[number]}; WA / UA", header, rows, "12 22 14 14 14 24")


def make_tables():
    """Return all tables by their names in the template."""
    ando, fujioka, mao = ando2018(), fujioka2020(), mao2020()
    chou = chou2019(annotators=ANNOTATORS)
    corpora = mao.describe(make_corpus())["Table 1"].drop(index="this corpus")
    return {
        "ando: results": make_results(ando, "Results", 1),
        "ando: counts": make_counts(ando, "Numbers of utterances: ``recipe.describe(corpus)``"),
        "chou: results": make_results(chou, "Table 3: UA, and recalls of the classes", 2),
        "chou: counts": make_counts(
            chou, "Table 1, shares in percent: ``recipe.describe(corpus)``"
        ),
        "fujioka: results": make_results(
            fujioka, "Table 2: precision / recall / F1 of the classes, WA and UA", 1
        ),
        "fujioka: counts": make_table(
            "Table 1: ``counts``",
            ["speaker", *CLASSES],
            [(name, *map(show_number, row)) for name, row in SPEAKERS.items()],
        ),
        "fujioka: weights": make_table(
            'Table 3: ``found.details["mean w by class"]`` of the row +L+w, means over folds',
            ["", *CLASSES],
            [(name, *map(show_number, row)) for name, row in WEIGHTS.items()],
        ),
        **{f"mao: {number}": make_mao_results(mao, number) for number in MAO},
        "mao: corpora": make_table(
            'Table 1: ``recipe.describe(corpus)["Table 1"]``',
            ["corpus", *corpora.columns, "women", "language", "remark"],
            [
                (name, *map(show_number, row), *ABOUT_CORPORA[name])
                for name, row in corpora.iterrows()
            ],
        ),
    }


def compose():
    """Return the page."""
    tables = make_tables()
    return re.sub(r"\{\{(.+?)\}\}", lambda place: tables[place[1]], TEMPLATE.read_text("utf-8"))


def main():
    PAGE.write_text(compose(), encoding="utf-8")


if __name__ == "__main__":
    main()
