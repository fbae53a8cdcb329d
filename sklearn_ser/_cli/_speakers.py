"""Choose what to hold out, and deal with unknown speakers."""

import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch

from sklearn_ser._cli._options import UsageError, list_columns
from sklearn_ser.features import SequenceScaler
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.utils._cache import fingerprint
from sklearn_ser.utils._messages import join_names

ALLOW = "--allow-shared-speakers"
# More groups than this are held out several at a time.
MOST_FOLDS = 10


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
    problem = None
    if n_unknown:
        problem = f"the speakers of {n_unknown} of {len(data)} recordings are unknown"
    elif len(known) < 2:
        problem = f"all recordings are of one speaker, {known[0]}"
    if problem is None:
        return corpus, rows, groups
    if not options.allow_shared_speakers:
        raise UsageError(
            f"{problem}, and scores of speakers that a model has heard before are too good: name "
            "the speakers in a column 'speaker' of the recordings (or --columns speaker=NAME), or "
            f"hold out another column with --groups (there is {list_columns(data) or 'none'}), or "
            f"go on with {ALLOW}"
        )
    data = data.drop(columns="speaker", errors="ignore")
    return Bunch(**{**corpus, "data": data}), _forget_speakers(rows), "file"


def check_enough_speakers(corpus, rows, n_folds):
    """Raise an error if rows hold out more speakers in training than there are.

    Parameters
    ----------
    corpus : Bunch
    rows : dict of str to estimator
    n_folds : int or None
        None holds out one speaker at a time.
    """
    if "speaker" not in corpus.data:
        return
    known = corpus.data["speaker"].drop_duplicates().tolist()
    n_tested = 1 if n_folds is None else -(-len(known) // n_folds)
    for name, row in rows.items():
        splitters = [v for v in row.get_params().values() if isinstance(v, SpeakerKFold)]
        needed = max((splitter.n_splits for splitter in splitters), default=1)
        if len(known) - n_tested < needed:
            raise UsageError(
                f"row {name!r} needs {needed} speakers in training, to choose its settings by; of "
                f"{len(known)} ({join_names(known)}), {n_tested} must be held out. --quick needs "
                f"fewer, {ALLOW} needs none"
            )


def count_folds(groups, wanted):
    """Return the number of folds: as wanted, or None for one per group, unless there are many."""
    n_groups = len(set(groups))
    return MOST_FOLDS if wanted is None and n_groups > MOST_FOLDS else wanted


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
