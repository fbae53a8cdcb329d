"""The command ``evaluate --model``: a saved model on data that it was not trained on."""

import sys
import time

import numpy as np
from sklearn.dummy import DummyClassifier

from sklearn_ser._cli._about import TRIAL, describe_run, list_notices
from sklearn_ser._cli._corpora import find_corpus_root, load_corpus
from sklearn_ser._cli._models import (
    count_training_labels,
    get_report_folder,
    load_model,
    read_about,
    read_training_table,
)
from sklearn_ser._cli._readable import leave_out_unreadable
from sklearn_ser._cli._speakers import check_groups
from sklearn_ser.evaluation import evaluate_fitted
from sklearn_ser.evaluation._arguments import get_title
from sklearn_ser.evaluation._overlap import (
    describe_same_files,
    find_same_files,
    find_same_speakers,
)
from sklearn_ser.evaluation._places import digest_files
from sklearn_ser.evaluation._report import write_introduction, write_report
from sklearn_ser.evaluation._results import Results
from sklearn_ser.evaluation._sentence import describe_result
from sklearn_ser.utils._messages import join_names

MAJORITY = "majority class of {}"


def run_model(options):
    """Test a saved model; write and print the results."""
    start = time.perf_counter()
    model = load_model(options.model, options.encoder, options.allow)
    corpus = load_corpus(options, classes=model.classes_.tolist())
    check_groups(corpus, options.groups)
    cache, root = options.out / "cache", find_corpus_root(options)
    name = options.model.stem
    corpus, notices = leave_out_unreadable(corpus, options, memory=cache, root=root)
    is_trial = read_about(options.model).get(TRIAL) == "yes"
    notices = [*list_notices(is_trial), *notices]
    other = _describe_other_labels(corpus.ratings, model.classes_)
    if other:
        print(f"warning: {other}", file=sys.stderr)
        notices = [*notices, other]
    options.out.mkdir(parents=True, exist_ok=True)
    training = read_training_table(options.model)
    if training is None:
        print(
            f"{get_report_folder(options.model)} is missing: it is not known whom the model was "
            "trained on",
            file=sys.stderr,
        )
        speakers, files = [], []
    else:
        speakers = training["speaker"].unique().tolist() if "speaker" in training else []
        files = _list_files(training, corpus.data)
        _warn(corpus, speakers, files)
    heading = f"Test of {options.model.name} on {get_title(corpus)}"
    introduction = write_introduction(heading, {}, notices)
    print(introduction, end="", flush=True)
    baseline, guess = _make_majority(options.model, model.classes_, corpus.target)
    found = evaluate_fitted(
        {name: model, baseline: guess},
        corpus,
        groups=options.groups or "speaker",
        training_speakers=speakers,
        training_files=files,
        n_jobs=options.n_jobs,
        memory=cache,
        verbose=True,
    )
    results = Results(
        heading=heading,
        evaluations={"new data": found},
        seconds=time.perf_counter() - start,
        baseline=baseline,
        notices=notices,
        sentence=describe_result(found, name, is_new=True),
        about=describe_run(options, options.corpus, model=options.model.name),
        root=root,
    )
    print(write_report(options.out, results).removeprefix(introduction), end="")
    print(f"page: {options.out / 'report.html'}")


def _describe_other_labels(ratings, classes):
    """Say which answers are of labels that a model does not know; "" if there are none."""
    others = [label for label in ratings.labels.tolist() if label not in set(classes.tolist())]
    counts = ratings.counts(others).sum(axis=0).astype(int).tolist() if others else []
    given = {label: n for label, n in zip(others, counts, strict=True) if n}
    if not given:
        return ""
    n_unscored = sum(label in given for label in ratings.consensus())
    said = join_names(f"{label} ({n})" for label, n in given.items())
    return (
        f"{sum(given.values())} of {len(ratings.values)} answers are of labels that the model "
        f"does not know: {said}. They count as disagreement, and {n_unscored} of {len(ratings)} "
        "recordings whose consensus is such a label are not scored; --labels SPELLING=LABEL says "
        "what a label means"
    )


def _list_files(training, data):
    """Return the recordings of the training data; the same recordings by the paths in the data."""
    if "file" not in training:
        return []
    files = training["file"].tolist()
    if "digest" not in training or "file" not in data:
        return files
    own = dict(zip(digest_files(data["file"]), data["file"], strict=True))
    return [
        own.get(digest, file) if isinstance(digest, str) else file
        for file, digest in zip(files, training["digest"], strict=True)
    ]


def _make_majority(path, classes, target):
    """Return the name and the model that always says the most frequent label.

    The one of the training data, or of the new data where that is not known.
    """
    counts = count_training_labels(path)
    labels = [label for label in classes.tolist() if counts.get(str(label), 0) > 0]
    if labels:
        # Weights, since whoever wrote the file may have written any number.
        weights = [counts[str(label)] for label in labels]
        return MAJORITY.format("the training data"), _fit_dummy(labels, weights)
    labels = [label for label in target if label in set(classes.tolist())]
    return MAJORITY.format("these recordings"), _fit_dummy(labels or classes.tolist())


def _fit_dummy(labels, weights=None):
    return DummyClassifier().fit(np.zeros((len(labels), 1)), labels, sample_weight=weights)


def _warn(corpus, speakers, files):
    """Say on stderr what of a corpus the model has learned from."""
    both = find_same_speakers(corpus.data.get("speaker", ()), speakers)
    if both:
        print(
            "warning: speakers of the same names are in the training data, so that scores may be "
            f"too good: {join_names(both)}",
            file=sys.stderr,
        )
    own = corpus.data.get("file", ())
    again = find_same_files(own, files)
    if again:
        print(f"warning: {describe_same_files(again, own)}", file=sys.stderr)
