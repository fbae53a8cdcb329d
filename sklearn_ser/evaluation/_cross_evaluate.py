"""Cross-validate several estimators on the same folds, with features extracted once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch, _safe_indexing
from sklearn.utils.validation import check_consistent_length
from tqdm.auto import tqdm

from sklearn_ser.evaluation._annotators import score_answers
from sklearn_ser.evaluation._arguments import (
    check_comparable,
    check_estimators,
    check_groups,
    check_inspect,
    check_seeds,
    check_speakers,
    describe_cv,
    get_column,
    get_data,
    get_title,
    make_splits,
)
from sklearn_ser.evaluation._details import inspect_fitted, join_details, name_inspection
from sklearn_ser.evaluation._evaluation import SHARED, Evaluation
from sklearn_ser.evaluation._stateless_steps import apply_stateless, split_off_stateless
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._cache import compute_cached, fingerprint, open_cache
from sklearn_ser.utils._messages import naming
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
    inspect: Callable[[Any], Mapping[str, pd.DataFrame]] | None = None,
) -> Evaluation:
    """Train and test estimators on the same folds, and collect all scores in one table.

    Steps at the start of a pipeline that learn nothing, such as `OpenSmileLLD`, are computed once
    for all estimators that share them. All steps that learn, including scalers, are fitted again
    in each fold.

    Parameters
    ----------
    estimators : dict of str to classifier, or a classifier
        A recipe of `sklearn_ser.recipes` is such a dict. Every estimator is cloned, and every
        ``random_state`` in it is set to the seed.
    corpus : Bunch
        It has ``data`` (DataFrame, Sequences or any container of length n_samples that
        scikit-learn can index) and ``ratings`` (Ratings, or any form that `check_ratings`
        accepts), as returned by the loaders of `sklearn_ser.datasets`.
    groups : str or array-like of shape (n_samples,), default="speaker"
        What to hold out: the name of a column of the data, such as "speaker" or "session", or one
        group per sample. The altered copies of a person's recordings belong to the person (see
        `AlteredSpeaker`).
    cv : int, splitter or iterable of splits, default=None
        None holds out one group at a time, and an integer is the number of folds of whole groups.
        A splitter gets the consensus as labels ("None" if there is none) and the groups.
    seeds : sequence of int, default=(0,)
        Every estimator is trained once per seed and fold.
    n_jobs : int or None, default=None
        Number of fits to run in parallel, in no more processes than there are cores. It also
        applies to feature extractors whose own ``n_jobs`` is None.
    allow_shared_speakers : bool, default=False
        Whether a speaker may be on both sides of a split, or be unknown. If any is, every output
        says so.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the predictions of every finished fit. A run that was killed resumes
        from there, and a run with more seeds or estimators only fits what is new. A fit is known
        by its data and parameters. Where a search or another estimator contains the step that
        reads recordings, these are paths: use another folder if files, or a model's, change.
    verbose : bool, default=False
        Show a progress bar with an estimate of the remaining time.
    inspect : callable, default=None
        A function that is called with every fitted estimator, in the process that fitted it, and
        returns a dict of names and DataFrames, such as of learned weights. They are collected in
        ``details`` of the Evaluation. The first steps of a pipeline that learn nothing are not
        part of the fitted estimator, which is the pipeline of the remaining steps or, if only one
        remains, that step. None means ``inspect`` of the recipe, if `estimators` is a `Recipe`.
        With `memory`, it must be defined in a module, and is known by its name: change the name
        or the folder if the function changes.

    Returns
    -------
    Evaluation
        Its ``scores`` are the table, with one row per estimator, seed, fold and group;
        ``summary()`` and ``plot()`` compare the estimators.

    Raises
    ------
    TypeError
        If the corpus has no data or ratings, `estimators` is neither an estimator nor a dict of
        names and estimators, or `inspect` is not callable or returns no dict of DataFrames.
    ValueError
        If a column, a group or the seeds are missing, if data, ratings and groups differ in
        length, if a speaker is unknown or on both sides of a split (unless that is allowed), if an
        estimator predicts labels of another kind than those of the ratings, or probabilities that
        are not finite, if `inspect` is not defined in a module and `memory` is given, or if its
        tables have a column ``estimator``, ``seed`` or ``fold``; also any error of an estimator. A
        note says in which estimator, seed and fold the error arose.

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
    inspect = check_inspect(getattr(estimators, "inspect", None) if inspect is None else inspect)
    estimators = check_estimators(estimators)
    data, ratings = get_data(corpus)
    seeds = check_seeds(seeds)
    speakers = get_column(data, "speaker", required=False)
    by = groups if isinstance(groups, str) else "groups"
    groups = check_groups(data, groups)
    check_samples(data, ratings)
    check_consistent_length(data, groups)
    splits = make_splits(cv, groups, ratings.consensus().astype(str))
    shared = check_speakers(splits, speakers, allow_shared_speakers)

    inputs, parts = {}, {}
    for name, estimator in estimators.items():
        fixed, rest = split_off_stateless(estimator)
        key = None if fixed is None else fingerprint(fixed)
        if key not in inputs:
            inputs[key] = data
            if fixed is not None:
                with naming(f"in the first steps of estimator {name!r}"):
                    inputs[key] = apply_stateless(fixed, data, n_jobs, verbose)
        parts[name] = (key, rest)
    cache, ids, inspection = open_cache(memory), {}, None
    if cache is not None:
        inspection = None if inspect is None else name_inspection(inspect)
        ids = {key: joblib.hash((X, np.asarray(ratings))) for key, X in inputs.items()}
    tasks, places = [], []
    for seed in seeds:
        for fold, (train, test) in enumerate(splits):
            for name, (key, rest) in parts.items():
                model = clone_with_seed(rest, seed)
                name_of_fit = None
                if cache is not None:
                    name_of_fit = (
                        "fold with annotators",
                        ids[key],
                        fingerprint(model),
                        joblib.hash((train, test)),
                    )
                    if inspect is not None:
                        name_of_fit += (inspection,)
                place = f"in estimator {name!r}, seed {seed}, fold {fold}"
                data_of_fit = (inputs[key], ratings, train, test)
                tasks.append((place, cache, name_of_fit, model, *data_of_fit, inspect))
                places.append({"estimator": name, "seed": seed, "fold": fold, "sample": test})
    tables, details = [], []
    with tqdm(total=len(tasks), unit="fit", disable=not verbose) as bar:
        results = iterate_parallel(_evaluate_fold, tasks, n_jobs)
        for place, result in zip(places, results, strict=True):
            found, inside = (result, {}) if inspect is None else result
            tables.append(tabulate_fit(place, ratings, *found))
            details.append((place, inside))
            bar.update()
    about = {"group": groups, "speaker": speakers, "consensus": ratings.consensus()}
    n_folds = "1 fold" if len(splits) == 1 else f"{len(splits)} folds"
    sides = SHARED if shared else "no speaker on both sides"
    return Evaluation(
        join_fits(tables, about),
        ratings,
        shared_speakers=shared,
        description=(
            f"{get_title(corpus)}: {len(ratings)} samples; {len(set(groups.tolist()))} groups "
            f"({by}), in {n_folds} ({describe_cv(cv)}), {sides}; "
            f"seeds {', '.join(map(str, seeds))}"
        ),
        details=join_details(details),
    )


