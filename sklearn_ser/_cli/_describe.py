"""The command ``describe``: what a corpus has, before anything is trained."""

import time
from pathlib import Path

from sklearn_ser import datasets
from sklearn_ser._cli._options import add_command, add_table_options, check_folder, load_own
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser.evaluation._arguments import get_title
from sklearn_ser.evaluation._report import (
    DESCRIPTION_FILES,
    write_description,
    write_introduction,
)
from sklearn_ser.inspection import AgreementDisplay

# Raters with a picture of their own, those with most answers first.
MOST_RATERS = 6

# Rows of the summary that say nothing of recordings without answers.
OF_RATINGS = ["raters", "answers", "answers per utterance", "alpha", "ties", "unrated"]
UNRATED = (
    "Recordings only: no column of answers is known. If there are answers, pass --ratings TABLE, "
    "--columns label=NAME or --columns raters=NAME,NAME."
)

DESCRIPTION = """\
Summarise recordings and raters' answers: how many there are of what, how well raters agree, and \
what is missing, unknown or there twice. Nothing is trained, and recordings are not decoded. \
Remarks on the tables, such as names that match nothing and spellings that look like errors, are \
written to stderr. Without any answers, it is a summary of the recordings.

With --out, the tables are also written as CSV files, and with pictures of the raters' agreement \
as one HTML page."""
EXAMPLE = """\
python -m sklearn_ser describe recordings.csv --ratings ratings.csv --out described
python -m sklearn_ser describe wav --ratings ratings.csv --columns rater=coder label=feeling \\
    --labels hapy=happy unsure=
"""


def add_parser(commands):
    """Add the parser of the command."""
    add = add_command(
        commands,
        "describe",
        run,
        help="summarise recordings and raters' answers",
        description=DESCRIPTION,
        example=EXAMPLE,
        usage="RECORDINGS [--ratings TABLE ...] [options]",
    ).add_argument
    add("recordings", metavar="RECORDINGS", help="a table of recordings, or a folder of them")
    add_table_options(add)
    add("--out", type=Path, metavar="DIR", help="output folder; nothing is written elsewhere")


def run(options):
    """Print the summary of a corpus, and write it to a folder."""
    if options.out is not None:
        check_folder(options.out)
        check_outputs(options, folder=options.out, names=DESCRIPTION_FILES)
    start = time.perf_counter()
    corpus = load_own(options.recordings, options, may_be_unrated=True)
    tables, heading = datasets.summarize_corpus(corpus), get_title(corpus)
    if len(corpus.ratings.values) == 0:
        tables, heading = _leave_out_ratings(tables), f"{heading}\n{UNRATED}"
    print(write_introduction(heading, tables), end="", flush=True)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        seconds = time.perf_counter() - start
        write_description(options.out, heading, tables, lambda: _draw(corpus.ratings), seconds)
        print(f"\npage: {options.out / 'corpus.html'}")


def _leave_out_ratings(tables):
    """Return a summary without what is about raters and their answers."""
    left = {title: table for title, table in tables.items() if title not in ("Labels", "Raters")}
    left["Corpus"] = tables["Corpus"].drop(index=OF_RATINGS)
    left["Speakers"] = tables["Speakers"][["utterances", "minutes"]]
    return {title: table for title, table in left.items() if len(table)}


def _draw(ratings):
    """Return pictures of what raters say where others say something, if there are answers."""
    if len(ratings.values) == 0:
        return {}
    title = "What another rater says, where one rater says the label of a row"
    figures = {title: AgreementDisplay.from_ratings(ratings).figure_}
    named = ratings.agreement().annotators["n_ratings"].sort_values(ascending=False, kind="stable")
    for name in named.index[:MOST_RATERS] if len(named) > 1 else []:
        others, said = ratings.drop(name), ratings.select(name)
        # The first answer of a rater to each recording.
        labels = [next(iter(answers.values()))[0] if answers else None for answers in said]
        display = AgreementDisplay.from_predictions(others, labels)
        display.ax_.set_ylabel(f"{name}")
        display.ax_.set_xlabel("all others")
        display.ax_.set_title(f"{named[name]} answers", fontsize="medium")
        figures[f"What all others say, where {name} says the label of a row"] = display.figure_
    return figures
