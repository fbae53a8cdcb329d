"""MSP-Podcast and WHiSER: spontaneous speech, each recording rated by five or more workers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels, locate_recordings, rate
from sklearn_ser.datasets._files import AUDIO, describe_folder, find_nearby
from sklearn_ser.datasets._msp_labels import (
    LETTERS,
    SECONDARY,
    Clip,
    read_answers,
    read_clips,
    read_splits,
)
from sklearn_ser.utils._messages import join_names, say_count
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

TARGETS = sorted(label for label in LETTERS.values() if label not in ("other", None))
FOLDERS = ("Labels", "labels", "label", "Labels/Labels")
# Early releases spell consensus "concensus".
CLIPS = (
    "labels_consensus.csv",
    "labels_concensus.csv",
    "labels_consensus.json",
    "labels_concensus.json",
)
ANSWERS = ("labels_detailed.csv", "labels_detailed.json")
BOTH = ("labels.txt", "Labels.txt")
SPLITS = ("Partitions.txt", "Partition.txt", "partitions.txt")

DESCR = """\
MSP-Podcast, or another corpus in its format
--------------------------------------------
{n} recordings of {n_speakers} known speakers; the speakers of {n_unknown} are unknown.
Splits: {splits}.
{n_raters} workers rated them ({kind}).
Consensus of the corpus: {counts}; {none} recordings without agreement.
Recordings without labels, such as those of Test3, are left out.

Lotfian, R. and Busso, C. (2019). Building naturalistic emotionally balanced speech corpus by
retrieving emotional speech from existing podcast recordings. IEEE Transactions on Affective
Computing 10(4). doi:10.1109/TAFFC.2017.2736999. Free for research, on request.
WHiSER: Naini, A. R. et al. (2024). WHiSER: White House tapes speech emotion recognition corpus.
Interspeech.
"""


@validate_params(
    {
        "root": [str, PathLike],
        "secondary": ["boolean"],
        "target_classes": ["array-like", None],
        "splits": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def load_msp_podcast(
    root: AnyPath,
    *,
    secondary: bool = False,
    target_classes: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
) -> Bunch:
    r"""Load MSP-Podcast or WHiSER, with the labels of all workers.

    Parameters
    ----------
    root : str or path-like
        Folder that contains ``Labels`` (or its files), and the recordings at any depth. The labels
        are read from ``labels_consensus`` and ``labels_detailed``, as CSV or JSON files, or else
        from ``labels.txt``, which has neither speakers nor splits; the latter are then read from
        ``Partitions.txt``.
    secondary : bool, default=False
        Whether a worker's secondary emotions are labels as well, after the primary one. By
        default, every worker has one label.
    target_classes : sequence of str, default=None
        The labels to learn. None means anger, contempt, disgust, fear, happiness, neutral, sadness
        and surprise. With `secondary`, amused, annoyed, concerned, confused, depressed,
        disappointed, excited and frustration are possible, too.
    splits : sequence of str, default=None
        Splits to load, such as ``["Train", "Development"]``; None loads all.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``clip`` (the name of the file), ``speaker`` and
        ``gender`` ("female" or "male"; None where unknown), ``split``, and the means of the
        workers' scores from 1 to 7, ``arousal``, ``valence`` and ``dominance``. A recording of an
        unknown speaker may be of anyone, so it belongs on no side of a split by speaker: select
        the others by ``data["speaker"].notna()``.
        ``ratings`` : Ratings by workers ("WORKER0000001"). A label that a worker typed is "other".
        Their consensus is that of the corpus.
        ``target`` : consensus labels, None where there is no agreement.
        ``target_names`` : list of the target classes.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there are no files of labels.
    ValueError
        If a target class or a split is unknown; if a file of labels is a pointer of Git LFS, lacks
        columns, or has lines that cannot be read (the first are listed); or if a recording has two
        different consensus labels.

    Warns
    -----
    UserWarning
        If recordings are missing or there more than once, have no answers, or if answers are
        ignored, because they name no emotion, a worker repeats them, or their recordings have no
        consensus; one warning covers everything.

    Examples
    --------
    A folder with the labels of one recording, which is missing, as a warning states.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_msp_podcast
    >>> root = tempfile.TemporaryDirectory()
    >>> lines = [
    ...     "MSP-PODCAST_0001_0008.wav; H; A:5.5; V:5.0; D:4.5;",
    ...     "WORKER0000001; Happy; Happy,Excited; A:6; V:5; D:5;",
    ...     "WORKER0000002; Neutral; Neutral; A:5; V:5; D:4;",
    ... ]
    >>> with open(Path(root.name, "labels.txt"), "w") as file:
    ...     print(*lines, sep="\n", file=file)
    >>> corpus = load_msp_podcast(root.name, secondary=True)
    >>> corpus.target.tolist(), corpus.ratings[0]["WORKER0000001"]
    (['happiness'], ('happiness', 'excited'))
    """
    root = Path(root).expanduser()
    targets = _check_targets(target_classes)
    clips_path, answers_path = _find_tables(root)
    clips, remarks = _drop_repeats(read_clips(clips_path), clips_path)
    in_folder = clips_path.parent.name.lower() in ("labels", "label")
    base = clips_path.parents[1] if in_folder else clips_path.parent
    clips = _add_splits(clips, base)
    known = {clip.name for clip in clips}
    clips = _select(clips, splits)

    data = pd.DataFrame(clips, columns=Clip._fields, dtype=object)
    data = data.astype(dict.fromkeys(["arousal", "valence", "dominance"], float))
    files = {name: base / "Audios" / name for name in data["name"]}
    names = {_get_stem(name): name for name in files}
    where = root if base.is_relative_to(root) else base
    found, more = locate_recordings(where, files, lambda file: names.get(_get_stem(file.name)))
    data.insert(0, "file", [str(file) for file in found])
    table, unread = _make_table(read_answers(answers_path, secondary=secondary), clips, known)
    remarks += more + unread
    if remarks:
        warnings.warn(f"MSP-Podcast in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)

    ratings = rate(table, len(data), targets, data.pop("consensus").to_numpy())
    target = ratings.consensus()
    return Bunch(
        data=data.rename(columns={"name": "clip"}),
        ratings=ratings.with_ids(data["file"]),
        target=target,
        target_names=list(targets),
        sampling_rate=16000,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=data["speaker"].nunique(),
            n_unknown=int(data["speaker"].isna().sum()),
            splits=count_labels(data["split"]) or "unknown",
            n_raters=len(ratings.annotators),
            kind="primary and secondary labels" if secondary else "primary labels",
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
        ),
    )


def _check_targets(target_classes):
    targets = TARGETS if target_classes is None else np.asarray(target_classes).tolist()
    names = sorted(set(SECONDARY.values()))
    unknown = [label for label in targets if label not in names]
    if unknown or not targets or len(set(targets)) < len(targets):
        raise ValueError(f"target_classes must be different labels among {names}, got {targets}.")
    return targets


def _find_tables(root):
    """Return the paths of the consensus labels and of the workers' answers."""
    wanted = [*CLIPS, *BOTH]
    patterns = [*wanted, *(f"{folder}/{name}" for folder in FOLDERS for name in wanted)]
    clips = find_nearby(root, patterns, inside=("labels", "label", "audios", "audio", "wavs"))
    if clips is None:
        raise FileNotFoundError(
            f"there are neither {CLIPS[0]} and {ANSWERS[0]} (or .json) nor {BOTH[0]} in {root} or "
            f"its folder {FOLDERS[0]}. {describe_folder(root)}"
        )
    answers = find_nearby(clips.parent, [*ANSWERS, *BOTH])
    if answers is None:
        raise FileNotFoundError(
            f"{clips} needs the workers' answers beside it, in {ANSWERS[0]}, {ANSWERS[1]} or "
            f"{BOTH[0]}. {describe_folder(clips.parent)}"
        )
    return clips, answers


