"""A table of estimators: every fold, group and seed, with features extracted once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch, _safe_indexing
from sklearn.utils.validation import check_consistent_length
from tqdm.auto import tqdm

from sklearn_ser.evaluation._evaluation import SHARED, Evaluation
from sklearn_ser.evaluation._stateless_steps import apply_stateless, split_off_stateless
from sklearn_ser.evaluation._validation import (
    check_groups,
    check_seeds,
    check_speakers,
    describe_cv,
    get_column,
    get_data,
    get_title,
    make_splits,
)
from sklearn_ser.utils._cache import compute_cached, fingerprint, open_cache
from sklearn_ser.utils._parallel import iterate_parallel
from sklearn_ser.utils._random import clone_with_seed
from sklearn_ser.utils._typing import CrossValidation, Memory


def cross_evaluate(
    estimators: Mapping[str, BaseEstimator] | BaseEstimator,
    corpus: Bunch,
    *,
    groups: str | ArrayLike = "speaker",
    cv: CrossValidation = None,
    seeds: Iterable[int] = (0,),
    n_jobs: int | None = None,
    allow_shared_speakers: bool = False,
    memory: Memory = None,
    verbose: bool = False,
) -> Evaluation:
    """Train and test estimators on the same folds, and put all scores in one table.

    What comes first in a pipeline and learns nothing, such as `OpenSmileLLD`, is computed once for
    all estimators that have it in common; whatever learns, scalers too, is fitted in each fold.

    Parameters
    ----------
    estimators : dict of str to classifier, or a classifier
        A recipe of `sklearn_ser.recipes` is such a dict. Each is cloned, and every
        ``random_state`` in it set to the seed.
    corpus : Bunch
        With ``data`` (DataFrame, Sequences or any container of n_samples that scikit-learn can
        index) and ``ratings`` (Ratings, or what `check_ratings` takes): what every loader of
        `sklearn_ser.datasets` returns.
    groups : str or array-like of shape (n_samples,), default="speaker"
        What is held out: a column of the data, such as "speaker" or "session", or the groups.
    cv : int, splitter or iterable of splits, default=None
        None holds out one group at a time, an integer is that many folds of whole groups. A
        splitter gets the consensus as labels ("None" where there is none), and the groups.
    seeds : sequence of int, default=(0,)
    n_jobs : int or None, default=None
        Fits side by side, in no more processes than there are cores; features too, where their
        own ``n_jobs`` is None.
    allow_shared_speakers : bool, default=False
        Whether a speaker may be on both sides of a split, or speakers be unknown. Then every
        output says so.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder for what every estimator predicted in every fold, by seed. A run that was killed
        goes on from there, and so does one with more seeds or estimators.
    verbose : bool, default=False
        Show a bar, with an estimate of the time that remains.

    Returns
    -------
    Evaluation
        ``scores`` is the table, one row an estimator, seed, fold and group; see there for
        ``summary()`` and ``plot()``.

    Raises
    ------
    TypeError
        If the corpus has no data or ratings.
    ValueError
        If a column is missing, data, ratings and groups differ in length, groups or seeds are
        missing, a speaker is on both sides of a split or unknown; or what the estimators raise.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from sklearn_ser import AttentionBLSTMClassifier, Sequences, SoftTargetEncoder
    >>> from sklearn_ser.evaluation import cross_evaluate
    >>> rng = np.random.default_rng(0)
    >>> sad = np.arange(40) % 2 == 0
    >>> frames = [rng.normal(label, 1, size=(6, 3)) for label in sad]
    >>> X = Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 10))
    >>> corpus = Bunch(data=X, ratings=np.where(sad, "sad", "angry"))
    >>> network = AttentionBLSTMClassifier((4, 4, 4), lr=0.01, max_epochs=5)
    >>> rows = {"adamax": network, "sgd": AttentionBLSTMClassifier((4, 4, 4), optimizer="sgd")}
    >>> found = cross_evaluate(rows, corpus, seeds=(0, 1))
    >>> found.scores.shape[0], found.summary().index.tolist()
    (16, ['adamax', 'sgd'])
    """
    if isinstance(estimators, BaseEstimator):
        estimators = {type(estimators).__name__: estimators}
    if not isinstance(estimators, Mapping) or not estimators:
        raise TypeError(
            "estimators must be a dict of names and classifiers, or one classifier; got "
            f"{type(estimators).__name__}."
        )
    data, ratings = get_data(corpus)
    seeds = check_seeds(seeds)
    speakers = get_column(data, "speaker", required=False)
    by = groups if isinstance(groups, str) else "groups"
    groups = check_groups(data, groups)
    check_consistent_length(data, ratings, groups)
    splits = make_splits(cv, groups, ratings.consensus().astype(str))
    shared = check_speakers(splits, speakers, allow_shared_speakers)

    inputs, parts = {}, {}
    for name, estimator in estimators.items():
        fixed, rest = split_off_stateless(estimator)
        key = None if fixed is None else fingerprint(fixed)
        if key not in inputs:
            inputs[key] = data if fixed is None else apply_stateless(fixed, data, n_jobs, verbose)
        parts[name] = (key, rest)
    cache, ids = open_cache(memory), {}
    if cache is not None:
        ids = {key: joblib.hash((X, np.asarray(ratings))) for key, X in inputs.items()}
    tasks, places = [], []
    for seed in seeds:
        for fold, (train, test) in enumerate(splits):
            for name, (key, rest) in parts.items():
                model = clone_with_seed(rest, seed)
                about = None
                if cache is not None:
                    about = ("fold", ids[key], fingerprint(model), joblib.hash((train, test)))
                tasks.append((cache, about, model, inputs[key], ratings, train, test))
                places.append({"estimator": name, "seed": seed, "fold": fold, "sample": test})
    tables = []
    with tqdm(total=len(tasks), unit="fit", disable=not verbose) as bar:
        for place, found in zip(places, iterate_parallel(_fold, tasks, n_jobs), strict=True):
            tables.append(_table(place, *found))
            bar.update()
    about = {"group": groups, "speaker": speakers, "consensus": ratings.consensus()}
    sides = SHARED if shared else "no speaker on both sides"
    return Evaluation(
        _joined(tables, about),
        ratings,
        shared_speakers=shared,
        description=(
            f"{get_title(corpus)}: {len(ratings)} samples; {len(set(groups.tolist()))} groups "
            f"({by}), in {len(splits)} folds ({describe_cv(cv)}), {sides}; "
            f"seeds {', '.join(map(str, seeds))}"
        ),
    )


def _fold(cache, about, model, X, ratings, train, test):
    return compute_cached(cache, about, lambda: _fit(model, X, ratings, train, test))


def _fit(model, X, ratings, train, test):
    """Labels, probabilities (or None) and their classes, and seconds."""
    start = time.perf_counter()
    model.fit(_safe_indexing(X, train), ratings[train])
    tested = _safe_indexing(X, test)
    predicted = model.predict(tested)
    proba = model.predict_proba(tested) if hasattr(model, "predict_proba") else None
    return predicted, proba, model.classes_, time.perf_counter() - start


def _table(place, predicted, proba, classes, seconds):
    table = pd.DataFrame(place)
    table["prediction"], table["seconds"] = predicted, seconds
    if proba is not None:
        table[[f"p_{label}" for label in classes]] = proba
    return table


def _joined(tables, about):
    """All predictions in one table, with what is known of the samples."""
    predictions = pd.concat(tables, ignore_index=True)
    # A class that a model does not know has no probability; one without any has none at all.
    columns = [name for name in predictions if name.startswith("p_")]
    some = predictions[columns].notna().any(axis=1)
    predictions.loc[some, columns] = predictions.loc[some, columns].fillna(0.0)
    samples = predictions["sample"].to_numpy()
    for place, (name, values) in enumerate(about.items(), start=4):
        predictions.insert(place, name, None if values is None else values[samples])
    return predictions
