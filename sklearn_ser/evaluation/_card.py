"""The card of a model: what it is, what it learned from, how good it is, and what it is for."""

from __future__ import annotations

import html
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.base import BaseEstimator

from sklearn_ser.evaluation._evaluation import Average, Evaluation
from sklearn_ser.evaluation._results import ABOUT, show_counts, show_score
from sklearn_ser.evaluation._sentence import describe_result
from sklearn_ser.evaluation._terms import TITLE, explain_terms
from sklearn_ser.features import (
    OpenSmileFunctionals,
    OpenSmileLLD,
    SequenceScaler,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.utils._messages import join_names, shorten
from sklearn_ser.utils._pipelines import find_parts

if TYPE_CHECKING:
    from skops.card import Card

ENCODERS = TransformerEmbeddings, TransformerFrames
SCORES = ["WA", "UA", "UA_low", "UA_high", "cross_entropy", "calibration_error"]
USE = """\
The model tells which label raters like those of its training data would give to a recording of
speech. It is meant for research on such recordings: to describe them, to sort them before people
listen, to compare methods."""
BY_SPEAKER = """\
It scales the features of each speaker by all recordings of that speaker. So new recordings need a
column `speaker`, and there must be several recordings of each speaker."""
PRIVACY = """\
Whoever gets this card gets the names of raters and speakers that are below. The model itself holds
those of speakers if it scales features by speaker, and those of raters if it predicts their
answers. It holds no recordings."""
LIMITS = """\
- It says what speech sounds like to these raters, not what a speaker feels.
- It knows the labels above only, and gives a recording of anything else, such as music or silence,
  one of them. It says nothing of valence, arousal and dominance.
- Other languages, microphones, rooms, ages and kinds of speech (acted, read, spontaneous) than in
  its training data make it worse, by how much only a test on such data tells.
- It must not decide about people. Emotion recognition is restricted by law in places, such as in
  the European Union at work and in education."""
OPENSMILE = """\
Features are computed with openSMILE of audEERING, which is free only for research and personal use
(audEERING Research Licence). This holds for the use of the model as well."""


def make_model_card(
    model: BaseEstimator,
    evaluation: Evaluation,
    *,
    name: str | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    average: Average = "pooled",
    file: str = "model.skops",
    notices: Sequence[str] = (),
    about: Mapping[str, str] | None = None,
) -> Card:
    """Make the card of a model: its training data, scores, licences, intended use and limits.

    Parameters
    ----------
    model : fitted classifier
    evaluation : Evaluation
        Of clones of the model and, optionally, of others, as `cross_evaluate` returns it.
    name : str, default=None
        The name of the model in the evaluation; None means the first.
    tables : dict of str to DataFrame, default=None
        Tables about the training data by title, such as those of
        `sklearn_ser.datasets.summarize_corpus`.
    average : {"pooled", "folds"}, default="pooled"
        See `Evaluation.summary`.
    file : str, default="model.skops"
        The name of the file in which the model is saved.
    notices : sequence of str, default=()
        What a reader must not miss, such as that this is a trial; they come first.
    about : dict of str to str, default=None
        How the model was made: the recipe, the tables, the date, versions.

    Returns
    -------
    skops.card.Card
        ``card.save(path)`` writes it as Markdown.

    Raises
    ------
    ValueError
        If the evaluation has no estimator of this name.
    ImportError
        If skops is not installed.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import cross_evaluate, fit_on_all, make_model_card
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    >>> model = ConsensusClassifier(DummyClassifier())
    >>> card = make_model_card(fit_on_all(model, corpus), cross_evaluate(model, corpus))
    >>> [line for line in card.render().splitlines() if line.startswith("# ")]
    ['# Model', '# Intended use', '# Limits', '# Training data', '# Scores', '# Licences']
    """
    try:
        from skops.card import Card
    except ImportError as error:
        raise ImportError("model cards need skops: pip install skops") from error
    summary = evaluation.summary(average=average)
    name = summary.index[0] if name is None else name
    if name not in summary.index:
        raise ValueError(f"name must be one of {summary.index.tolist()}, got {name!r}.")
    labels = join_names(model.classes_, most=50)
    card = Card(model, template=None, model_diagram=False)
    first = "".join(f"**{_escape(notice)}**\n\n" for notice in notices)
    card.add(
        Model=f"{first}{_escape(name)}. Labels: {_escape(labels)}.\n\n{_show_use(file, model)}"
    )
    made = {**(about or {}), **describe_searches(model)}
    if made:
        table = pd.DataFrame({"what": list(made), "value": list(made.values())})
        card.add_table(**{f"Model/{ABOUT}": _prepare(table)})
    card.add_table(folded=True, **{"Model/Parameters": _prepare(_tabulate_parameters(model))})
    card.add(**{"Intended use": f"{USE}\n\n{_describe_needs(model)}", "Limits": LIMITS})
    corpus = evaluation.description.partition(";")[0]
    known = {title: table for title, table in (tables or {}).items() if len(table)}
    private = f"\n\n{PRIVACY}" if known else ""
    card.add(**{"Training data": f"{_escape(corpus)}.{private}"})
    for title, table in known.items():
        section = f"Training data/{_escape(title).replace('/', ' or ')}"
        card.add_table(folded=len(table) > 20, **{section: _prepare(show_counts(table))})
    card.add(Scores=_introduce(evaluation, average, name))
    scores = summary[[column for column in SCORES if column in summary]].round(3)
    card.add_table(**{"Scores/Overall": _prepare(scores)})
    by_class = [f"{kind}_{label}" for kind in ("precision", "recall") for label in model.classes_]
    known = [column for column in by_class if column in summary]
    of_model = summary.loc[[name], known].round(3).T
    card.add_table(**{"Scores/By class": _prepare(of_model)})
    terms = explain_terms([*tables.values(), scores, of_model] if tables else [scores, of_model])
    card.add_table(folded=True, **{f"Scores/{TITLE}": _prepare(terms)})
    card.add(Licences="\n\n".join(_list_licences(model)))
    return card


def _show_use(file, model):
    """Return examples of use; a name that looks like an option is a path, and is quoted."""
    path = f"./{file}" if file.startswith("-") else file
    needs_encoder = bool(find_parts(model, ENCODERS))
    argument, option = (', allow=["encoder"]', " --allow encoder") if needs_encoder else ("", "")
    return (
        "```python\nfrom sklearn_ser.io import load\n\n"
        f'model = load({_quote(file)}{argument})\nmodel.predict_proba(["recording.wav"])\n```\n\n'
        f"Or:\n\n```sh\npython -m sklearn_ser predict {shlex.quote(path)} recording.wav "
        f"--out predictions.csv{option}\n```"
    )


def _quote(text):
    """Return text as a literal of Python, in double quotes where that needs no escapes."""
    return f'"{text}"' if re.fullmatch(r"[\w .()-]+", text) else repr(text)


def _tabulate_parameters(model):
    """Return all parameters that are no estimators themselves."""
    values = {
        name: shorten(repr(_hide_folder(value)), 100)
        for name, value in model.get_params().items()
        if not hasattr(value, "get_params") and name.split("__")[-1] not in ("steps", "memory")
    }
    return pd.DataFrame({"parameter": list(values), "value": list(values.values())})


def describe_searches(model):
    """Return what searches in a fitted model have chosen, as a row of a table; {} if nothing."""
    chosen = {}
    for part in [model, *model.get_params().values()]:
        chosen |= getattr(part, "best_params_", {})
    said = [f"{name.rpartition('__')[2]} = {value}" for name, value in chosen.items()]
    return {"chosen by the search": ", ".join(said)} if said else {}


def _describe_needs(model):
    """Return what the model needs besides recordings: an encoder, and speakers."""
    encoders = {name_encoder(part.model) for part in find_parts(model, ENCODERS)}
    needs = [
        f"It needs the pretrained encoder {_escape(name)}, which the file of the model does not "
        "contain. To predict, pass it as `--encoder DIR`; `--allow encoder` takes the one that "
        "the file of the model names."
        for name in sorted(encoders)
    ]
    if any(part.by == "speaker" for part in find_parts(model, SequenceScaler)):
        needs.append(BY_SPEAKER)
    else:
        needs.append("It needs to know nothing of the speakers of new recordings.")
    return "\n\n".join(needs)


def name_encoder(encoder):
    """Return the name of an encoder on the hub, or that of its folder without where it is."""
    name = os.fspath(encoder)
    return os.path.basename(os.path.abspath(name)) if os.path.isdir(name) else _hide_folder(name)


def _hide_folder(value):
    """Return an absolute path as its last part, since it tells whose machine it is of."""
    is_path = isinstance(value, (str, os.PathLike)) and os.path.isabs(os.path.expanduser(value))
    return os.path.basename(os.path.normpath(value)) if is_path else value


def _introduce(evaluation, average, name):
    about = evaluation.report(average=average).partition("\n")[0]
    sentence = describe_result(evaluation, name)
    return (
        f"{_escape(sentence)}\n\n{_escape(about)}\n\nThese are scores of "
        "models that were trained in the same way without the recordings they were tested on; the "
        "model of this card has learned from all of them."
    )


def _list_licences(model):
    """Return a paragraph on each foreign part of a model."""
    parts = {}
    for part in find_parts(model, (*ENCODERS, OpenSmileFunctionals, OpenSmileLLD)):
        if not isinstance(part, ENCODERS):
            parts["openSMILE"] = OPENSMILE
            continue
        name = name_encoder(part.model)
        parts[name] = (
            f"Features are computed with the pretrained encoder {_escape(name)}, which the "
            f"file of the model does not contain. Its licence: {_find_licence(part.model)}."
        )
    own = "The recordings and ratings it was trained on may restrict the use of the model as well."
    return [*parts.values(), own]


def _find_licence(encoder):
    """Return the licence in the head of an encoder's README, if it is a folder that has one."""
    readme = Path(encoder).expanduser() / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8", errors="replace")[:10_000]
        head = text.partition("\n---")[0] if text.startswith("---") else ""
        found = re.search(r"^license:[ \t]*(\S.*)$", head, re.MULTILINE)
        if found:
            return _escape(found[1].strip(" \"'"))
    return "see the page of the encoder"


def _prepare(table):
    """Return a table with its index as a column, and nothing that Markdown takes for its own."""
    table = table.copy()
    if table.columns.nlevels > 1:
        table.columns = list(map(", ".join, table.columns))
    if not isinstance(table.index, pd.RangeIndex):
        table.index.name = table.index.name or " "
        table = table.reset_index()
    table = table.astype(object).where(table.notna(), "")
    return table.map(_escape).rename(columns=_escape)


def _escape(text):
    """Return data as text that is neither HTML nor Markdown."""
    text = show_score(text) if isinstance(text, float) else str(text)
    text = html.escape(text, quote=False)
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", " ".join(text.split()) or text)
