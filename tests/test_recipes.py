"""Recipes: every row trains, and has the settings and figures of its paper."""

import functools
import pickle

import numpy as np
import pytest
from _tiny_encoders import save_tiny_hubert, save_tiny_text_model
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_ser import AttentionBLSTMClassifier, Ratings, Sequences, SoftTargetEncoder
from sklearn_ser._cli._recipes import RECIPES
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import TransformerEmbeddings
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.recipes import (
    OneAnnotator,
    ando2018,
    baseline2026,
    chou2019,
    fujioka2020,
    mao2020,
    mirsamadi2017,
)
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.utils._cache import fingerprint

ALL = [mirsamadi2017, ando2018, chou2019, fujioka2020, mao2020, baseline2026]


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=2, n_utterances=24, random_state=0)


@pytest.fixture(params=ALL, ids=lambda make: make.__name__)
def make(request, encoder):
    """Every recipe; that of encoders has a tiny one."""
    if request.param is not baseline2026:
        return request.param
    return functools.partial(baseline2026, encoder=encoder)


def in_one_epoch(estimator):
    names = [name for name in estimator.get_params() if name.endswith("max_epochs")]
    return clone(estimator).set_params(**dict.fromkeys(names, 1))


def test_every_row_goes_from_recordings_to_labels(make, corpus, tmp_path):
    recipe = make(quick=True, memory=tmp_path)
    rows = {name: in_one_epoch(estimator) for name, estimator in recipe.items()}
    for name in recipe.need_annotators:
        if "annotatorensembleclassifier" in rows[name].named_steps:
            rows[name].set_params(annotatorensembleclassifier__min_ratings=10)
    found = cross_evaluate(rows, corpus, groups="session")
    assert found.predictions.groupby("estimator")["sample"].nunique().eq(48).all()
    assert set(found.predictions["prediction"]) <= set(corpus.target_names)
    assert found.summary(recipe.baseline).index.tolist() == list(recipe)
    assert len(list(tmp_path.rglob("output.pkl"))) >= 48


def test_a_recipe_is_a_dict_with_what_was_published(make):
    recipe = make()
    if "no paper" in recipe.paper:
        assert recipe.published.empty
    else:
        assert set(recipe) <= set(recipe.published.index)
        assert recipe.published.select_dtypes("number").max().max() <= 100
    assert recipe.baseline in recipe
    again = pickle.loads(pickle.dumps(recipe))
    assert list(again) == list(recipe)
    assert again.paper == recipe.paper
    assert recipe.paper in repr(recipe)
    # The same rows when quick, and more is not asked of two cores.
    assert list(make(quick=True)) == list(recipe)


def test_all_of_them_are_public():
    assert set(RECIPES) == {make.__name__ for make in ALL}


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


def test_what_is_tuned_in_the_baseline_is_tuned_on_inner_speakers(encoder):
    recipe = baseline2026(encoder=encoder)
    linear = [name for name in recipe if isinstance(recipe[name][-1], GridSearchCV)]
    assert linear == [
        "openSMILE functionals",
        "one hidden state",
        "one hidden state, speakers unknown",
        "all hidden states",
        "all hidden states, soft targets",
        "profiles",
    ]
    for name in linear:
        search = recipe[name][-1]
        assert isinstance(search.cv, SpeakerKFold)
        assert search.cv.n_splits == 3
        assert search.scoring is ua_scorer
        assert [0.001, 0.01, 0.1, 1.0] in search.param_grid.values()
        weights = {
            value for key, value in search.get_params().items() if key.endswith("class_weight")
        }
        # A forest, if there is one, has none.
        assert weights - {None} == {"balanced"}
    by = {name: row.named_steps["sequencescaler"].by for name, row in list(recipe.items())[1:]}
    assert by.pop("one hidden state, speakers unknown") == "corpus"
    assert set(by.values()) == {"speaker"}


@pytest.mark.parametrize("kind", ["whisper", "hubert"])
def test_the_baseline_searches_all_hidden_states_of_any_encoder(kind, encoder, tmp_path):
    """Also those of an encoder that takes waveforms, and says nothing of its feature extractor."""
    folder = encoder if kind == "whisper" else tmp_path
    if kind == "hubert":
        save_tiny_hubert(folder)
    signal = 0.1 * np.random.default_rng(0).standard_normal(8000)
    states = TransformerEmbeddings(folder, layer="all").fit_transform([signal])
    row = baseline2026(encoder=folder)["one hidden state"]
    layers = row[-1].param_grid["layerselector__layer"]
    assert layers == list(range({"whisper": 3, "hubert": 5}[kind]))
    selector = row[-1].estimator[0]
    for layer in layers:
        own = TransformerEmbeddings(folder, layer=layer).fit_transform([signal])
        selected = selector.set_params(layer=layer).fit_transform(states)
        np.testing.assert_array_equal(selected.values, own.values)


def test_encoders_that_the_baseline_cannot_load(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"encoder must be a speech .*/nowhere' cannot be"):
        baseline2026(encoder=tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"the Hugging Face hub; '.*/empty' cannot be loaded: "):
        baseline2026(encoder=tmp_path / "empty")
    save_tiny_text_model(tmp_path)
    with pytest.raises(ValueError, match=r"encoder must be a speech .* cannot be loaded: "):
        baseline2026(encoder=tmp_path)


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
