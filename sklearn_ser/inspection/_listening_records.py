"""Everything that a page says of a clip, besides its sound."""

import os
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_ser.inspection._listening_curves import describe_curve
from sklearn_ser.inspection._listening_samples import name_label
from sklearn_ser.inspection._listening_scores import score_clips
from sklearn_ser.speech._recordings import as_table
from sklearn_ser.utils._arrays import to_plain

# Columns that have a place of their own on the page; others are listed as details.
_KNOWN = {"given", "corrected", "left", "w", "held_out", "consensus", "prediction", "speaker"}
# Of `Evaluation.predictions`; they say nothing of a clip.
_OF_FITS = {"estimator", "seed", "fold", "group", "seconds", "n_answers"}


class Clips(NamedTuple):
    """Facts about the samples to listen to, one entry per sample in each part."""

    rows: list  # of the data
    labels: list  # str or None
    predictions: list  # str or None
    answers: list  # of each sample, a dict for each label: label, raters, count
    counts: np.ndarray | None
    proba: np.ndarray | None
    classes: list  # str
    table: pd.DataFrame


def collect_clips(table, ratings, proba, classes):
    """Collect what is known of the samples to listen to.

    Parameters
    ----------
    table : DataFrame
        One row per sample to listen to; the index is the row of the data.
    ratings : Ratings or None
        Of all samples of the data.
    proba : ndarray of shape (n_clips, n_classes) or None
    classes : list of str

    Returns
    -------
    Clips
    """
    rows = table.index.tolist()
    nothing = [None] * len(rows)
    own = None if ratings is None else ratings[np.asarray(rows)]

    def take(name):
        return list(map(name_label, table[name])) if name in table.columns else None

    labels = take("given")
    if labels is None and own is not None:
        # A table of predictions holds the consensus of the ratings that it was made from; those
        # that are shown may be newer.
        labels = list(map(name_label, own.consensus()))
    if labels is None:
        labels = take("consensus") or nothing
    predictions = take("prediction")
    if predictions is None and proba is not None:
        known = ~np.isnan(proba).any(axis=1)
        best = np.nan_to_num(proba).argmax(axis=1)
        predictions = [classes[k] if ok else None for k, ok in zip(best, known, strict=True)]
    if predictions is None:
        predictions = take("corrected") or nothing
    counts = None if own is None else own.counts(own.labels.tolist())
    answers = [[] for _ in rows] if own is None else _list_answers(own)
    return Clips(rows, labels, predictions, answers, counts, proba, classes, table)


def _list_answers(ratings):
    """Return, for each sample, the labels that it got, the most frequent first, and from whom."""
    found = [{} for _ in range(len(ratings))]
    for sample, annotator, label in ratings.to_long().itertuples(index=False):
        name = name_label(label)
        empty = {"label": name, "raters": [], "count": 0}
        answer = found[sample].setdefault(name, empty)
        answer["count"] += 1
        if annotator is not None:
            answer["raters"].append(name_label(annotator))
    return [sorted(answers.values(), key=lambda a: -a["count"]) for answers in found]


def score(clips):
    """Return what the clips may be sorted by; see `score_clips`."""
    left = None
    if "left" in clips.table.columns:
        left = clips.table["left"].to_numpy(dtype=float, na_value=np.nan)
    return score_clips(
        clips.labels, clips.predictions, left, clips.counts, clips.proba, clips.classes
    )


def list_files(audio, clips):
    """Return the file of each recording as the user has it; None for a waveform.

    Parameters
    ----------
    audio : any form that `check_audio` accepts
    clips : list of Clip
        The same recordings.

    Returns
    -------
    list of str or None
    """
    table = as_table(audio)
    files = audio if table is None else table.get("file", [None] * len(clips))
    return [
        None if clip.file is None else str(os.fsdecode(file))
        for clip, file in zip(clips, files, strict=True)
    ]


def make_records(clips, scores, audio, files, curves, frames):
    """Return what the page says of each clip, besides its sound.

    Parameters
    ----------
    clips : Clips
    scores : dict of str to ndarray
    audio : Audio
        All recordings of the data.
    files : list of str or None
        File of every recording of the data.
    curves : list of ndarray or None
        Curve of every sample of the data.
    frames : Sequences or Segments, or None

    Returns
    -------
    list of dict
        As JSON can have them.
    """
    columns = [str(name) for name in clips.table.columns]
    others = [
        name
        for name in columns
        if name not in _KNOWN | _OF_FITS and not name.startswith(("p_", "annotator_"))
    ]
    records = []
    rows = clips.table.set_axis(columns, axis=1).to_dict("records")
    # Before pandas 2.2, a table without columns has no rows, either.
    for order, said in enumerate(rows or [{}] * len(clips.table)):
        row = clips.rows[order]
        clip, speakers = audio.clips[row], audio.speaker
        curve = None if curves is None else curves[row]
        records.append(
            {
                "sample": row,
                "order": order,
                "name": _name_clip(files[row], row, clip),
                "file": files[row],
                "start": clip.start,
                "end": clip.end,
                "channel": clip.channel,
                "speaker": name_label(said.get("speaker") if speakers is None else speakers[row]),
                "label": clips.labels[order],
                "prediction": clips.predictions[order],
                "answers": clips.answers[order],
                "proba": _list_proba(clips, order),
                "corrected": name_label(said.get("corrected")),
                "left": _round(said.get("left")),
                "w": _round(said.get("w")),
                "held_out": bool(said.get("held_out", False)),
                "scores": {name: _round(values[order]) for name, values in scores.items()},
                "details": {name: _show(said[name]) for name in others},
                "curve": None if curve is None else describe_curve(curve, frames.times(row)),
            }
        )
    return records


def _name_clip(file, row, clip):
    """Return the name of a clip in the list: the file without its folder, and the part of it."""
    if file is None:
        return f"sample {row}"
    name = file.replace("\\", "/").rpartition("/")[2]
    return name if not clip.start else f"{name} at {clip.start:g} s"


def _list_proba(clips, order):
    if clips.proba is None or np.isnan(clips.proba[order]).any():
        return None
    return clips.proba[order].round(4).tolist()


def _round(value):
    """Return a number as JSON has it; None if it is missing."""
    return None if value is None or pd.isna(value) else round(float(value), 4)


def _show(value):
    """Return a cell of a table as text; None if it is missing."""
    if not pd.api.types.is_scalar(value):
        return str(value)
    return f"{value:.4g}" if isinstance(to_plain(value), float) else name_label(value)
