"""Predict any number of recordings, in batches, and lay the predictions out as a table."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd
from scipy.special import entr
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, check_is_fitted
from tqdm.auto import tqdm

from sklearn_ser.classifiers._annotators_mixin import find_annotators
from sklearn_ser.classifiers._missing_frames import has_frames
from sklearn_ser.evaluation._arguments import get_column
from sklearn_ser.evaluation._batches import check_speakers_are_known, make_batches
from sklearn_ser.evaluation._places import locate_rows
from sklearn_ser.evaluation._remarks import choose_remarks, name_samples, warn_of_remarks
from sklearn_ser.evaluation._stateless_steps import apply_stateless, split_off_stateless
from sklearn_ser.features._errors import ExtractionError, Failure, describe_failures
from sklearn_ser.features._remarks import observe_remarks
from sklearn_ser.speech._recordings import as_table
from sklearn_ser.utils._cache import compute_cached, open_cache
from sklearn_ser.utils._kinds import list_names
from sklearn_ser.utils._pipelines import require_inner
from sklearn_ser.utils._typing import Memory

NO_FRAMES = "has no frames"


def tabulate_predictions(
    model: BaseEstimator,
    X: Any,
    *,
    annotators: Literal["all"] | Iterable[Any] | None = None,
    batch_size: int = 256,
    errors: Literal["raise", "skip"] = "raise",
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> pd.DataFrame:
    """Predict any number of recordings, and return the predictions as a table.

    Recordings are read and predicted in batches, so that the memory does not grow with their
    number, except for the table. Where the model scales features by speaker, all samples of a
    speaker are in one batch. The size of batches makes no difference to predictions.

    Parameters
    ----------
    model : fitted classifier
    X : DataFrame of recordings, list of paths, or any container that the model accepts
        Of length n_samples.
    annotators : "all", sequence of annotators or None, default=None
        Whose answers to predict, too, if the model has ``predict_annotators``.
    batch_size : int, default=256
        Number of samples per batch.
    errors : {"raise", "skip"}, default="raise"
        "raise": all recordings are tried, and if any of them fail, one error lists them. "skip":
        the rows of these recordings have no prediction, and a column ``error`` says why.
    n_jobs : int or None, default=None
        For feature extractors whose own ``n_jobs`` is None.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the predictions of finished batches, so that a run that was killed
        resumes. A batch is known by the model, and by the paths, sizes and times of the files.
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    DataFrame
        One row per sample, in the order of X: ``file``, ``start``, ``end``, ``channel`` and
        ``speaker`` as far as X has them; ``prediction``; if the model has ``predict_proba``,
        ``p_`` and the label for each class, and ``entropy`` of these probabilities in nat, from 0
        (sure) to the logarithm of the number of classes; the annotator, ``_p_`` and the label for
        each annotator asked for; ``remark``, if any recording is silent or shorter than 0.1 s, so
        that its prediction means nothing (None for others; transformers of this package notice it
        as they read). If `errors` is "skip", ``error`` (None
        where there is none).

    Raises
    ------
    ExtractionError
        If recordings fail; if `errors` is "skip", only if all fail.
    TypeError
        If annotators are asked for, and the model does not predict them.
    ValueError
        If `batch_size` or `errors` is invalid, X is empty, annotators are unknown, or the model
        scales features of whole recordings by speaker, and speakers are unknown.

    Warns
    -----
    UserWarning
        If recordings are skipped, silent or shorter than 0.1 s, or the model scales by speaker,
        and speakers are unknown or have a single recording.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import load_emodb_sample
    >>> from sklearn_ser.evaluation import tabulate_predictions
    >>> from sklearn_ser.features import OpenSmileFunctionals, SequenceStatistics
    >>> corpus = load_emodb_sample()
    >>> some = corpus.data[["file", "speaker"]].iloc[:12]
    >>> linear = ConsensusClassifier(LogisticRegression(C=1e-4))
    >>> model = make_pipeline(OpenSmileFunctionals("eGeMAPSv02"), SequenceStatistics(), linear)
    >>> model = model.fit(some, corpus.ratings[:12])
    >>> tabulate_predictions(model, some).columns.tolist()[:4]
    ['file', 'speaker', 'prediction', 'p_anger']
    """
    if errors not in ("raise", "skip"):
        raise ValueError(f"errors must be 'raise' or 'skip', got {errors!r}.")
    if not isinstance(batch_size, Integral) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"batch_size must be an integer of at least 1, got {batch_size!r}.")
    check_is_fitted(model)
    table = as_table(X)
    X = X if table is None else table
    if _num_samples(X) == 0:
        raise ValueError("at least one sample is needed, got none.")
    front, rest = split_off_stateless(model)
    if annotators is not None:
        annotators = _choose_annotators(rest, annotators)
    speakers = get_column(X, "speaker", required=False)
    by_speaker = check_speakers_are_known(rest, speakers, _num_samples(X), front)
    batches = make_batches(_num_samples(X), batch_size, speakers if by_speaker else None)
    cache = open_cache(memory)
    known_as = None if cache is None else _fingerprint(model, annotators)
    parts, failures = [], []
    with tqdm(total=_num_samples(X), unit="clip", disable=not verbose) as bar:
        for rows in batches:
            batch = _safe_indexing(X, rows)
            key = () if cache is None else ("predictions", known_as, *_identify(batch))

            def work(batch=batch):
                return _predict_batch(front, rest, batch, annotators, n_jobs)

            found, failed = compute_cached(cache, key, work)
            parts.append(found.set_axis(rows[found.index], axis=0))
            failures += [failure._replace(sample=int(rows[failure.sample])) for failure in failed]
            bar.update(len(rows))
    failures.sort()
    if failures:
        _report(failures, X, errors)
    predicted = pd.concat(parts).reindex(range(_num_samples(X)))
    remarks = predicted.pop("remark")
    if remarks.notna().any():
        predicted["remark"] = remarks.astype(object).where(remarks.notna(), None)
    if errors == "skip":
        reasons = {failure.sample: failure.reason for failure in failures}
        predicted["error"] = pd.Series(reasons, dtype=object).reindex(
            predicted.index, fill_value=None
        )
    table = pd.concat([_locate(X), predicted], axis=1)
    if "remark" in table:
        warn_of_remarks(table, name_samples(X))
    return table


def _choose_annotators(model, annotators):
    _, inner = require_inner(model, "predict_annotators")
    names = list(inner.annotators_)
    if isinstance(annotators, str) and annotators == "all":
        return names
    named = {str(name): name for name in names}
    # What is typed on a command line is text, whatever the names are.
    wanted = [name if name in names else named.get(name, name) for name in list_names(annotators)]
    find_annotators(names, wanted)
    return wanted


def _fingerprint(model, annotators):
    # Not joblib's hash, which fails on masked arrays, such as those of a search.
    return hashlib.blake2b(pickle.dumps((model, annotators))).hexdigest()


def _identify(batch):
    """Return what a batch is known by: what it has, and the sizes and times of files."""
    status = []
    files = batch["file"] if isinstance(batch, pd.DataFrame) and "file" in batch else batch
    for file in files if isinstance(files, (pd.Series, list, np.ndarray)) else ():
        with contextlib.suppress(OSError, ValueError, TypeError):
            found = os.stat(os.path.expanduser(file))
            status.append((os.path.abspath(file), found.st_size, found.st_mtime_ns))
    return joblib.hash(batch), status


def _predict_batch(front, rest, batch, annotators, n_jobs):
    """Return predictions, indexed by their place in the batch, and failures."""
    places, failures, remarks = np.arange(_num_samples(batch)), [], {}
    if front is not None:
        with observe_remarks() as remarks:
            batch, places, failures = _extract(front, batch, n_jobs)
    while len(places):
        try:
            with warnings.catch_warnings(), observe_remarks() as inside:
                # Told before, of all samples.
                warnings.filterwarnings("ignore", ".* samples have no speaker and", UserWarning)
                found = _predict(rest, batch, annotators).set_axis(places, axis=0)
            remarks |= {int(places[row]): said for row, said in inside.items()}
            return found.assign(remark=choose_remarks(remarks, places)), failures
        except ExtractionError as error:
            # A model that reads recordings further inside.
            failures += [_place(places, failure) for failure in _list_failures(error)]
            good = np.setdiff1d(np.arange(len(places)), error.failures["sample"])
            batch, places = _safe_indexing(batch, good), places[good]
    return pd.DataFrame(), failures


def _extract(front, batch, n_jobs):
    """Return the features of recordings that can be read, their places, and failures."""
    _set_errors(front, "skip")
    places = np.arange(_num_samples(batch))
    try:
        with warnings.catch_warnings():
            # All failures are told at the end.
            warnings.filterwarnings("ignore", "(?s).*They have no frames", UserWarning)
            features = apply_stateless(front, batch, n_jobs, verbose=False)
    except ExtractionError as error:  # all of them fail
        return None, places[:0], _list_failures(error)
    present = has_frames(features)
    if present.all():
        return features, places, []
    bad = places[~present]
    failures = [Failure(int(place), None, NO_FRAMES) for place in bad]
    _set_errors(front, "raise")
    try:
        apply_stateless(front, _safe_indexing(batch, bad), n_jobs, verbose=False)
    except ExtractionError as error:
        failures = [_place(bad, failure) for failure in _list_failures(error)]
    return _safe_indexing(features, places[present]), places[present], failures


def _set_errors(front, errors):
    for step in front.named_steps.values():
        if "errors" in step.get_params(deep=False):
            step.set_params(errors=errors)


def _list_failures(error):
    return [Failure(*row) for row in error.failures.itertuples(index=False)]


def _place(places, failure):
    return failure._replace(sample=int(places[failure.sample]))


def _predict(model, X, annotators):
    columns = {"prediction": model.predict(X)}
    if hasattr(model, "predict_proba"):
        proba = np.asarray(model.predict_proba(X), dtype=float)
        labels = list(model.classes_)
        columns |= {f"p_{label}": proba[:, k] for k, label in enumerate(labels)}
        columns["entropy"] = entr(proba).sum(axis=1)
    if annotators is not None:
        steps, inner = require_inner(model, "predict_annotators")
        for step in steps:
            X = step.transform(X)
        answers = inner.predict_annotators(X, annotators)
        for a, annotator in enumerate(annotators):
            for k, label in enumerate(inner.classes_):
                columns[f"{annotator}_p_{label}"] = answers[:, a, k]
    return pd.DataFrame(columns)


def _report(failures, X, errors):
    text = describe_failures(failures, _num_samples(X), name_samples(X))
    if errors == "raise" or len(failures) == _num_samples(X):
        raise ExtractionError(text, failures)
    has = "It has" if len(failures) == 1 else "They have"
    warnings.warn(f"{text}\n{has} no prediction.", UserWarning, stacklevel=3)


def _locate(X):
    """Return what is known of where each sample is."""
    if isinstance(X, pd.DataFrame):
        return locate_rows(X)
    if isinstance(X, list) and all(isinstance(item, (str, os.PathLike)) for item in X):
        return pd.DataFrame({"file": list(map(os.fspath, X))})
    return pd.DataFrame(index=range(_num_samples(X)))
