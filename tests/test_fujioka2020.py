"""The recipe of Fujioka et al. (2020): who tells when to stop, and what was corrected."""

import copy

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit

from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier, Sequences
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.recipes import OtherSpeaker, fujioka2020

mpl.use("Agg")


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=2, n_utterances=24, random_state=0)


def test_the_other_speaker_of_the_session_tells_when_to_stop():
    speaker = np.repeat(["1F", "2F", "2M", "3F", "3M"], 4)
    X = Sequences.from_arrays(np.zeros((20, 2, 1)), speaker=speaker, session=speaker.astype("U1"))
    labels = np.arange(20) % 2
    ((train, valid),) = OtherSpeaker().split(X, labels)
    assert valid.tolist() == [0, 1, 2, 3]
    assert sorted([*train, *valid]) == list(range(20))
    # Whole sessions are left: speakers are drawn.
    ((train, valid),) = OtherSpeaker().split(X[4:], labels[4:])
    assert len(set(X.speaker[4:][valid])) == 1
    assert not set(X.speaker[4:][valid]) & set(X.speaker[4:][train])
    nobody = Sequences(X.values, X.offsets)
    ((train, valid),) = OtherSpeaker().split(nobody, labels)
    assert len(valid) == 2


def test_other_speakers_are_drawn_by_the_random_state_of_the_network():
    """No session tells: of 20 speakers, two are drawn."""
    speaker = np.repeat(np.arange(20), 3)
    X = Sequences.from_arrays(np.zeros((60, 2, 1)), speaker=speaker, session=speaker // 2)
    y = np.arange(60) % 2

    def draw(splitter, seed):
        network = AttentionBLSTMClassifier((2, 2, 0), max_epochs=1, validation=splitter)
        model = LabelCorrectingClassifier(network, random_state=seed).fit(X, y)
        return tuple(np.unique(speaker[~np.isnan(model.held_out_w_)]))

    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for splitter in (OtherSpeaker(), GroupShuffleSplit(1, test_size=0.1)):
        drawn = [draw(splitter, seed) for seed in range(6)]
        assert drawn == [draw(splitter, seed) for seed in range(6)]
        assert len(set(drawn)) > 2
        assert {len(speakers) for speakers in drawn} == {2}
        assert splitter.random_state is None
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    # A seed of its own is kept.
    assert len({draw(OtherSpeaker(3), seed) for seed in range(6)}) == 1
    assert draw(OtherSpeaker(3), 0) != draw(OtherSpeaker(4), 0)
    held_out = {tuple(next(OtherSpeaker(5).split(X, y))[1]) for _ in range(3)}
    assert len(held_out) == 1
    assert len({tuple(next(OtherSpeaker().split(X, y))[1]) for _ in range(9)}) > 1
    assert repr(OtherSpeaker()) == "OtherSpeaker()"
    assert repr(OtherSpeaker(5)) == "OtherSpeaker(random_state=5)"


def test_a_seed_for_the_splitter_does_not_change_the_network():
    """With lone speakers nothing is drawn, and the numbers are those of any other splitter."""
    rng = np.random.default_rng(0)
    speaker = np.repeat(["1F", "2F", "2M", "3F", "3M"], 4)
    X = Sequences.from_arrays(
        rng.normal(size=(20, 3, 2)), speaker=speaker, session=speaker.astype("U1")
    )
    y = np.arange(20) % 2

    class Same:
        def split(self, X, y, groups):
            yield np.arange(4, 20), np.arange(4)

    first, second = (
        AttentionBLSTMClassifier((2, 2, 0), max_epochs=2, validation=splitter, random_state=0)
        .fit(X, y)
        .predict_proba(X)
        for splitter in (OtherSpeaker(), Same())
    )
    np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def corrections(corpus):
    """An evaluation of three rows of the recipe, in two epochs, that move labels."""
    recipe = fujioka2020(quick=True)
    for name in set(recipe) - {"BLSTM+ATT", "+w", "+L+w"}:
        del recipe[name]
    for row in recipe.values():
        row[-1].set_params(lr_target=20.0, estimator__max_epochs=2)
    return cross_evaluate(recipe, corpus, groups="speaker", seeds=[0, 1])


def test_tables_of_corrections(corpus, corrections):
    """Table 3 and Figure 3, of every fold, and equal to those of a fit by hand."""
    weights, moved = (corrections.details[n] for n in ("mean w by class", "corrected labels"))
    assert set(weights["estimator"]) == {"+w", "+L+w"}
    assert set(moved["estimator"]) == {"+L+w"}
    assert len(moved) == 2 * 4 * 4
    shares = moved[[f"corrected to {name}" for name in corpus.target_names]]
    np.testing.assert_allclose(shares.sum(axis=1)[moved["n_samples"] > 0], 1)
    assert not (shares.isin([0.0, 1.0])).all(axis=None)
    for _, part in weights.groupby(["estimator", "seed", "fold"]):
        for column in ("initial w", "learned w"):
            known = part[part["n_samples"] > 0]
            assert np.average(known[column], weights=known["n_samples"]) == pytest.approx(1)

    recipe = fujioka2020(quick=True)
    row = recipe["+L+w"].set_params(
        labelcorrectingclassifier__lr_target=20.0,
        labelcorrectingclassifier__estimator__max_epochs=2,
        labelcorrectingclassifier__random_state=1,
    )
    row.set_params(labelcorrectingclassifier__estimator__random_state=1)
    place = {"estimator": "+L+w", "seed": 1, "fold": 0}
    predictions = corrections.predictions
    of_fold = predictions[(predictions[list(place)] == pd.Series(place)).all(axis=1)]
    train = np.setdiff1d(np.arange(len(corpus.data)), of_fold["sample"])
    row.fit(corpus.data.iloc[train], corpus.ratings[train])
    model = row[-1]
    chosen = moved[(moved[list(place)] == pd.Series(place)).all(axis=1)]
    np.testing.assert_allclose(chosen[shares.columns], model.transitions_)
    assert chosen["given"].tolist() == model.classes_.tolist()
    chosen = weights[(weights[list(place)] == pd.Series(place)).all(axis=1)]
    np.testing.assert_allclose(chosen[["initial w", "learned w"]].T, model.class_w_)


def test_figures_of_corrections(corrections):
    figures = fujioka2020().draw(corrections)
    assert list(figures) == [
        "corrected labels, means over folds",
        "mean w by class, means over folds",
    ]
    moved, weights = figures.values()
    assert [ax.get_title("right") for ax in weights.axes] == ["+w", "+L+w"]
    (ax,) = moved.axes
    table = corrections.details["corrected labels"]
    means = table.groupby("given")[[c for c in table if c.startswith("corrected to")]].mean()
    shown = [text.get_text() for text in ax.texts]
    assert shown == [f"{share:.0%}" for share in means.to_numpy().ravel()]
    table = corrections.details["mean w by class"]
    means = table[table["estimator"] == "+w"].groupby("given")[["initial w", "learned w"]].mean()
    heights = [bar.get_height() for bar in weights.axes[0].patches]
    np.testing.assert_allclose(heights, means.to_numpy().T.ravel())
    for figure in figures.values():
        mpl.pyplot.close(figure)


def test_without_learned_rows_there_are_no_figures(corrections):
    corrections = copy.copy(corrections)
    corrections.details = {}
    assert fujioka2020().draw(corrections) == {}


def test_corrections_of_classes_that_are_numbers():
    """Names of classes are text, which averages over folds leave alone."""
    X = Sequences.from_arrays(np.random.default_rng(0).normal(size=(20, 3, 2)))
    network = AttentionBLSTMClassifier((2, 2, 0), max_epochs=1, early_stopping=False)
    model = LabelCorrectingClassifier(network).fit(X, np.arange(20) % 2)
    table = fujioka2020().inspect(model)["corrected labels"]
    assert table["given"].tolist() == ["0", "1"]
    assert table.columns[2:].tolist() == ["corrected to 0", "corrected to 1"]
    assert table["n_samples"].tolist() == [10, 10]
