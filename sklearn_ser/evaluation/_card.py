"""The card of a model: what it is, what it learned from, how good it is, and what it is for."""

from __future__ import annotations

import html
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.base import BaseEstimator

from sklearn_ser.evaluation._evaluation import Average, Evaluation
from sklearn_ser.evaluation._results import show_counts, show_score
from sklearn_ser.features import (
    OpenSmileFunctionals,
    OpenSmileLLD,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.utils._messages import join_names, shorten

if TYPE_CHECKING:
    from skops.card import Card

SCORES = ["WA", "UA", "UA_low", "UA_high", "cross_entropy", "calibration_error"]
USE = """\
The model tells which label raters like those of its training data would give to a recording of
speech. It is meant for research on such recordings: to describe them, to sort them before people
listen, to compare methods."""
LIMITS = """\
- It says what speech sounds like to these raters, not what a speaker feels.
- It knows the labels above only, and gives a recording of anything else, such as music or silence,
  one of them. It says nothing of valence, arousal and dominance.
- Other languages, microphones, rooms, ages and kinds of speech (acted, read, spontaneous) than in
  its training data make it worse, by how much only a test on such data tells.
- It must not decide about people. Emotion recognition is restricted by law in places, such as in
  the European Union at work and in education."""
ENCODERS = (TransformerEmbeddings, TransformerFrames)
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
    card.add(Model=f"{_escape(name)}. Labels: {_escape(labels)}.\n\n{_show_use(file, model)}")
    card.add_table(folded=True, **{"Model/Parameters": _prepare(_tabulate_parameters(model))})
    card.add(**{"Intended use": USE, "Limits": LIMITS})
    corpus = evaluation.description.partition(";")[0]
    card.add(**{"Training data": f"{_escape(corpus)}."})
    known = {title: table for title, table in (tables or {}).items() if len(table)}
    for title, table in known.items():
        section = f"Training data/{_escape(title).replace('/', ' or ')}"
        card.add_table(folded=len(table) > 20, **{section: _prepare(show_counts(table))})
    card.add(Scores=_introduce(evaluation, average))
    scores = summary[[column for column in SCORES if column in summary]].round(3)
    card.add_table(**{"Scores/Overall": _prepare(scores)})
    by_class = [f"{kind}_{label}" for kind in ("precision", "recall") for label in model.classes_]
    known = [column for column in by_class if column in summary]
    of_model = summary.loc[[name], known].round(3).T
    card.add_table(**{"Scores/By class": _prepare(of_model)})
    card.add(Licences="\n\n".join(_list_licences(model)))
    return card


def _show_use(file, model):
    """Return examples of use; a name that looks like an option is a path, and is quoted."""
    path = f"./{file}" if file.startswith("-") else file
    parts = [model, *model.get_params().values()]
    has_encoder = any(isinstance(part, ENCODERS) for part in parts)
    argument, option = (', allow=["encoder"]', " --allow encoder") if has_encoder else ("", "")
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
        name: shorten(repr(value), 100)
        for name, value in model.get_params().items()
        if not hasattr(value, "get_params") and name.split("__")[-1] not in ("steps", "memory")
    }
    return pd.DataFrame({"parameter": list(values), "value": list(values.values())})


def _introduce(evaluation, average):
    about = evaluation.report(average=average).partition("\n")[0]
    return (
        f"{_escape(about)}\n\nThese are scores of models that were trained in the same way "
        "without the recordings they were tested on; the model of this card has learned from "
        "all of them."
    )


def _list_licences(model):
    """Return a paragraph on each foreign part of a model."""
    parts = {}
    for part in [model, *model.get_params().values()]:
        if isinstance(part, (OpenSmileFunctionals, OpenSmileLLD)):
            parts["openSMILE"] = OPENSMILE
        elif isinstance(part, ENCODERS):
            name = os.fspath(part.model)
            parts[name] = (
                f"Features are computed with the pretrained encoder {_escape(name)}, which the "
                f"file of the model does not contain. Its licence: {_find_licence(name)}."
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
