"""Fit an estimator on a whole corpus, and score a fitted one on another corpus."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.evaluation._arguments import (
    check_estimators,
    get_column,
    get_data,
    get_title,
)
from sklearn_ser.evaluation._attributes import get_attributes
from sklearn_ser.evaluation._evaluation import SHARED, Evaluation
from sklearn_ser.evaluation._fits import join_tables, predict_samples, tabulate
from sklearn_ser.evaluation._overlap import describe_overlap
from sklearn_ser.evaluation._stateless_steps import apply_stateless, split_off_stateless
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._cache import compute_cached, fingerprint, open_cache
from sklearn_ser.utils._random import clone_with_seed
from sklearn_ser.utils._typing import Memory


def fit_on_all(
    estimator: BaseEstimator,
    corpus: Bunch,
    *,
    seed: int = 0,
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> BaseEstimator:
    """Fit an estimator on a whole corpus, as `cross_evaluate` fits it on the folds of one.

    Parameters
    ----------
    estimator : classifier
        It is cloned, and every ``random_state`` in it is set to the seed.
    corpus : Bunch
        It has ``data`` and ``ratings``; see `cross_evaluate`.
    seed : int, default=0
    n_jobs : int or None, default=None
        For feature extractors whose own ``n_jobs`` is None.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the fitted estimator, as that of `cross_evaluate` keeps predictions, and
        the features of extractors whose own ``memory`` is None.
    verbose : bool, default=False
        Show a progress bar of feature extractors.

    Returns
    -------
    estimator
        The fitted clone. It does not refer to `memory`.

    Raises
    ------
    TypeError
        If the corpus has no data or ratings.
    ValueError
        If data and ratings differ in length; also any error of the estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from sklearn_ser import AttentionBLSTMClassifier, Sequences
    >>> from sklearn_ser.evaluation import fit_on_all
    >>> rng = np.random.default_rng(0)
    >>> sad = np.arange(20) % 2 == 0
    >>> X = Sequences.from_arrays([rng.normal(label, 1, size=(6, 3)) for label in sad])
    >>> corpus = Bunch(data=X, ratings=np.where(sad, "sad", "angry"))
    >>> fit_on_all(AttentionBLSTMClassifier((4, 4, 4), max_epochs=2), corpus).classes_.tolist()
    ['angry', 'sad']
    """
    data, ratings = get_data(corpus)
    check_samples(data, ratings)
    model = clone_with_seed(estimator, seed)
    fixed, rest = split_off_stateless(model)
    X = data if fixed is None else _extract(fixed, data, n_jobs, memory, verbose)
    cache, key = open_cache(memory), ()
    if cache is not None:
        key = "fit on all", joblib.hash((X, np.asarray(ratings))), fingerprint(rest)
    fitted = compute_cached(cache, key, lambda: rest.fit(X, ratings))
    if fixed is None:
        return fitted
    steps = fitted.steps if isinstance(rest, Pipeline) else [(model.steps[-1][0], fitted)]
    return Pipeline([*clone(fixed).steps, *steps], memory=model.memory)


def evaluate_fitted(
    model: BaseEstimator | Mapping[str, BaseEstimator],
    corpus: Bunch,
    *,
    name: str = "model",
    groups: str = "speaker",
    training_speakers: Iterable[Any] = (),
    training_files: Iterable[Any] = (),
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> Evaluation:
    """Score a fitted model on a corpus that it was not trained on.

    Parameters
    ----------
    model : fitted classifier, or dict of str to fitted classifier
        With several, such as a model and what it must beat, all are scored on the same samples.
    corpus : Bunch
        It has ``data`` and ``ratings``; see `cross_evaluate`.
    name : str, default="model"
        The name of the model in the tables, if it is only one.
    groups : str, default="speaker"
        A column of the data, whose values are scored each on its own as well, and are the units of
        intervals where speakers are unknown. If the data have no such column, or it has gaps,
        every sample is a group.
    training_speakers : iterable, default=()
        The speakers of the training data; None or NaN among them means that some are unknown. If
        the corpus has any of them, in whatever spelling ("S1", "s1 ", 1 and "1"), every output
        says that speakers are on both sides. That no speaker is in the training data is said only
        if all speakers are known on both sides.
    training_files : iterable of str, default=()
        The recordings of the training data. If the corpus has any of them, every output says that
        speakers are on both sides; if it has recordings of the same names, the description says
        so.
    n_jobs : int or None, default=None
        For feature extractors whose own ``n_jobs`` is None.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the features of extractors whose own ``memory`` is None.
    verbose : bool, default=False
        Show a progress bar of feature extractors.

    Returns
    -------
    Evaluation
        Of one seed and fold.

    Raises
    ------
    TypeError
        If the corpus has no data or ratings, or a model has no ``fit`` and ``predict``.
    ValueError
        If data and ratings differ in length, or a model predicts labels of another kind than
        those of the ratings; also any error of a model.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import evaluate_fitted, fit_on_all
    >>> corpus, other = (make_dyadic_corpus(1, 8, random_state=seed) for seed in (0, 1))
    >>> model = fit_on_all(ConsensusClassifier(DummyClassifier()), corpus)
    >>> found = evaluate_fitted(model, other, training_speakers=["Ann"])
    >>> found.summary().index.tolist(), found.shared_speakers
    (['model'], False)
    """
    models = check_estimators(model if isinstance(model, Mapping) else {name: model})
    for one in models.values():
        check_is_fitted(one)
    data, ratings = get_data(corpus)
    check_samples(data, ratings)
    speakers = get_column(data, "speaker", required=False)
    grouping = get_persons(get_column(data, groups, required=False))
    if grouping is None or any(value is None or value != value for value in grouping):
        grouping, groups = np.arange(len(ratings)).astype(object), "samples"
    tables = []
    for name, one in models.items():
        start = time.perf_counter()
        fixed, rest = split_off_stateless(one)
        X = data if fixed is None else _extract(fixed, data, n_jobs, memory, verbose)
        place = {"estimator": name, "seed": 0, "fold": 0, "sample": np.arange(len(ratings))}
        seconds = time.perf_counter() - start
        tables.append(
            tabulate(place, ratings, *predict_samples(rest, X, ratings, seconds=seconds))
        )
    files = get_column(data, "file", required=False)
    shared, said = describe_overlap(speakers, files, training_speakers, training_files)
    said = f"{SHARED}: {said}" if shared else said
    about = {"group": grouping, "speaker": speakers, "consensus": ratings.consensus()}
    return Evaluation(
        join_tables(tables, about),
        ratings,
        shared_speakers=shared,
        description=(
            f"{get_title(corpus)}: {len(ratings)} samples; {len(set(grouping.tolist()))} groups "
            f"({groups}), all of them tested with a model that was fitted before; {said}"
        ),
        attributes=get_attributes(data),
    )


def _extract(fixed, data, n_jobs, memory, verbose):
    """Apply a clone of steps that learn nothing, which keeps what it computes in a folder."""
    fixed = clone(fixed)
    for step in fixed.named_steps.values():
        own = step.get_params(deep=False)
        if "memory" in own and own["memory"] is None:
            step.set_params(memory=memory)
    return apply_stateless(fixed, data, n_jobs, verbose)
