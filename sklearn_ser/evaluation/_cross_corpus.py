"""Train on one corpus and test on another, for every pair."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from sklearn_ser.evaluation._arguments import check_estimators, check_seeds, describe_cv
from sklearn_ser.evaluation._attributes import UNKNOWN, get_attributes
from sklearn_ser.evaluation._corpora import (
    check_recordings,
    choose_classes,
    list_pairs,
    read_corpora,
    rename_speakers,
    split_by_speaker,
)
from sklearn_ser.evaluation._cross_corpus_evaluation import CrossCorpusEvaluation
from sklearn_ser.evaluation._evaluation import Evaluation
from sklearn_ser.evaluation._fits import (
    ALL,
    Fit,
    HeldOut,
    Samples,
    join_tables,
    plan_folds,
    run_fits,
    tabulate,
)
from sklearn_ser.evaluation._label_mapping import find_present, map_labels, set_target_classes
from sklearn_ser.evaluation._stateless_steps import share_stateless
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._cache import open_cache
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._random import clone_with_seed
from sklearn_ser.utils._typing import Memory, Splitter


def cross_corpus_evaluate(
    estimators: Mapping[str, BaseEstimator] | BaseEstimator,
    corpora: Mapping[str, Bunch],
    *,
    labels: Mapping[Any, Any] | None = None,
    train: str | Iterable[str] | None = None,
    test: str | Iterable[str] | None = None,
    within: int | Splitter | Literal["speaker"] | None = None,
    seeds: Iterable[int] = (0,),
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> CrossCorpusEvaluation:
    """Train estimators on one corpus and test them on another, for every pair of corpora.

    The classes of a pair are the target classes that some sample of both corpora has as its
    consensus, after `labels`. Samples with another consensus are neither trained on nor scored, as
    in `cross_evaluate`. An estimator is trained once for all corpora to test on with which it
    shares the same classes.

    Speakers and raters belong to their corpus: those of two corpora who have the same name, such
    as "01", are taken for different people. If the corpora are parts of one corpus, with the same
    people in both, use `cross_evaluate` with `cv`.

    Parameters
    ----------
    estimators : dict of str to classifier, or a classifier
        See `cross_evaluate`. Steps at the start of a pipeline that learn nothing are computed once
        per corpus.
    corpora : dict of str to Bunch
        Names and corpora, as returned by the loaders of `sklearn_ser.datasets`; see
        `cross_evaluate`.
    labels : dict, default=None
        New names of labels, for all corpora, ``{"happy": "happiness"}``, or for each,
        ``{"emodb": {"happy": "happiness"}}``; all other labels stay. Labels that get the same name
        are merged, see `Ratings.rename`. None as the new name drops a class: it is no target class
        any more, but its votes still count in the consensus.
    train, test : str or iterable of str, default=None
        Names of the corpora to train on, and to test on; None means all.
    within : "speaker", int or splitter, default=None
        How to cross-validate within each corpus, by speaker, for the diagonal of the table:
        "speaker" holds out one speaker at a time, an integer is the number of folds of whole
        speakers, and a splitter gets the speakers as groups. None leaves out the diagonal. Its
        classes are all target classes of the corpus.
    seeds : sequence of int, default=(0,)
        Every estimator is trained once per seed.
    n_jobs : int or None, default=None
        Number of fits to run in parallel; see `cross_evaluate`.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the predictions of every finished fit; see `cross_evaluate`. A run with
        more corpora, seeds or estimators only fits what is new.
    verbose : bool, default=False
        Show a progress bar with an estimate of the remaining time.

    Returns
    -------
    CrossCorpusEvaluation
        ``summary()`` and ``scores`` are tables of all pairs, ``found["a", "b"]`` is the
        `Evaluation` of what was trained on "a" and tested on "b", and ``labels`` tells what became
        of every label.

    Raises
    ------
    TypeError
        If corpora are no dict of names and corpora, or `labels` no dict; see also
        `cross_evaluate`.
    ValueError
        If `train`, `test` or `labels` name what is not there; if corpora to train and test on
        share fewer than two classes, have recordings in common, or have classes of different kinds
        or spelled in different ways; if `within` is unknown or speakers of a corpus to
        cross-validate are; also any error of an estimator. A note says where the error arose.

    Warns
    -----
    UserWarning
        If most recordings of a corpus have the same name as recordings of another one, by a
        speaker of the same name: they may be copies.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.utils import Bunch
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.evaluation import cross_corpus_evaluate
    >>> rng = np.random.default_rng(0)
    >>> sad = np.arange(60) % 2 == 0
    >>> X = rng.normal(size=(60, 2)) + 3 * sad[:, None]
    >>> here = Bunch(data=X, ratings=np.where(sad, "sad", "angry"))
    >>> there = Bunch(data=X + 1, ratings=np.where(sad, "sad", "mad"))
    >>> corpora = {"here": here, "there": there}
    >>> model = ConsensusClassifier(LogisticRegression())
    >>> found = cross_corpus_evaluate(model, corpora, labels={"mad": "angry"})
    >>> found.summary()["n"].tolist(), found["here", "there"].ratings.classes.tolist()
    ([60, 60], ['angry', 'sad'])
    """
    estimators = check_estimators(estimators)
    seeds = check_seeds(seeds)
    sources = read_corpora(corpora)
    pairs = list_pairs(list(sources), train, test, within is not None)
    ratings, table = map_labels({name: s.ratings for name, s in sources.items()}, labels)
    present = {name: find_present(own) for name, own in ratings.items()}
    classes = choose_classes(pairs, ratings, present)
    check_recordings(pairs, sources)
    splits = {
        name: split_by_speaker(name, sources[name], ratings[name], within)
        for name, other in pairs
        if name == other
    }
    prepared = {
        name: share_stateless(
            estimators, sources[name].data, n_jobs, verbose, f", corpus {name!r}"
        )
        for name in dict.fromkeys(name for pair in pairs for name in pair)
    }
    inputs = {name: found for name, (found, _) in prepared.items()}
    parts = next(iter(prepared.values()))[1]

    @functools.cache
    def get_samples(name, key, kept, heard):
        X = rename_speakers(inputs[name][key], heard, name)
        return Samples(X, set_target_classes(ratings[name], kept))

    fits, owners = _plan_pairs(parts, sources, classes, seeds, get_samples)
    for name, folds in splits.items():
        samples = {key: Samples(X, ratings[name]) for key, X in inputs[name].items()}
        more, places = plan_folds(parts, samples, folds, seeds, f", corpus {name!r}")
        fits += more
        owners += [[((name, name), place)] for place in places]
    results = run_fits(fits, open_cache(memory), n_jobs=n_jobs, verbose=verbose)
    tables: dict[tuple[str, str], list[pd.DataFrame]] = {pair: [] for pair in pairs}
    for own, found in zip(owners, results, strict=True):
        for (pair, place), (predicted, _) in zip(own, found, strict=True):
            tables[pair].append(tabulate(place, ratings[pair[1]], *predicted))
    said = f"seeds {', '.join(map(str, seeds))}"
    evaluations = {}
    for pair in pairs:
        a, b = (f"{name} ({sources[name].title}: {len(ratings[name])} samples)" for name in pair)
        about = f"trained on {a}, tested on {b}"
        own = ratings[pair[1]]
        if pair[0] == pair[1]:
            cv = describe_cv(None if isinstance(within, str) else within)
            about = f"{a} in {len(splits[pair[0]])} folds ({cv}), no speaker on both sides"
        else:
            own = set_target_classes(own, classes[pair])
        evaluations[pair] = _evaluate(tables[pair], sources[pair[1]], own, f"{about}; {said}")
    return CrossCorpusEvaluation(
        evaluations, table, description=f"{_describe(sources, ratings)}; {said}"
    )


def _plan_pairs(parts, sources, classes, seeds, get_samples):
    """Return the fits on whole corpora, and for each test of each, the pair and first columns."""
    tests = {}
    for (source, other), kept in classes.items():
        if source != other:
            heard = frozenset(sources[source].persons & sources[other].persons)
            tests.setdefault((source, kept), []).append((other, heard))
    fits, owners = [], []
    for seed in seeds:
        for (source, kept), others in tests.items():
            for name, (key, rest) in parts.items():
                place = f"in estimator {name!r}, seed {seed}, trained on {source!r}, tested on"
                to_test, own = [], []
                for other, heard in others:
                    samples = get_samples(other, key, kept, heard)
                    to_test.append(HeldOut(f"{place} {other!r}", samples, ALL))
                    columns = {"estimator": name, "seed": seed, "fold": 0}
                    columns["sample"] = np.arange(len(sources[other].ratings))
                    own.append(((source, other), columns))
                samples = get_samples(source, key, kept, frozenset())
                fits.append(Fit(clone_with_seed(rest, seed), samples, ALL, to_test))
                owners.append(own)
    return fits, owners


def _evaluate(tables, source, ratings, description):
    """Return the evaluation of one pair, by the predictions for the corpus that was tested."""
    groups = get_persons(source.speakers)
    if groups is None:
        groups = np.full(len(ratings), None)
    about = {
        "group": np.where(pd.isna(groups), UNKNOWN, groups),
        "speaker": source.speakers,
        "consensus": ratings.consensus(),
    }
    return Evaluation(
        join_tables(tables, about),
        ratings,
        shared_speakers=False,
        description=description,
        attributes=get_attributes(source.data),
    )


def _describe(sources, ratings):
    """Describe all corpora, and say which of them have speakers with the same names."""
    each = [f"{name} ({s.title}: {len(ratings[name])} samples)" for name, s in sources.items()]
    common = {
        f"{a} and {b}": len(sources[a].persons & sources[b].persons)
        for a, b in combinations(sources, 2)
    }
    same = [f"{pair} ({n})" for pair, n in common.items() if n]
    remark = (
        f". Speakers with the same name in {join_names(same)} are taken for different people"
        if same
        else ""
    )
    return f"{join_names(each)}{remark}"
