"""Every row of every full recipe has the layers, weights and settings that its paper prints.

Numbers of weights follow from the sizes of layers that the papers print. Modules are built, but
not trained.
"""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from sklearn_ser import Ratings, Segments, Sequences, SoftTargetEncoder
from sklearn_ser.classifiers import AttentionBLSTMClassifier, SegmentVGGClassifier
from sklearn_ser.nn import SoftmaxLayer
from sklearn_ser.recipes import ando2018, chou2019, fujioka2020, mao2020, mirsamadi2017

FOUR = ["anger", "happiness", "neutral", "sadness"]
ANNOTATORS = ("E1", "E2", "E4", "E5", "E6")


def dense(n_in, n_out):
    return (n_in + 1) * n_out


def blstm(n_in, n_out):
    # Four gates in two directions. The formula has one bias per unit, torch has two.
    return 2 * 4 * n_out * (n_in + n_out + 2)


def attention(n_in):
    return n_in


def count_weights(module):
    return sum(weight.numel() for weight in module.parameters())


def build(network, n_features, classes=FOUR, segment_length=None):
    """Build the module of a classifier for so many features and these classes."""
    # Of each class, one clear sample and one that is as much of another class.
    clear = [[label, label] for label in classes]
    ambiguous = [[label, classes[place - 1]] for place, label in enumerate(classes)]
    ratings = Ratings.from_wide(clear + ambiguous, target_classes=classes)
    values = np.random.default_rng(0).normal(size=(32 * len(ratings), n_features))
    offsets = np.arange(0, len(values) + 1, 32)
    if segment_length is None:
        X = Sequences(values, offsets)
    else:
        X = Segments(values, offsets, segment_length=segment_length)
    network.prepare_training(X, ratings)
    return network.module_class(**network.make_module_params())


