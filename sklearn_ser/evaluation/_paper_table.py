"""Score all rows of a table by the published procedure of Mao et al. (2020)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch
from tqdm.auto import tqdm

from sklearn_ser.classifiers import ProfileRefineryClassifier
from sklearn_ser.evaluation._arguments import (
    check_estimators,
    check_seeds,
    get_column,
    get_data,
    get_title,
)
from sklearn_ser.evaluation._attributes import get_attributes
from sklearn_ser.evaluation._evaluation import SHARED, Evaluation
from sklearn_ser.evaluation._paper_protocol import OPTIMISTIC, cross_validate_forest
from sklearn_ser.evaluation._stateless_steps import share_stateless
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._segments import check_segments
from sklearn_ser.utils._cache import fingerprint
from sklearn_ser.utils._messages import join_names, naming
from sklearn_ser.utils._random import clone_with_seed
from sklearn_ser.utils._saving import save_by_name
from sklearn_ser.utils._typing import Memory


@save_by_name
def evaluate_paper_protocol(
    estimators: Mapping[str, BaseEstimator] | BaseEstimator,
    corpus: Bunch,
    *,
    cv: int = 10,
    seeds: Iterable[int] = (0,),
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> Evaluation:
    """Score the rows of a table by the published procedure of Mao et al., which is optimistic.

    See `paper_protocol` for the procedure [1]_, and why it is optimistic. Rows that differ in
    nothing but ``n_stages`` are read off the same networks, and rows that share their first stages
    share them through `memory`.

    Parameters
    ----------
    estimators : dict of str to classifier, or a classifier
        Each is a `ProfileRefineryClassifier`, or a pipeline that ends in one, such as the rows of
        `sklearn_ser.recipes.mao2020`. Steps of a pipeline that learn something, such as
        `SequenceScaler`, are fitted once on all samples, before these are split: here, each band
        is scaled by its mean and variance over all frames of the corpus. The paper does not say
        what it scales by. In `cross_evaluate`, they are fitted on the training part of each fold.
    corpus : Bunch
        See `cross_evaluate`. Samples without frames or without a target are left out.
    cv : int, default=10
        Folds of both cross-validations.
    seeds : sequence of int, default=(0,)
        The whole procedure, folds included, is repeated for each seed.
    n_jobs : int or None, default=None
        Number of chains of networks to train in parallel, for estimators whose own ``n_jobs`` is
        None.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps trained networks, for estimators whose own ``memory`` is None. A run that
        was killed resumes from there.
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    Evaluation
        ``fold`` and ``group`` are the fold of the forest in which the sample was tested.
        ``seconds`` is NaN, since rows share their networks. ``shared_speakers`` is True, and the
        description says why the scores are optimistic.

    Raises
    ------
    TypeError
        If the last step of an estimator is not a `ProfileRefineryClassifier`, or the corpus has no
        data or ratings.
    ValueError
        See `paper_protocol`; also if the seeds are missing, or data and ratings differ in length.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import evaluate_paper_protocol
    >>> from sklearn_ser.recipes import mao2020
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=20, random_state=0)
    >>> recipe = mao2020(quick=True)
    >>> rows = {name: recipe[name] for name in ("VGG", "VGG*2")}
    >>> found = evaluate_paper_protocol(rows, corpus, cv=2)
    >>> found.shared_speakers, found.summary().index.tolist()
    (True, ['VGG', 'VGG*2'])
    """
    estimators = check_estimators(estimators)
    last = {name: _split_pipeline(estimator)[1] for name, estimator in estimators.items()}
    odd = [
        f"{name!r} ({type(step).__name__})"
        for name, step in last.items()
        if not isinstance(step, ProfileRefineryClassifier)
    ]
    if odd:
        raise TypeError(
            "every estimator must be a ProfileRefineryClassifier, or a pipeline that ends in one; "
            f"not for {join_names(odd)}."
        )
    data, ratings = get_data(corpus)
    seeds = check_seeds(seeds)
    check_samples(data, ratings)
    about = {
        "speaker": get_column(data, "speaker", required=False),
        "consensus": ratings.consensus(),
    }
    inputs, parts = share_stateless(estimators, data, n_jobs, verbose)
    chains, tables = _group_rows(parts), {}
    with tqdm(total=len(seeds) * len(chains), unit="chain", disable=not verbose) as bar:
        for seed in seeds:
            for names in chains:
                longest = max(names, key=lambda name: last[name].n_stages)
                key, rest = parts[longest]
                with naming(f"in estimator {longest!r}, seed {seed}"):
                    learning, refinery = _split_pipeline(clone_with_seed(rest, seed))
                    X = inputs[key]
                    if learning is not None:
                        X = learning.fit_transform(X, ratings)
                    _fill_params(refinery, n_jobs=n_jobs, memory=memory)
                    tested = cross_validate_forest(refinery, check_segments(X), ratings, cv, seed)
                for name in names:
                    stage = last[name].n_stages - 1
                    tables[name, seed] = _tabulate(name, seed, tested, stage, ratings, about)
                bar.update()
    order = [tables[name, seed] for seed in seeds for name in estimators]
    return Evaluation(
        pd.concat(order, ignore_index=True),
        ratings,
        shared_speakers=True,
        description=(
            f"{get_title(corpus)}: {len(ratings)} samples; {_describe_steps(parts)}profiles "
            f"by {cv} folds of utterances, the forest by {cv} others, {SHARED}; "
            f"seeds {', '.join(map(str, seeds))}. {OPTIMISTIC.removesuffix('.')}"
        ),
        attributes=get_attributes(data),
    )


def _split_pipeline(estimator):
    """Return the steps before the last one, or None, and the last one."""
    if isinstance(estimator, Pipeline):
        return (estimator[:-1] if len(estimator) > 1 else None), estimator[-1]
    return None, estimator


def _group_rows(parts):
    """Return lists of the names of rows that differ in nothing but the number of stages."""
    groups = {}
    for name, (key, rest) in parts.items():
        steps, refinery = _split_pipeline(rest)
        before = None if steps is None else fingerprint(steps)
        settings = fingerprint(clone(refinery).set_params(n_stages=1))
        groups.setdefault((key, before, settings), []).append(name)
    return list(groups.values())


def _describe_steps(parts):
    """Return which steps learn from all samples, such as "SequenceScaler fitted on ...; "."""
    learning = [_split_pipeline(rest)[0] for _, rest in parts.values()]
    names = {type(step).__name__: None for steps in learning if steps for _, step in steps.steps}
    return f"{join_names(names)} fitted on all samples before they are split; " if names else ""


def _fill_params(estimator, **settings):
    """Set some parameters of an estimator where they are None."""
    own = estimator.get_params(deep=False)
    estimator.set_params(**{name: v for name, v in settings.items() if own[name] is None})


def _tabulate(name, seed, tested, stage, ratings, about):
    """Return the predictions of one row, with the columns of an `Evaluation`."""
    samples = tested.samples
    table = pd.DataFrame({"estimator": name, "seed": seed, "fold": tested.folds})
    table["sample"], table["group"] = samples, tested.folds
    for column, values in about.items():
        table[column] = None if values is None else values[samples]
    table["prediction"], table["seconds"] = tested.predict(stage), np.nan
    # The forest may know the label 0 as 0.0; columns are named as the ratings have it.
    named = {label: label for label in ratings.labels.tolist()}
    columns = [f"p_{named.get(label, label)}" for label in tested.classes.tolist()]
    table[columns] = tested.proba[stage]
    return table
