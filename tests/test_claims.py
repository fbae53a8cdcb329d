"""Every measured figure in the README, the guide and docstrings is what the CSV files say.

Figures with three decimals, and all with a decimal point in the README's table "Measured", must be
in a claim or among the figures that cannot be traced; see `_claims`.
"""

import re
from pathlib import Path

import pytest
from _claims import (
    BENCHMARKS,
    CLAIMS,
    FOUR,
    GUIDE,
    PAGES,
    README,
    ROOT,
    SEVEN,
    UNTRACED,
    accuracy,
    pays,
    real,
    whiser,
)


def read(name):
    """Return the words of a file, without the marks of comments at the start of lines."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return " ".join(re.sub(r"^# ", "", text, flags=re.MULTILINE).split())


def fill(text, queries):
    return text.format(*(query() for query in queries))


def erase_known(name, text):
    """Return a text of a page without what is claimed or cannot be traced."""
    known = [fill(claim, queries) for page, claim, *queries in CLAIMS if page == name]
    for one in sorted([*known, *UNTRACED.get(name, [])], key=len, reverse=True):
        text = text.replace(one, " ")
    return text


@pytest.mark.parametrize(
    ("page", "text", "queries"),
    [(page, text, queries) for page, text, *queries in CLAIMS],
    ids=[f"{Path(page).name}-{i}" for i, (page, *_) in enumerate(CLAIMS)],
)
def test_figures_are_those_of_the_tables(page, text, queries):
    expected = fill(text, queries)
    assert expected in read(page), f'{page} must say "{expected}"'


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_of_a_page_is_claimed(page):
    left = erase_known(page, read(page))
    unclaimed = [
        left[max(0, m.start() - 60) : m.end()] for m in re.finditer(r"\b\d\.\d{3}\b", left)
    ]
    assert not unclaimed, f"{page} has figures without a claim: {unclaimed}"


def test_every_figure_of_the_table_in_the_readme_is_claimed():
    table = read(README).split("## Measured")[1].split(" ## ")[0]
    assert len(re.findall(r"\d\.\d", table)) > 10
    assert not re.findall(r"\d+\.\d+.{,20}", erase_known(README, table.split("|", 1)[1]))


@pytest.mark.parametrize(
    ("page", "text"), [(page, text) for page, texts in UNTRACED.items() for text in texts]
)
def test_figures_without_a_table_are_still_there(page, text):
    assert text in read(page)


def test_figures_that_are_wrong_are_found():
    page, text, *queries = CLAIMS[0]
    wrong = fill(text, [lambda query=query: query() + 0.001 for query in queries])
    assert wrong not in read(page)
    left = erase_known(page, read(page).replace(fill(text, queries), wrong))
    assert re.findall(r"\b\d\.\d{3}\b", left) == re.findall(r"\d\.\d{3}", wrong)


@pytest.mark.parametrize(
    "table", [path.stem for path in BENCHMARKS.glob("*.csv") if "gain_low" in path.read_text()]
)
def test_gains_are_differences_inside_of_their_intervals(table):
    if table == "whiser":
        found = whiser()["held out"].unstack()
        baseline, column = found.loc["votes, smoothed"], "log_likelihood"
    else:
        found, column = accuracy(table), "UA"
        # The one row without a gain.
        (name,) = found.index[found["gain"].isna()]
        baseline = found.loc[name]
        assert found[column].between(found["UA_low"], found["UA_high"]).all()
    found = found.dropna(subset="gain")
    assert len(found) > 4
    # Each of the three figures is rounded to four decimals.
    assert (found["gain"] - (found[column] - baseline[column])).abs().max() < 3 * 0.5e-4 + 1e-9
    assert found["gain"].between(found["gain_low"], found["gain_high"]).all()


def test_when_it_pays_and_when_not():
    text = read(GUIDE)
    gains, alphas = pays("UA_true")
    linear = gains.filter(like=", linear")
    assert "no method gains more than a point of UA from 1,000 samples on" in text
    usual = [place for place in gains.index if place[0] in ("reference", "n_ratings")]
    usual = [*usual, ("n_samples", 3000)]
    assert alphas.mean().loc[usual].dropna().round(1).eq(0.4).all()
    assert linear.loc[usual].max(axis=None) < 0.01
    assert "Soft targets gain most where samples are few" in text
    assert linear["soft targets, linear"].nlargest(2).index.tolist() == [
        ("n_samples", 100),
        ("n_samples", 300),
    ]
    loss = pays("cross_entropy_panel")[0]
    assert "closer to what other raters say in every setting with more than one rating" in text
    several = loss.drop(index=("n_ratings", 1))
    assert several[["soft targets, linear", "one model per rater, linear"]].max(axis=None) < 0
    assert "EM and the crowd layer do not" in text
    assert loss[["EM, linear", "crowd layer, network"]].min(axis=None) > 0


def test_sentences_about_networks_hold():
    text = read(GUIDE)
    assert "No network is above a linear model on one hidden state" in text
    assert "no network that was measured on Emo-DB is above it" in read(README)
    for table in (FOUR, SEVEN):
        found = accuracy(table)["UA"]
        names = ["network", *found.filter(like="network,").index, "corrected labels"]
        without_encoder = accuracy(table.replace("encoder", "strong"))["UA"]
        best = max(found[names].max(), without_encoder.max())
        assert found["one hidden state"] > best


def test_sentences_about_real_raters_hold():
    guide, readme = read(GUIDE), read(README)
    rows, listed = real()
    listed = listed.reset_index()
    of_ua = listed[(listed["score"] == "UA_vote") & listed["against"].str.endswith(": vote")]
    assert (
        "no way to learn from every answer is clearly right more often than their vote" in readme
    )
    assert "No row is above the vote on the same features by more than fifteen speakers" in guide
    assert of_ua["holm_low"].fillna(of_ua["low"]).max() < 0
    assert len(of_ua) > 20
    assert "Networks that learn every answer are closer in all rows of the figure" in guide
    is_network = listed["row"].str.startswith(("MLP", "encoder frames", "openSMILE frames"))
    against_vote = listed["against"].str.endswith(": vote")
    losses = listed[is_network & against_vote & (listed["score"] == "cross_entropy")]
    assert losses["holm_high"].max() < 0
    assert len(losses) > 10
    assert "No model of single raters differs from the same model with raters' names" in guide
    shuffled = listed[listed["against"] == listed["row"] + ", names shuffled"]
    assert len(shuffled) == 2 * 5
    assert ((shuffled["holm_low"] < 0) & (shuffled["holm_high"] > 0)).all()
    assert "With logistic regression, none predicts raters' answers better than soft" in guide
    likelihood = rows["annotator_log_likelihood"]
    linear = [f"linear: {name}" for name in ("one per rater", "joined", "EM")]
    assert likelihood[linear].max() < likelihood["linear: soft"]


def test_the_page_of_results_is_made_from_the_tables():
    pytest.importorskip("cleanlab", reason="render.py imports all benchmarks")
    import render

    assert render.PAGE.read_text() == render.compose(), "run benchmarks/render.py"
