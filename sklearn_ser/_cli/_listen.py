"""The command ``listen``: a page where people listen to recordings and correct their labels."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd

from sklearn_ser._cli._options import (
    UsageError,
    add_command,
    add_resources,
    add_table_options,
    check_positive,
    find_root,
    load_own,
)
from sklearn_ser._cli._outputs import check_outputs, check_pages
from sklearn_ser.evaluation import Evaluation
from sklearn_ser.evaluation._arguments import get_title
from sklearn_ser.evaluation._places import digest_files, shorten_path
from sklearn_ser.inspection import listening_page
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.speech._recordings import parse_column
from sklearn_ser.utils._messages import join_names

PREDICTIONS = "predictions.csv"
# What every page has in it.
PAGE = b'<script id="data" type="application/json">'
SORTS = ("error", "disagreement", "uncertainty", "suspicion", "order")

DESCRIPTION = """\
Write a page where people listen to the recordings, see what each rater said (at once, or only \
after their own choice), and choose labels. It is one HTML file that works in any browser, from \
disk. Labels that are chosen are downloaded as a CSV file, which is a table of answers: give it \
to --ratings after the others. Recordings that nobody has rated yet need --classes, the labels \
to choose from.

With --report, the folder that train or evaluate wrote, the page also shows what the model said \
when the speaker was held out, and how sure it was; then the clips where it contradicts the \
raters most come first. Otherwise, those that raters disagree on come first.

The page contains the sound, file names and answers: whoever gets the page gets all of these."""
EXAMPLE = """\
python -m sklearn_ser listen recordings.csv --ratings ratings.csv --report model.report \\
    --out listen.html
python -m sklearn_ser describe recordings.csv --ratings ratings.csv listener.csv
"""


def add_parser(commands):
    """Add the parser of the command."""
    add = add_command(
        commands,
        "listen",
        run,
        help="write a page to listen to recordings and correct their labels",
        description=DESCRIPTION,
        example=EXAMPLE,
        usage="RECORDINGS [--ratings TABLE ...] --out FILE [options]",
    ).add_argument
    add("recordings", metavar="RECORDINGS", help="a table of recordings, or a folder of them")
    add_table_options(add)
    add(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder that train (model.report) or evaluate (--out) wrote about these recordings",
    )
    add("--row", metavar="ROW", help="which model of the report; default: the first")
    add(
        "--sort",
        choices=SORTS,
        help="which clips come first: those where the model contradicts the raters (error) or "
        "finds their label improbable (suspicion), where raters differ (disagreement), where the "
        "model is unsure (uncertainty), or as in the table (order); default: suspicion with "
        "--report, disagreement without",
    )
    add(
        "--name",
        default="listener",
        metavar="NAME",
        help="name of the listener in the CSV file, which can be changed on the page; default: "
        "%(default)s",
    )
    add_resources(add, "threads that compress recordings")
    add(
        "--out",
        type=Path,
        metavar="FILE",
        required=True,
        help="the page, whose name ends in .html; further pages of large corpora are beside it",
    )


def run(options):
    """Write the page."""
    check_positive(options, "n_jobs")
    if options.out.suffix != ".html":
        raise UsageError(f"--out {options.out} must end in .html")
    if options.row is not None and options.report is None:
        raise UsageError("--row is for the models of a --report")
    check_outputs(options, files=[options.out])
    check_pages(options.out, PAGE)
    if options.sort in ("error", "uncertainty", "suspicion") and options.report is None:
        raise UsageError(f"--sort {options.sort} needs the predictions of a --report")
    corpus = load_own(options.recordings, options, may_be_unrated=True)
    is_rated = len(corpus.ratings.values) > 0
    if not is_rated and options.report is None and options.classes is None:
        raise UsageError(
            f"{options.recordings} has no answers that are known: pass --ratings TABLE, --columns "
            "label=NAME or --columns raters=NAME,NAME; or, if nobody has rated the recordings "
            "yet, --classes and the labels to choose from"
        )
    # Whoever gets the page need not know where the recordings are here.
    root = find_root(options.recordings, options)
    data = corpus.data.assign(file=[shorten_path(file, root) for file in corpus.data["file"]])
    ratings, row = corpus.ratings.with_ids(get_ids(data)), None
    samples = ratings if is_rated else pd.DataFrame({"sample": range(len(data))})
    if options.report is not None:
        samples, row = _read_report(options.report, options.row, corpus.data, ratings)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    paths = listening_page(
        samples,
        data,
        options.out,
        title=get_title(corpus),
        estimator=row,
        choices=None if is_rated else options.classes,
        sort=options.sort,
        annotator=options.name,
        root=root,
        n_jobs=options.n_jobs,
        verbose=True,
    )
    for path in paths:
        print(f"page: {path}")


def _read_report(folder, row, data, ratings):
    """Return the predictions of a report as an Evaluation, and the name of the model."""
    path = folder / PREDICTIONS
    if not path.is_file():
        raise UsageError(f"--report {folder} has no {PREDICTIONS}, as those of train and evaluate")
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=_read_types(path))
    if "protocol" in table:
        first = table["protocol"].iloc[0]
        table = table[table["protocol"] == first].drop(columns="protocol")
    rows = table["estimator"].unique().tolist()
    if row not in (None, *rows):
        raise UsageError(f"--row {row!r}: the rows of this report are {join_names(rows)}")
    table = _match_samples(folder, table, data)
    # Answers may have been corrected since the report was written.
    table["consensus"] = ratings.consensus()[table["sample"]]
    found = Evaluation(table, ratings, shared_speakers=False, description="")
    return found, row or rows[0]


def _read_types(path):
    """Return the types of columns of text: labels such as "1" are no numbers."""
    names = (
        "estimator",
        "group",
        "speaker",
        "consensus",
        "prediction",
        "protocol",
        "file",
        "digest",
    )
    columns = pd.read_csv(path, nrows=0).columns
    return {name: str for name in names if name in columns}


def _match_samples(folder, table, data):
    """Return predictions with the numbers that their samples have in the data."""
    if "file" not in table:
        raise UsageError(
            f"--report {folder} does not say which recordings it is about: make it again"
        )
    samples = table.drop_duplicates("sample").sort_values("sample")
    # By their contents, wherever they are now; older reports have paths only.
    by_contents = "digest" in samples and bool(samples["digest"].notna().all())
    known = {place: row for row, place in enumerate(_identify(data, by_contents))}
    rows = [known.get(place) for place in _identify(samples, by_contents)]
    unknown = [file for file, row in zip(samples["file"], rows, strict=True) if row is None]
    if unknown:
        raise UsageError(
            f"--report {folder} is about other recordings: {join_names(unknown, most=3)}. Make it "
            "again from the same table"
        )
    return table.assign(
        sample=table["sample"].map(dict(zip(samples["sample"], rows, strict=True)))
    )


def _identify(data, by_contents):
    """Return what each recording is known by: file, start, end, channel, and how often before."""
    if by_contents:
        files = data["digest"] if "digest" in data else digest_files(data["file"])
    else:
        files = [os.path.abspath(os.path.expanduser(file)) for file in data["file"]]
    starts = [round(start or 0, 6) for start in parse_column(data, "start")[0]]
    ends = [None if end is None else round(end, 6) for end in parse_column(data, "end")[0]]
    channels = parse_column(data, "channel")[0]
    places, seen = list(zip(files, starts, ends, channels, strict=True)), Counter()
    for row, place in enumerate(places):
        places[row] = (*place, seen[place])
        seen[place] += 1
    return places
