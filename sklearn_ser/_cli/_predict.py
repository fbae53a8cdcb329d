"""The command ``predict``: what a saved model says of new recordings."""

import warnings
from pathlib import Path

import pandas as pd

from sklearn_ser._cli._messages import in_words_of_options
from sklearn_ser._cli._options import (
    UsageError,
    add_allow,
    add_command,
    add_resources,
    check_positive,
)
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser._cli._partial import open_partial
from sklearn_ser.datasets._files import find_recordings
from sklearn_ser.datasets._recordings_table import load_recordings
from sklearn_ser.datasets._table_names import READABLE, UNREADABLE
from sklearn_ser.evaluation import tabulate_predictions
from sklearn_ser.evaluation._report import write_text
from sklearn_ser.features import ExtractionError, cut_recordings
from sklearn_ser.io import load
from sklearn_ser.utils._messages import join_names

TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
# Enough for times and probabilities, and still legible.
DIGITS = "%.10g"

DESCRIPTION = """\
Predict recordings with a saved model, and write a table: one row per recording with file, start, \
end and speaker as far as they are known; prediction; p_LABEL, the probability of each label; and \
entropy, of these probabilities in nat: 0 where the model is sure, the logarithm of the number of \
labels where it has no idea. With --annotators, also RATER_p_LABEL, the probability that each \
rater gives each label, if the model knows raters.

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
        help="cut recordings into windows of this length, each a row with start and end; the last "
        "one takes a rest that is shorter than half a window",
    )
    add(
        "--hop",
        type=float,
        metavar="SECONDS",
        help="from the start of one window to the start of the next; default: the length of a "
        "window",
    )
    add("--speaker", metavar="NAME", help="the speaker of all recordings without one")
    add(
        "--annotators",
        nargs="*",
        metavar="RATER",
        help="also predict the answers of these raters, or of all if none are named",
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
    model = load(options.model, allow=options.allow)
    data = pd.concat([_read(item, options) for item in options.recordings], ignore_index=True)
    if options.speaker is not None:
        speakers = data["speaker"] if "speaker" in data else pd.Series(None, data.index, object)
        data["speaker"] = speakers.where(speakers.notna(), options.speaker)
    if options.segment is not None:
        data = cut_recordings(data, options.segment, options.hop).reset_index(drop=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with open_partial(options.out) as partial:
        table = _predict(model, data, options, partial)
        write_text(options.out, table.to_csv(index=False, float_format=DIGITS))
    print(f"predictions: {options.out}, {len(table)} rows")


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
    except TypeError as error:
        raise UsageError(f"--annotators: {error}") from error


def _read(item, options):
    """Return the recordings that an argument names as a table."""
    path = Path(item).expanduser()
    if path.is_dir():
        return _list_recordings(path)
    if path.suffix.lower() not in TABLES:
        return pd.DataFrame({"file": [str(path)]}, dtype=object)
    with in_words_of_options():
        data = load_recordings(path, options.root)
    known = [c for c in ("file", "start", "end", "channel", "speaker", "session") if c in data]
    return data[known]


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
    return pd.DataFrame({"file": list(map(str, files))}, dtype=object)
