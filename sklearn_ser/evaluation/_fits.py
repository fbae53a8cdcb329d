"""Fit estimators and test them in parallel, with results that a folder keeps."""

import functools
import time
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from tqdm.auto import tqdm

from sklearn_ser.evaluation._annotators import score_answers
from sklearn_ser.evaluation._arguments import check_comparable
from sklearn_ser.evaluation._details import inspect_fitted, name_inspection
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._cache import compute_cached, fingerprint
from sklearn_ser.utils._messages import naming
from sklearn_ser.utils._parallel import iterate_parallel
from sklearn_ser.utils._random import clone_with_seed

# All samples of a container.
ALL = slice(None)


class Samples:
    """The features and ratings of all samples of a corpus.

    Parameters
    ----------
    X : container of length n_samples
    ratings : Ratings of length n_samples
    """

    def __init__(self, X: Any, ratings: Ratings) -> None:
        self.X = X
        self.ratings = ratings

    @functools.cached_property
    def id(self) -> str:
        """Hash of everything that a fit reads."""
        return joblib.hash((self.X, np.asarray(self.ratings)))


class HeldOut(NamedTuple):
    """Samples to predict.

    Parameters
    ----------
    place : str
        Where an error arises, such as ``"in estimator 'a', fold 3"``.
    samples : Samples
    rows : slice or ndarray of int
    """

    place: str
    samples: Samples
    rows: Any


class Fit(NamedTuple):
    """An estimator to train once, and the samples that it then predicts.

    Parameters
    ----------
    model : classifier
        A clone, which is fitted in place.
    samples : Samples
    rows : slice or ndarray of int
        The samples to train on.
    tests : list of HeldOut
    """

    model: BaseEstimator
    samples: Samples
    rows: Any
    tests: list[HeldOut]

    def name_result(self, test):
        """Return all that the result of a test depends on, as the key of a cache."""
        ids = self.samples.id
        if test.samples is not self.samples:
            ids = (ids, test.samples.id)
        rows = joblib.hash((self.rows, test.rows))
        return ("fold with annotators", ids, fingerprint(self.model), rows)


def plan_folds(parts, samples, splits, seeds, corpus=""):
    """Return the fits of a cross-validation.

    Parameters
    ----------
    parts : dict of str to (key, estimator)
        As returned by `share_stateless`.
    samples : dict of key to Samples
    splits : list of (train, test)
    seeds : list of int
    corpus : str, default=""
        Added to notes on errors, such as ``", corpus 'a'"``.

    Returns
    -------
    fits : list of Fit
        Each has one test.
    places : list of dict
        The first columns of the predictions of each, for `tabulate`.
    """
    fits, places = [], []
    for seed in seeds:
        for fold, (train, test) in enumerate(splits):
            for name, (key, rest) in parts.items():
                place = f"in estimator {name!r}, seed {seed}{corpus}, fold {fold}"
                tests = [HeldOut(place, samples[key], test)]
                fits.append(Fit(clone_with_seed(rest, seed), samples[key], train, tests))
                places.append({"estimator": name, "seed": seed, "fold": fold, "sample": test})
    return fits, places


def run_fits(fits, cache, *, n_jobs, verbose, inspect=None):
    """Train and test all estimators, and yield the results in order.

    Parameters
    ----------
    fits : list of Fit
    cache : as returned by `open_cache`
        A fit whose tests are all cached is not trained.
    n_jobs : int or None
    verbose : bool
        Show a progress bar.
    inspect : callable, default=None
        See `cross_evaluate`.

    Yields
    ------
    list of (tuple, dict of str to DataFrame)
        For each test of the next fit, the predictions as `tabulate` takes them, and the tables of
        `inspect`.
    """
    more = () if cache is None or inspect is None else (name_inspection(inspect),)
    tasks = []
    for fit in fits:
        tests, containers = [], []
        for test in fit.tests:
            name = None if cache is None else fit.name_result(test) + more
            tests.append((test.place, name, test.rows, test.samples is fit.samples))
            containers += [test.samples.X, test.samples.ratings]
        trained = (fit.model, fit.samples.X, fit.samples.ratings, fit.rows)
        # One by one, so that a cluster sends each container to a worker once.
        tasks.append((cache, inspect, *trained, tests, *containers))
    with tqdm(total=len(tasks), unit="fit", disable=not verbose) as bar:
        for results in iterate_parallel(_fit_and_test, tasks, n_jobs):
            yield results
            bar.update()


def _fit_and_test(cache, inspect, model, X, ratings, rows, tests, *containers):
    fit = functools.cache(functools.partial(_fit, model, X, ratings, rows))
    results = []
    parts = zip(tests, containers[::2], containers[1::2], strict=True)
    for (place, name, tested, same_raters), X_test, ratings_test in parts:
        work = functools.partial(_predict, fit, inspect, X_test, ratings_test, tested, same_raters)
        with naming(place):
            found = compute_cached(cache, name, work)
        results.append((found, {}) if inspect is None else found)
    return results


def _fit(model, X, ratings, rows):
    """Train a model, and return it with the duration in seconds."""
    start = time.perf_counter()
    model.fit(_safe_indexing(X, rows), ratings[rows])
    return model, time.perf_counter() - start


def _predict(fit, inspect, X, ratings, rows, same_raters):
    """Return predictions as `tabulate` takes them; with `inspect`, its tables as well."""
    model, seconds = fit()
    tested = _safe_indexing(X, rows), ratings[rows]
    found = predict_samples(model, *tested, same_raters=same_raters, seconds=seconds)
    return found if inspect is None else (found, inspect_fitted(inspect, model))


def predict_samples(model, X, ratings, *, same_raters=True, seconds=0.0):
    """Return predictions as `tabulate` takes them.

    Parameters
    ----------
    model : fitted classifier
    X : container of length n_samples
    ratings : Ratings of length n_samples
    same_raters : bool, default=True
        Whether raters who have the same name as in training are the same people.
    seconds : float, default=0.0
        Time spent before, which is added.

    Returns
    -------
    predicted, proba, classes, seconds, answers
        Labels, probabilities (or None), their classes, the time spent, and scores of answers.
    """
    start = time.perf_counter()
    predicted = model.predict(X)
    proba = model.predict_proba(X) if hasattr(model, "predict_proba") else None
    check_comparable(ratings, model.classes_, predicted=predicted, proba=proba)
    seconds += time.perf_counter() - start
    answers = score_answers(model, X, ratings) if same_raters else {}
    return predicted, proba, model.classes_, seconds, answers


def tabulate(place, ratings, predicted, proba, classes, seconds, answers):
    """Return the predictions of a test, one row per sample.

    Parameters
    ----------
    place : dict
        The first columns.
    ratings : Ratings
    predicted, proba, classes, seconds, answers
        See `predict_samples`.

    Returns
    -------
    DataFrame
    """
    # A model may know the label 0 as 0.0; its columns are named as the ratings have it.
    own = {label: label for label in ratings.labels.tolist()}
    classes = [own.get(label, label) for label in classes]
    table = pd.DataFrame(place)
    table["prediction"], table["seconds"] = predicted, seconds
    if proba is not None:
        table[[f"p_{label}" for label in classes]] = proba
    return table.assign(**answers)


def join_tables(tables, about):
    """Return all predictions in one table, with the attributes of the samples.

    Parameters
    ----------
    tables : list of DataFrame
        As `tabulate` returns them.
    about : dict of str to (ndarray of shape (n_samples,), or None)

    Returns
    -------
    DataFrame
        See `Evaluation`.
    """
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
