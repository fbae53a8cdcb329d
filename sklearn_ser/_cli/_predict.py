"""The command ``predict``: what a saved model says of new recordings."""

import os
import sys
import warnings
from pathlib import Path

import pandas as pd

from sklearn_ser._cli._messages import in_words_of_options
from sklearn_ser._cli._models import get_report_folder, load_model, read_training_table
from sklearn_ser._cli._options import (
    UsageError,
    add_allow,
    add_columns,
    add_command,
    add_encoder,
    add_resources,
    check_positive,
    explain_files,
    read_columns,
)
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser._cli._partial import open_partial
from sklearn_ser.datasets._files import check_names, find_recordings
from sklearn_ser.datasets._recordings_table import GIVEN, load_recordings
from sklearn_ser.datasets._table_columns import is_of_recordings
from sklearn_ser.datasets._table_names import READABLE, UNREADABLE
from sklearn_ser.evaluation import tabulate_predictions
from sklearn_ser.evaluation._overlap import describe_same_files, find_same_files
from sklearn_ser.evaluation._report import format_csv, write_text
from sklearn_ser.features import ExtractionError, cut_recordings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._pipelines import find_inner

# Columns that models and windows need.
NEEDED = ("file", "start", "end", "channel", "speaker", "session")
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
# Enough for times and probabilities, and still legible.
DIGITS = "%.10g"

DESCRIPTION = """\
Predict recordings with a saved model, and write a table: one row per recording with file (as it \
was named), start and end (in seconds) and speaker as far as they are known; prediction; p_LABEL, \
the probability of each label; and entropy, how unsure the model is: 0 where one label is \
certain, and the natural logarithm of the number of labels (1.39 for four) where all are equally \
likely. With --annotators, also RATER_p_LABEL, the probability that each rater gives each label, \
if the model knows raters. A column id, or another one with names of recordings, is kept from the \
tables, so that predictions can be joined with them.

Recordings are read in batches, so that their number does not matter. The table is written when \
it is complete; until then, finished batches are kept in a folder OUT.partial, from which the \
same command resumes.

A model that scales features by speaker, as the card of the model says, needs a table with a \
column speaker, and several recordings of each speaker; --speaker NAME says that all are of one."""
EXAMPLE = """\
python -m sklearn_ser predict model.skops new/*.wav --out predictions.csv
python -m sklearn_ser predict model.skops meeting.flac --segment 4 --hop 2 --out meeting.csv
"""


def add_parser(commands):
    """Add the parser of the command."""
    add = add_command(
        commands,
        "predict",
        run,
        help="predict recordings with a saved model",
        description=DESCRIPTION,
        example=EXAMPLE,
        usage="MODEL RECORDINGS [RECORDINGS ...] --out FILE [options]",
        resumes=True,
    ).add_argument
    add("model", type=Path, metavar="MODEL", help="a model that train wrote (.skops)")
    add(
        "recordings",
        nargs="+",
        metavar="RECORDINGS",
        help=f"recordings, folders of them, and tables ({', '.join(TABLES)}) that name them, with "
        "start, end, channel and speaker if they are known",
    )
    add(
        "--root",
        type=Path,
        metavar="DIR",
        help="folder of the relative paths in tables; default: that of the table",
    )
    add_columns(add, "file, start, end, channel, speaker")
    add(
        "--out",
        type=Path,
        metavar="FILE",
        required=True,
        help="the table to write (.csv); nothing is written elsewhere",
    )
    add(
        "--segment",
        type=float,
        metavar="SECONDS",
        help="cut recordings into windows of this length, each a row with start and end; best "
        "about as long as the recordings that the model was trained on; the last window takes a "
        "rest that is shorter than half a window",
    )
    add(
        "--hop",
        type=float,
        metavar="SECONDS",
        help="from the start of one window to the start of the next: windows overlap if this is "
        "less than --segment, which is the default",
    )
    add_encoder(add)
    add("--speaker", metavar="NAME", help="the speaker of all recordings without one")
    add(
        "--annotators",
        nargs="*",
        metavar="RATER",
        help="also predict the answers of these raters, or of all if none are named; write "
        "RECORDINGS before it",
    )
    add(
        "--skip-errors",
        action="store_true",
        help="leave the prediction of recordings that cannot be read empty, and say why in a "
        "column error; default: say which they are, and write nothing",
    )
    add(
        "--batch-size",
        type=int,
        default=256,
        metavar="N",
        help="recordings that are read at a time; it makes no difference to predictions; default: "
        "%(default)s",
    )
    add_allow(add)
    add_resources(add, "recordings to read")


