"""Choose what to hold out, and deal with unknown speakers."""

import shlex

import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch

from sklearn_ser._cli._options import UsageError, list_columns
from sklearn_ser.evaluation._arguments import check_groups as check_column
from sklearn_ser.evaluation._arguments import make_splits
from sklearn_ser.features import SequenceScaler
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._cache import fingerprint
from sklearn_ser.utils._messages import join_names

ALLOW = "--allow-shared-speakers"
# More groups than this are held out several at a time; the second number is for trial runs.
MOST_FOLDS, FEW_FOLDS = 10, 3


def add_speaker_options(add, *, groups):
    """Add the options of what to hold out."""
    add("--groups", metavar="COLUMN", help=groups)
    add(
        ALLOW,
        action="store_true",
        help="go on although speakers are unknown, or there is only one: recordings are held out "
        "in place of speakers, so that scores are too good, which all outputs say; features are "
        "not scaled by speaker then",
    )


def check_groups(corpus, column):
    """Raise an error unless a corpus has a column to hold out."""
    if column is not None and column not in corpus.data:
        raise UsageError(f"--groups {column}: the corpus only has {list_columns(corpus.data)}")


def settle_speakers(corpus, rows, options, groups):
    """Return the corpus, the rows and the groups such that they can be evaluated.

    Parameters
    ----------
    corpus : Bunch
    rows : dict of str to estimator
    options : argparse.Namespace
        With the options of `add_speaker_options`.
    groups : str
        The column to hold out.

    Returns
    -------
    corpus : Bunch
    rows : dict of str to estimator
    groups : str
    """
    data = corpus.data
    if options.groups:
        # Whatever the user wants apart stands for speakers who are unknown.
        known = data["speaker"] if "speaker" in data else pd.Series(None, data.index, object)
        data = data.assign(speaker=known.where(known.notna(), data[options.groups]))
        corpus = Bunch(**{**corpus, "data": data})
    speakers = data["speaker"] if "speaker" in data else None
    known = [] if speakers is None else list(dict.fromkeys(speakers[speakers.notna()]))
    n_unknown = len(data) if speakers is None else int(speakers.isna().sum())
    if n_unknown:
        others = list_columns(data)
        instead = others and f", or hold out another column with --groups (there is {others})"
        problem = (
            f"the speakers of {n_unknown} of {len(data)} recordings are unknown, and scores of "
            "speakers that a model has heard before are too good: name the speakers in a column "
            f"'speaker' of the recordings (or --columns speaker=NAME){instead}, or"
        )
    elif len(known) == 1:
        problem = (
            f"all recordings are of one speaker, {known[0]}, who cannot be held out: add "
            "recordings of others, or name the column that tells speakers apart (--columns "
            "speaker=NAME), or"
        )
    else:
        return corpus, rows, groups
    if not options.allow_shared_speakers:
        raise UsageError(
            f"{problem} go on with {ALLOW}, which holds out recordings, and says that scores are "
            "too good"
        )
    data = data.drop(columns="speaker", errors="ignore")
    corpus = Bunch(**{**corpus, "data": data})
    return corpus, _forget_speakers(rows), options.groups if options.groups in data else "file"


def check_enough_speakers(corpus, rows, splits):
    """Raise an error if rows hold out more speakers in training than there are.

    Parameters
    ----------
    corpus : Bunch
    rows : dict of str to estimator
    splits : list of (train, test)
    """
    if "speaker" not in corpus.data:
        return
    speakers = get_persons(corpus.data["speaker"])
    known = list(dict.fromkeys(speakers))
    n_left = min(len(set(speakers[train])) for train, _ in splits)
    for name, row in rows.items():
        splitters = [v for v in row.get_params().values() if isinstance(v, SpeakerKFold)]
        needed = max((splitter.n_splits for splitter in splitters), default=1)
        if n_left < needed:
            raise UsageError(
                f"row {shlex.quote(name)} needs {needed} speakers in training, to choose its "
                f"settings by; of {len(known)} ({join_names(known)}), {len(known) - n_left} must "
                f"be held out. --quick needs fewer, {ALLOW} needs none"
            )


def split_groups(corpus, groups, n_folds):
    """Return the splits of a cross-validation, as `cross_evaluate` makes them."""
    labels = corpus.ratings.consensus().astype(str)
    return make_splits(n_folds, check_column(corpus.data, groups), labels)


def count_folds(groups, wanted, most=MOST_FOLDS):
    """Return the number of folds: as wanted, or None for one per group, unless there are many."""
    return most if wanted is None and len(set(groups)) > most else wanted


def _forget_speakers(rows):
    """Return rows that need to know nothing of speakers, without those that are then the same."""
    changed = {}
    for name, row in rows.items():
        row, changes = clone(row), {}
        for parameter, value in row.get_params().items():
            if isinstance(value, SpeakerKFold):
                changes[parameter] = StratifiedKFold(value.n_splits)
            elif isinstance(value, SequenceScaler) and value.by == "speaker":
                changes[parameter] = SequenceScaler()
        changed.setdefault(fingerprint(row.set_params(**changes)), (name, row))
    return dict(changed.values())
