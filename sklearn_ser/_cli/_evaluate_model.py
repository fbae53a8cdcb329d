"""The command ``evaluate --model``: a saved model on data that it was not trained on."""

import sys
import time

from sklearn_ser._cli._models import get_report_folder, read_training_table
from sklearn_ser._cli._speakers import check_groups
from sklearn_ser.evaluation import evaluate_fitted
from sklearn_ser.evaluation._overlap import find_same_files, find_same_speakers
from sklearn_ser.evaluation._report import write_introduction, write_report
from sklearn_ser.evaluation._results import Results
from sklearn_ser.io import load
from sklearn_ser.utils._messages import join_names


def run_model(options, load_corpus):
    """Test a saved model; write and print the results.

    Parameters
    ----------
    options : argparse.Namespace
    load_corpus : callable
        Takes ``classes``.
    """
    start = time.perf_counter()
    model = load(options.model, allow=options.allow)
    corpus = load_corpus(classes=model.classes_.tolist())
    check_groups(corpus, options.groups)
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
        files = training["file"].tolist() if "file" in training else []
        _warn(corpus, speakers, files)
    heading = f"{options.model.name} on new data\n"
    introduction = write_introduction(heading, {})
    print(introduction, end="", flush=True)
    found = evaluate_fitted(
        model,
        corpus,
        name=options.model.stem,
        groups=options.groups or "speaker",
        training_speakers=speakers,
        training_files=files,
        n_jobs=options.n_jobs,
        memory=options.out / "cache",
        verbose=True,
    )
    seconds = time.perf_counter() - start
    results = Results(heading=heading, evaluations={"new data": found}, seconds=seconds)
    print(write_report(options.out, results).removeprefix(introduction), end="")
    print(f"page: {options.out / 'report.html'}")


def _warn(corpus, speakers, files):
    """Say on stderr what of a corpus the model has learned from."""
    both = find_same_speakers(corpus.data.get("speaker", ()), speakers)
    if both:
        print(
            "warning: speakers of the same names are in the training data, so that scores may be "
            f"too good: {join_names(both)}",
            file=sys.stderr,
        )
    again = find_same_files(corpus.data.get("file", ()), files)
    if again:
        print(
            f"warning: {len(again)} of {len(corpus.data)} recordings have the names of recordings "
            f"that the model was trained on: {join_names(again, most=3)}",
            file=sys.stderr,
        )
