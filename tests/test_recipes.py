"""Recipes: every row trains, and has the settings and figures of its paper."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_ser import AttentionBLSTMClassifier, Ratings, Sequences, SoftTargetEncoder, recipes
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.recipes import (
    OneAnnotator,
    OtherSpeaker,
    ando2018,
    chou2019,
    fujioka2020,
    mao2020,
    mirsamadi2017,
)
from sklearn_ser.utils._cache import fingerprint

ALL = [mirsamadi2017, ando2018, chou2019, fujioka2020, mao2020]


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=2, n_utterances=24, random_state=0)


def in_one_epoch(estimator):
    names = [name for name in estimator.get_params() if name.endswith("max_epochs")]
    return clone(estimator).set_params(**dict.fromkeys(names, 1))


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_every_row_goes_from_recordings_to_labels(make, corpus, tmp_path):
    recipe = make(quick=True, memory=tmp_path)
    rows = {name: in_one_epoch(estimator) for name, estimator in recipe.items()}
    if make is chou2019:
        settings = {"annotatorensembleclassifier__min_ratings": 10}
        for name in ("E_N only", "Proposed"):
            rows[name].set_params(**settings)
    found = cross_evaluate(rows, corpus, groups="session")
    assert found.predictions.groupby("estimator")["sample"].nunique().eq(48).all()
    assert set(found.predictions["prediction"]) <= set(corpus.target_names)
    assert found.summary(recipe.baseline).index.tolist() == list(recipe)
    assert len(list(tmp_path.rglob("output.pkl"))) >= 48


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_a_recipe_is_a_dict_with_what_was_published(make):
    recipe = make()
    assert set(recipe) <= set(recipe.published.index)
    assert recipe.baseline in recipe
    assert recipe.published.drop(columns=["corpus", "note"]).max().max() <= 100
    again = pickle.loads(pickle.dumps(recipe))
    assert list(again) == list(recipe)
    assert again.paper == recipe.paper
    assert recipe.paper in repr(recipe)
    # The same rows when quick, and more is not asked of two cores.
    assert list(make(quick=True)) == list(recipe)


def test_all_of_them_are_public():
    assert {name for name in recipes.__all__ if name.islower()} == {
        *(make.__name__ for make in ALL)
    }


def test_networks_have_the_size_of_the_paper():
    rng = np.random.default_rng(0)
    X = Sequences.from_arrays(rng.normal(size=(12, 3, 47)))
    y = np.array(["anger", "happiness", "neutral", "sadness"])[np.arange(12) % 4]
    network = in_one_epoch(ando2018()["modified soft, clear + ambiguous"][-1]).fit(X, y)
    dense, states, pooled = 48 * 256, 2 * 4 * 128 * (256 + 128 + 2), 256
    expected = dense + states + pooled + 257 * 256 + 257 * 4
    n_parameters = sum(p.numel() for p in network.net_.module_.parameters())
    # torch has two biases a gate, in each direction, where the formula has one.
    assert n_parameters == expected == 473_604 + 2 * 4 * 128


def test_figures_that_are_printed_wrong_are_flagged():
    table = chou2019().published
    recalls = table.filter(like="recall_").mean(axis=1)
    wrong = (recalls - table["UA"]).abs() > 0.05
    assert table.index[wrong].tolist() == ["E2"]
    assert f"{recalls['E2']:.2f}" in table.loc["E2", "note"]
    gain = table.loc["Proposed", "UA"] - table.loc["CrowdH", "UA"]
    assert f"it is {gain:.2f}" in table.loc["Proposed", "note"]
    table = fujioka2020().published
    gains = table.loc["+L+w", ["WA", "UA"]] - table.loc["BLSTM+ATT", ["WA", "UA"]]
    assert f"by the table, {gains['WA']:.1f} and {gains['UA']:.1f}" in table.loc["+L+w", "note"]


def test_rows_are_what_their_names_say():
    recipe = mao2020(segment_step=3)
    assert recipe["VGG^3"][-1].get_params()["refinement"] == "standard"
    assert [recipe[f"VGG*{n}"][-1].n_stages for n in (2, 3, 4, 5)] == [2, 3, 4, 5]
    assert recipe["VGG"][0].segment_step == 3
    assert mao2020(quick=True)["VGG"][0].segment_step == 30
    recipe = chou2019(annotators=["E4"])
    assert recipe["Proposed"][-1].annotators == ("E4",)
    assert recipe["CrowdHS"][-1].annotators == ()


def test_rows_are_as_different_as_the_paper_has_them():
    rows = {name: row[-1].get_params() for name, row in fujioka2020().items()}
    names = ["learn_targets", "learn_weights", "w_init", "pretrain", "estimator__resample"]
    found = {name: tuple(row[key] for key in names) for name, row in rows.items()}
    assert found == {
        "BLSTM+ATT": (False, False, "proportional", False, None),
        "Oversampling": (False, False, "uniform", False, "over"),
        "Undersampling": (False, False, "uniform", False, "under"),
        "+L": (True, False, "proportional", False, None),
        "+w": (False, True, "proportional", False, None),
        "+L+w pretrained": (True, True, "proportional", True, None),
        "+L+w": (True, True, "proportional", False, None),
    }
    encoders = {name: row[-1].get_params() for name, row in ando2018().items()}
    assert encoders["soft, clear"]["target_encoder__alpha"] == 0
    assert encoders["modified soft, ambiguous"]["target_encoder__keep"] == "ambiguous"


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_what_is_set_in_one_row_does_not_show_in_another(make):
    recipe = make()
    first, *others = recipe.values()
    before = [fingerprint(row) for row in others]
    for name, value in first.get_params().items():
        if name.endswith(("max_epochs", "memory", "batch_size")):
            first.set_params(**{name: 7 if value is not None else "folder"})
    assert [fingerprint(row) for row in others] == before
    assert all(row.get_params().get(f"{row.steps[0][0]}__memory") is None for row in others)


def test_one_annotator_is_trained_on_nobody_else():
    rng = np.random.default_rng(0)
    X = Sequences.from_arrays(rng.normal(size=(20, 4, 3)))
    wide = np.array(["sad", "angry"])[rng.integers(2, size=(20, 2))].astype(object)
    wide[:5, 0] = None
    network = AttentionBLSTMClassifier(
        (4, 4, 4), target_encoder=SoftTargetEncoder(), max_epochs=2, random_state=0
    )
    model = OneAnnotator(network, "E1").fit(X, Ratings.from_wide(wide, annotators=["E1", "E2"]))
    own = Ratings.from_wide(wide[5:, :1], annotators=["E1"])
    alone = clone(network).fit(X[5:], own)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))
    assert model.predict(X).tolist() == alone.predict(X).tolist()


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


@pytest.mark.parametrize(
    ("annotators", "message"),
    [
        ("E1", "annotators must be a sequence of annotators, got 'E1'"),
        (["E1", "E2", "E1"], "annotators must differ; repeated are 'E1'"),
        ([1, "1"], "annotators must differ; repeated are '1'"),
    ],
)
def test_annotators_who_would_share_a_row(annotators, message):
    with pytest.raises(ValueError, match=message):
        chou2019(annotators=annotators)