def _evaluate_fold(place, cache, name, model, X, ratings, train, test, inspect):
    def work():
        found = _fit_and_predict(model, X, ratings, train, test)
        return found if inspect is None else (found, inspect_fitted(inspect, model))

    with naming(place):
        return compute_cached(cache, name, work)


def _fit_and_predict(model, X, ratings, train, test):
    start = time.perf_counter()
    model.fit(_safe_indexing(X, train), ratings[train])
    return predict_fold(model, _safe_indexing(X, test), ratings[test], start)


def predict_fold(model, X, ratings, start):
    """Return labels, probabilities (or None), their classes, seconds, and scores of answers."""
    predicted = model.predict(X)
    proba = model.predict_proba(X) if hasattr(model, "predict_proba") else None
    check_comparable(ratings, model.classes_, predicted=predicted, proba=proba)
    seconds = time.perf_counter() - start
    return predicted, proba, model.classes_, seconds, score_answers(model, X, ratings)


def tabulate_fit(place, ratings, predicted, proba, classes, seconds, of_annotators):
    """Return the predictions of one fit as a table; see `Evaluation`."""
    # A model may know the label 0 as 0.0; its columns are named as the ratings have it.
    own = {label: label for label in ratings.labels.tolist()}
    classes = [own.get(label, label) for label in classes]
    table = pd.DataFrame(place)
    table["prediction"], table["seconds"] = predicted, seconds
    if proba is not None:
        table[[f"p_{label}" for label in classes]] = proba
    return table.assign(**of_annotators)


def join_fits(tables, about):
    """Return all predictions in one table, with the attributes of the samples."""
    predictions = pd.concat(tables, ignore_index=True)
    # A class that occurs only in other folds has probability 0 here. A model without probabilities
    # keeps NaN for all classes.
    columns = [name for name in predictions if name.startswith("p_")]
    some = predictions[columns].notna().any(axis=1)
    predictions.loc[some, columns] = predictions.loc[some, columns].fillna(0.0)
    samples = predictions["sample"].to_numpy()
    for place, (name, values) in enumerate(about.items(), start=4):
        predictions.insert(place, name, None if values is None else values[samples])
    return predictions