def run(options):
    """Predict recordings, and write the table."""
    if options.out.suffix != ".csv":
        raise UsageError(f"--out {options.out} must end in .csv")
    if options.out.is_dir():
        raise UsageError(f"--out {options.out} is a folder")
    check_positive(options, "n_jobs", "batch_size")
    if options.hop is not None and options.segment is None:
        raise UsageError("--hop is for --segment")
    check_outputs(options, files=[options.out])
    model = load_model(options.model, options.encoder, options.allow)
    _check_annotators(model, options)
    data = pd.concat([_read(item, options) for item in options.recordings], ignore_index=True)
    names = _name_rows(data)
    data = data[[name for name in NEEDED if name in data]]
    n_recordings = data["file"].nunique()
    training = read_training_table(options.model)
    _warn_of_training(training, data["file"].unique())
    if options.speaker is not None:
        speakers = data["speaker"] if "speaker" in data else pd.Series(None, data.index, object)
        data = data.assign(speaker=speakers.where(speakers.notna(), options.speaker))
    if options.segment is not None:
        data = cut_recordings(data, options.segment, options.hop)
        names = names.loc[data.index].reset_index(drop=True)
        data = data.reset_index(drop=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with open_partial(options.out) as partial:
        table = _predict(model, data, options, partial).drop(columns="file")
        table = pd.concat([names, table], axis=1)
        write_text(options.out, format_csv(table, index=False, float_format=DIGITS))
    of = "" if options.segment is None else f"{_count(len(table), 'window')} of "
    print(f"predictions: {options.out}, {of}{_count(n_recordings, 'recording')}")
    if training is None:
        print(
            f"remark: {get_report_folder(options.model)} is missing: it is not known which "
            "recordings the model has learned from, or whether in a quick trial",
            file=sys.stderr,
        )


def _count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _check_annotators(model, options):
    """Raise an error if the model does not know the raters whose answers are to be predicted."""
    if options.annotators is None:
        return
    _, inner = find_inner(model, "predict_annotators")
    if not hasattr(inner, "predict_annotators"):
        raise UsageError(
            f"--annotators: {options.model} has learned no raters. Leave the option out, or train "
            "a row of a recipe that learns from each rater, such as --recipe chou2019"
        )
    known = list(map(str, inner.annotators_))
    unknown = [name for name in options.annotators if name not in known]
    if unknown:
        raise UsageError(
            f"--annotators: {options.model} does not know {join_names(unknown)}; its raters are "
            f"{join_names(known)}{explain_files('--annotators', unknown)}"
        )


def _name_rows(data):
    """Return the names that the user has for the rows: files as given, and columns of names."""
    names = pd.DataFrame({"file": data[GIVEN]})
    # The same name in tables of different folders says nothing.
    n_files = data.groupby(GIVEN)["file"].transform("nunique")
    names["file"] = names["file"].where(n_files == 1, data["file"])
    own = [name for name in data if name not in (GIVEN, *NEEDED)]
    return pd.concat([names, data[own]], axis=1)


def _warn_of_training(training, files):
    """Say on stderr which recordings the model may have been trained on."""
    known = [] if training is None or "file" not in training else training["file"].dropna()
    again = find_same_files(files, known)
    if again:
        print(
            f"warning: {describe_same_files(again, files, os.path.basename)}. If they are the "
            "same, its predictions of them are better than those of others",
            file=sys.stderr,
        )


def _predict(model, data, options, memory):
    annotators = options.annotators
    try:
        return tabulate_predictions(
            model,
            data,
            annotators="all" if annotators == [] else annotators,
            batch_size=options.batch_size,
            errors="skip" if options.skip_errors else "raise",
            n_jobs=options.n_jobs,
            memory=memory,
            verbose=True,
        )
    except ExtractionError as error:
        raise UsageError(f"{error} To predict all others, pass --skip-errors.") from error


def _read(item, options):
    """Return the recordings that an argument names as a table."""
    path = Path(item).expanduser()
    if path.is_dir():
        return _list_recordings(path)
    if path.suffix.lower() not in TABLES:
        return _list_files([path])
    with in_words_of_options():
        data = load_recordings(path, options.root, read_columns(options))
    return data[[name for name in data if name in (GIVEN, *NEEDED) or is_of_recordings(name)]]


def _list_files(files):
    check_names(files)
    names = list(map(str, files))
    return pd.DataFrame({"file": names, GIVEN: names}, dtype=object)


def _list_recordings(folder):
    """Return a table of the recordings in a folder, and warn about what is left out."""
    files = find_recordings(folder, (*READABLE, *UNREADABLE))
    odd = [file for file in files if file.suffix.lower() in UNREADABLE]
    files = [file for file in files if file.suffix.lower() in READABLE]
    said = ""
    if odd:
        said = (
            f"files in {folder} are left out, since their formats cannot be read: "
            f"{join_names((file.name for file in odd), most=3)}; convert them to WAV or FLAC"
        )
    if not files:
        formats = ", ".join(READABLE)
        raise UsageError(f"{folder} has no recordings ({formats})" + (said and f"; {said}"))
    if said:
        warnings.warn(f"{said}.", UserWarning, stacklevel=4)
    return _list_files(files)