def _drop_repeats(clips, path):
    # As text, since scores that are missing differ from themselves.
    first = {}
    for clip in clips:
        first.setdefault(clip.name, clip)
    different = [clip.name for clip in clips if repr(clip) != repr(first[clip.name])]
    if different:
        raise ValueError(f"{path} has different rows for the same files: {join_names(different)}.")
    n_more = len(clips) - len(first)
    more = say_count(n_more, "row that repeats another is", "rows that repeat another are")
    remarks = [f"in {path.name}, {more} ignored"] if n_more else []
    return list(first.values()), remarks


def _add_splits(clips, base):
    if any(clip.split for clip in clips):
        return clips
    paths = [base / name for name in SPLITS if (base / name).is_file()]
    splits = read_splits(paths[0]) if paths else {}
    return [clip._replace(split=splits.get(clip.name)) for clip in clips]


def _select(clips, splits):
    known = sorted({clip.split for clip in clips} - {None})
    wanted = known if splits is None else np.asarray(splits).tolist()
    unknown = [split for split in wanted if split not in known]
    if splits is not None and not known:
        raise ValueError(
            "the splits of these recordings are unknown: neither the labels nor a file "
            f"{SPLITS[0]} beside their folder name them. splits must be None, got "
            f"{np.asarray(splits).tolist()}."
        )
    if unknown or not (wanted or splits is None):
        raise ValueError(f"splits must be among {known}, got {np.asarray(splits).tolist()}.")
    return clips if splits is None else [clip for clip in clips if clip.split in wanted]


def _make_table(answers, clips, known):
    """Return a table with one row per label, and remarks on answers that are not in it."""
    place = {clip.name: row for row, clip in enumerate(clips)}
    rows, seen, empty, repeated, unlisted = [], set(), 0, 0, {}
    for name, worker, labels in answers:
        if name not in place:
            if name not in known:
                unlisted[name] = None
        elif not labels:
            empty += 1
        elif (name, worker) in seen:
            repeated += 1
        else:
            seen.add((name, worker))
            rows += [(place[name], worker, label) for label in labels]
    unheard = sorted(set(place) - {name for name, _ in seen})
    remarks = []
    if unlisted:
        remarks.append(
            f"answers on {say_count(len(unlisted), 'file')} without consensus are ignored "
            f"({join_names(unlisted, most=3)})"
        )
    if empty:
        remarks.append(say_count(empty, "answer names no emotion", "answers name no emotion"))
    if repeated:
        count = say_count(
            repeated,
            "answer of a worker who rated the file before is",
            "answers of workers who rated a file before are",
        )
        remarks.append(f"{count} ignored")
    if unheard:
        count = say_count(len(unheard), "recording has", "recordings have")
        remarks.append(f"{count} no answers ({join_names(unheard, most=3)})")
    return pd.DataFrame(rows, columns=["sample", "annotator", "label"]), remarks


def _get_stem(name):
    path = Path(name)
    return path.stem if path.suffix.lower() in AUDIO else name