def extract(recipe):
    """Return the features of a second of noise, by row."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(16000)
    return {name: row[0].fit_transform([noise]) for name, row in recipe.items()}


def settings(network, *names):
    params = network.get_params()
    return {name: params[name] for name in names}


def test_ando2018():
    recipe = ando2018()
    networks = {
        name: row[-1]
        for name, row in recipe.items()
        if isinstance(row[-1], AttentionBLSTMClassifier)
    }
    assert set(recipe) - set(networks) == {"majority class"}
    # 12 MFCC and loudness with both derivatives; F0, voicing, ZCR and HNR with one.
    n_features = 3 * (12 + 1) + 2 * 4
    assert n_features == 47
    assert {X.n_features for X in extract(recipe).values()} == {47}
    # Full256 - BLSTM128 - attention - Full256, and four classes.
    expected = dense(47, 256) + blstm(256, 128) + attention(256) + dense(256, 256) + dense(256, 4)
    assert len(networks) >= 5
    for name, network in networks.items():
        assert count_weights(build(network, 47)) == expected, name
    teachers = {name: network.target_encoder for name, network in networks.items()}
    assert "Hard" in type(teachers.pop("hard, clear")).__name__
    assert (teachers["soft, clear"].alpha, teachers["soft, clear"].keep) == (0, "clear")
    for name, teacher in teachers.items():
        assert teacher.alpha == (0.75 if name.startswith("modified") else 0), name
        kept = "all" if name.endswith("clear + ambiguous") else name.rpartition(" ")[2]
        assert teacher.keep == kept, name


def test_chou2019():
    recipe = chou2019(annotators=ANNOTATORS)
    # 12 MFCC and loudness with both derivatives; F0, voicing and ZCR with one.
    assert 3 * (12 + 1) + 2 * 3 == 45
    assert {X.n_features for X in extract(recipe).values()} == {45}
    member = dense(45, 256) + blstm(256, 128) + attention(256) + dense(256, 256) + dense(256, 4)
    n_members = dict.fromkeys(("CrowdH", "CrowdS", *ANNOTATORS), 1)
    n_members |= {"CrowdHS": 2, "E_N only": 5, "Proposed": 7}
    assert set(recipe) == set(n_members)
    for name, row in recipe.items():
        before, last = row[:-1], row[-1]
        # z-scored by speaker, and then the mean of every five frames.
        assert [type(step).__name__ for step in before] == [
            "OpenSmileLLD",
            "SequenceScaler",
            "FramePooler",
        ]
        assert before[1].by == "speaker"
        assert before[2].size == 5
        network = last if isinstance(last, AttentionBLSTMClassifier) else last.estimator
        module = build(network, 45)
        assert count_weights(module) == member, name
        assert settings(network, "optimizer", "dropout") == {"optimizer": "adamax", "dropout": 0.5}
        if n_members[name] == 1:
            continue
        assert len(last.crowd) + len(last.annotators) == n_members[name]
        assert last.final_estimator is None  # one softmax layer on the last hidden layers
        layer = SoftmaxLayer(256 * n_members[name], 4)
        assert count_weights(layer) == dense(256 * n_members[name], 4), name
    alphas = {name: row[-1].get_params() for name, row in recipe.items()}
    assert isinstance(alphas["CrowdS"]["target_encoder"], SoftTargetEncoder)
    assert alphas["CrowdS"]["target_encoder__alpha"] == 0.75
    for name in ANNOTATORS:
        assert alphas[name]["annotator"] == name
        assert alphas[name]["estimator__target_encoder__alpha"] == 0.75


def test_fujioka2020():
    recipe = fujioka2020()
    assert 2 * (12 + 4) == 32  # 12 MFCC, loudness, F0, voicing and ZCR, and their derivatives
    assert {X.n_features for X in extract(recipe).values()} == {32}
    # A dense layer of 512, a BLSTM of 128, four outputs.
    expected = dense(32, 512) + blstm(512, 128) + attention(256) + dense(256, 4)
    for name, row in recipe.items():
        network = row[-1].estimator
        assert count_weights(build(network, 32)) == expected, name
        assert settings(network, "optimizer", "dropout", "early_stopping") == {
            "optimizer": "adam",
            "dropout": 0.5,
            "early_stopping": True,
        }


def test_mirsamadi2017():
    recipe = mirsamadi2017()
    assert {X.n_features for X in extract(recipe).values()} == {32}
    expected = dense(32, 512) + dense(512, 512) + blstm(512, 128) + attention(256) + dense(256, 4)
    (row,) = recipe.values()
    assert count_weights(build(row[-1], 32)) == expected
    assert settings(row[-1], "dropout", "class_weight") == {
        "dropout": 0.5,
        "class_weight": "balanced",
    }


# Configuration E: sixteen 3x3 convolutions in five blocks, each followed by pooling.
CONFIGURATION_E = [64] * 2 + [128] * 2 + [256] * 4 + [512] * 4 + [512] * 4


def count_weights_of_e(n_classes):
    """Weights of configuration E with batch normalisation and one linear layer."""
    convolutions = sum(
        (3 * 3 * n_in + 1) * n_out
        for n_in, n_out in zip([1, *CONFIGURATION_E], CONFIGURATION_E, strict=False)
    )
    normalisation = 2 * sum(CONFIGURATION_E)
    # 32 frames of 64 bands, halved five times.
    n_hidden = 512 * (32 // 2**5) * (64 // 2**5)
    return convolutions + normalisation + dense(n_hidden, n_classes)


def test_mao2020():
    recipe = mao2020()
    for X in extract(recipe).values():
        # 64 bands; 32 frames are 10 ms * 32 + (25 - 10) ms = 335 ms.
        assert (X.n_features, X.segment_length, X.segment_step) == (64, 32, 1)
        assert X.lengths.tolist() == [(1000 - 25) // 10 + 1]
    emodb = ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"]
    assert count_weights_of_e(7) == 20_041_415
    assert count_weights_of_e(7) - count_weights_of_e(6) == 1024 + 1
    for name, row in recipe.items():
        refinery = row[-1]
        module = build(refinery.estimator, 64, emodb, segment_length=32)
        assert count_weights(module) == count_weights_of_e(7), name
        names = ["optimizer", "lr", "lr_decay", "lr_decay_every", "batch_size"]
        names += ["max_epochs", "patience", "early_stopping", "width", "configuration"]
        assert tuple(settings(refinery.estimator, *names).values()) == (
            "adam",
            0.001,
            0.8,
            2,
            128,
            20,
            3,
            True,
            1,
            "E",
        ), name
        assert refinery.cv == 10
        # The forest of scikit-learn with its defaults.
        assert refinery.final_estimator is None
    assert RandomForestClassifier().n_estimators == 100
    found = {name: (row[-1].refinement, row[-1].n_stages) for name, row in recipe.items()}
    assert found.pop("VGG")[1] == 1
    assert found == {
        "VGG^2": ("standard", 2),
        "VGG^3": ("standard", 3),
        "Soft Static": ("static", 2),
        "Hard Dynamic": ("hard", 2),
        "VGG*2": ("pseudo", 2),
        "VGG*3": ("pseudo", 3),
        "VGG*4": ("pseudo", 4),
        "VGG*5": ("pseudo", 5),
    }


def test_the_six_classes_of_casia_and_its_step():
    row = mao2020(segment_step=3)["VGG*5"]
    casia = ["anger", "fear", "happiness", "neutral", "sadness", "surprise"]
    module = build(row[-1].estimator, 64, casia, segment_length=32)
    assert count_weights(module) == count_weights_of_e(6)
    assert row[0].segment_step == 3


def test_configuration_e_to_the_letter():
    """Two hidden layers of 4096 units and no normalisation: twice the weights."""
    network = mao2020()["VGG"][-1].estimator.set_params(head="literal", batch_norm=False)
    module = build(network, 64, [*FOUR, "boredom", "disgust", "fear"], segment_length=32)
    convolutions = count_weights_of_e(7) - dense(1024, 7) - 2 * sum(CONFIGURATION_E)
    expected = convolutions + dense(1024, 4096) + dense(4096, 4096) + dense(4096, 7)
    assert count_weights(module) == expected
    assert expected == pytest.approx(2 * 20_041_415, rel=0.03)


def test_small_networks_stay_small():
    """The default of the classifier, and the quick recipe, are not the paper's."""
    default = build(SegmentVGGClassifier(), 64, FOUR, segment_length=32)
    quick = build(mao2020(quick=True)["VGG"][-1].estimator, 64, FOUR, segment_length=32)
    assert count_weights(quick) < count_weights(default) < 1e6 < count_weights_of_e(4)


def sum_sizes(sizes):
    return sum(map(sum_sizes, sizes)) if isinstance(sizes, tuple) else sizes


@pytest.mark.parametrize("make", [ando2018, chou2019, fujioka2020, mao2020, mirsamadi2017])
def test_quick_rows_are_smaller(make):
    full, quick = make(), make(quick=True)
    for name, row in quick.items():
        for key, size in row.get_params().items():
            if key.endswith(("hidden_sizes", "width")):
                assert sum_sizes(size) < sum_sizes(full[name].get_params()[key])
