"""The recipe of no paper: linear models and the papers' methods on a pretrained encoder."""

from __future__ import annotations

import os
import textwrap

from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    CrowdLayerClassifier,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    RatingsClassifier,
    SegmentClassifier,
)
from sklearn_ser.features import (
    FramePooler,
    FrameSegmenter,
    LayerSelector,
    OpenSmileFunctionals,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.recipes._recipe import Recipe, tabulate_figures
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder
from sklearn_ser.utils._typing import AnyPath, Memory

PAPER = "Baseline of 2026, from no paper: linear models and the papers' methods on {encoder}"
WITHOUT_ENCODER = "Baseline of 2026, from no paper: linear models on openSMILE functionals"
LINEAR = LogisticRegression(class_weight="balanced", max_iter=2000)


def baseline2026(
    *,
    encoder: AnyPath | None = "openai/whisper-tiny.en",
    quick: bool = False,
    memory: Memory = None,
) -> Recipe:
    """Return linear models and the papers' networks on the hidden states of a pretrained encoder.

    The recipe is from no paper. It shows what a new method must beat, and what the papers' methods
    are worth on better features than theirs. The rows are

    * "majority class";
    * "openSMILE functionals": the 6373 of ComParE, which need no encoder;
    * "one hidden state" (the baseline): mean and standard deviation over time of the hidden state
      that is best in a search;
    * "one hidden state, speakers unknown": the same, with features scaled by the mean and variance
      of all training speech, so that nothing must be known of a test speaker;
    * "all hidden states", side by side;
    * "all hidden states, soft targets", which are the shares of all ratings;
    * "network" and "network, soft targets": a BLSTM with attention on frames of the middle hidden
      state, since a search with a network would take long, and first and last layers tend to say
      less of emotions;
    * "annotators joined" [1]_, "crowd layer" [2]_, "corrected labels" [3]_, around that network;
    * "profiles" [4]_: linear models of segments of the frames, refined once, and a random forest.

    In all other rows, the features of each speaker are scaled by the mean and variance of that
    speaker's own recordings. This uses no labels, but needs several recordings of a test speaker.

    Without an encoder, the rows are "majority class", "openSMILE functionals" (the baseline) and
    "openSMILE functionals, speakers unknown".

    Linear models have ``class_weight="balanced"``. Their C and the hidden state are chosen by UA
    in a search within the training folds, on speakers that are held out there. So at least three
    speakers are needed for training.

    Parameters
    ----------
    encoder : str, path-like or None, default="openai/whisper-tiny.en"
        A folder, or a name on the Hugging Face hub: any model that `TransformerEmbeddings` takes.
        Mind the licence of the model. None means the rows that need no encoder.
    quick : bool, default=False
        Whether to use small networks, and to search among two values of C in two folds, for a
        trial run.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the features between runs.

    Returns
    -------
    Recipe
        Its table of published figures is empty.

    Raises
    ------
    ValueError
        If the encoder cannot be loaded.
    ImportError
        If an encoder is wanted, and transformers is not installed.

    References
    ----------
    .. [1] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170
    .. [2] Rodrigues and Pereira, "Deep learning from crowds", AAAI 2018.
       doi:10.1609/aaai.v32i1.11506
    .. [3] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216
    .. [4] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    The encoder of this example is tiny, and has random weights:

    >>> import tempfile
    >>> from transformers import HubertConfig, HubertModel
    >>> from sklearn_ser.recipes import baseline2026
    >>> config = HubertConfig(
    ...     hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8,
    ...     conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     HubertModel(config).save_pretrained(folder)
    ...     recipe = baseline2026(encoder=folder)
    >>> recipe["one hidden state"][-1].param_grid["layerselector__layer"]
    [0, 1, 2]
    >>> list(baseline2026(encoder=None))
    ['majority class', 'openSMILE functionals', 'openSMILE functionals, speakers unknown']
    """
    if encoder is None:
        return _make_recipe_without_encoder(quick, memory)
    encoder = os.fspath(encoder)
    n_hidden_states = _count_hidden_states(encoder, memory)
    states = TransformerEmbeddings(encoder, layer="all", memory=memory)
    frames = TransformerFrames(encoder, layer=n_hidden_states // 2, memory=memory)
    functionals = OpenSmileFunctionals("ComParE_2016", memory=memory)
    by_speaker, table = SequenceScaler(by="speaker"), SequenceStatistics()
    linear, soft = ConsensusClassifier(LINEAR), RatingsClassifier(LINEAR)

    all_features = _search(quick, make_pipeline(table, linear))
    all_features_soft = _search(quick, make_pipeline(table, soft))
    one_state = _search(
        quick,
        make_pipeline(LayerSelector(n_hidden_states=n_hidden_states), table, linear),
        layerselector__layer=list(range(n_hidden_states)),
    )
    rows = {
        "majority class": make_pipeline(states, ConsensusClassifier(DummyClassifier())),
        "openSMILE functionals": make_pipeline(functionals, by_speaker, all_features),
        "one hidden state": make_pipeline(states, by_speaker, one_state),
        "one hidden state, speakers unknown": make_pipeline(states, SequenceScaler(), one_state),
        "all hidden states": make_pipeline(states, by_speaker, all_features),
        "all hidden states, soft targets": make_pipeline(states, by_speaker, all_features_soft),
    }
    for name, model in _make_networks(quick).items():
        rows[name] = make_pipeline(frames, FramePooler(5), by_speaker, model)
    segmenter = FrameSegmenter(segment_length=32, segment_step=16)
    rows["profiles"] = make_pipeline(frames, by_speaker, segmenter, _make_profiles(quick))
    return Recipe(
        rows,
        paper=PAPER.format(encoder=encoder),
        published=tabulate_figures(["WA", "UA"], []),
        groups="speaker",
        baseline="one hidden state",
        need_annotators=["annotators joined", "crowd layer"],
    )


def _make_recipe_without_encoder(quick, memory):
    functionals = OpenSmileFunctionals("ComParE_2016", memory=memory)
    search = _search(quick, make_pipeline(SequenceStatistics(), ConsensusClassifier(LINEAR)))
    by_speaker = SequenceScaler(by="speaker")
    return Recipe(
        {
            "majority class": make_pipeline(functionals, ConsensusClassifier(DummyClassifier())),
            "openSMILE functionals": make_pipeline(functionals, by_speaker, search),
            "openSMILE functionals, speakers unknown": make_pipeline(
                functionals, SequenceScaler(), search
            ),
        },
        paper=WITHOUT_ENCODER,
        published=tabulate_figures(["WA", "UA"], []),
        groups="speaker",
        baseline="openSMILE functionals",
    )


def _count_hidden_states(encoder, memory):
    """Return how many hidden states an encoder has; it is loaded, unless `memory` knows it."""
    one, every = (
        TransformerEmbeddings(encoder, layer=layer, memory=memory) for layer in (0, "all")
    )
    try:
        return len(every.get_feature_names_out()) // len(one.get_feature_names_out())
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(
            "encoder must be a speech encoder of transformers, as a folder or by its name on the "
            f"Hugging Face hub; {encoder!r} cannot be loaded: {textwrap.shorten(str(error), 300)}"
        ) from error


def _search(quick, model, **grid):
    """Return a search for the C of the only linear model in a model, and for a grid."""
    (name,) = [name for name in model.get_params() if name.endswith("__C")]
    return GridSearchCV(
        model,
        {**grid, name: [0.01, 0.1] if quick else [0.001, 0.01, 0.1, 1.0]},
        scoring=ua_scorer,
        cv=SpeakerKFold(2 if quick else 3),
    )


def _make_networks(quick):
    """Return the network, and the papers' methods around it, by the names of their rows."""
    hard = AttentionBLSTMClassifier(
        (64, 32, 64) if quick else (128, 64, 128),
        target_encoder=HardTargetEncoder(),
        lr=0.003 if quick else 0.001,
        batch_size=16,
        max_epochs=15 if quick else 30,
        early_stopping=False,
    )
    soft = clone(hard).set_params(target_encoder=SoftTargetEncoder())
    return {
        "network": hard,
        "network, soft targets": soft,
        "annotators joined": AnnotatorEnsembleClassifier(soft),
        "crowd layer": CrowdLayerClassifier(hard),
        "corrected labels": LabelCorrectingClassifier(hard, store_trajectory=False),
    }


def _make_profiles(quick):
    # Means of segments are as good as means and standard deviations, and several times as fast.
    segments = SegmentClassifier(LINEAR, statistics=("mean",))
    return _search(quick, ProfileRefineryClassifier(segments, cv=2 if quick else 3))
