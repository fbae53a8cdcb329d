"""A page where people listen to recordings and correct their labels."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sklearn_ser.features._errors import Failure, describe_failures
from sklearn_ser.inspection import _listening_checks as checks
from sklearn_ser.inspection._listening_curves import check_curves
from sklearn_ser.inspection._listening_file import name_choice, name_store, write_pages
from sklearn_ser.inspection._listening_proba import check_proba
from sklearn_ser.inspection._listening_records import (
    collect_clips,
    list_files,
    make_records,
    score,
)
from sklearn_ser.inspection._listening_samples import name_label, read_samples
from sklearn_ser.inspection._listening_scores import SORTS
from sklearn_ser.inspection._listening_sound import compress_all
from sklearn_ser.ratings._check import RatingsLike
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.speech._recordings import AudioLike, check_audio
from sklearn_ser.utils._typing import AnyPath, Labels

if TYPE_CHECKING:
    from sklearn_ser.speech._segments import Segments
    from sklearn_ser.speech._sequences import Sequences


def listening_page(
    samples: Any,
    audio: AudioLike,
    path: AnyPath,
    *,
    title: str | None = None,
    ratings: RatingsLike | None = None,
    proba: ArrayLike | None = None,
    classes: Labels | None = None,
    estimator: str | None = None,
    attention: Any = None,
    profile: Any = None,
    frames: Sequences | Segments | None = None,
    choices: Labels | None = None,
    sort: Literal["suspicion", "error", "disagreement", "uncertainty", "order"] | None = None,
    annotator: str = "listener",
    root: AnyPath | None = None,
    sampling_rate: int = SAMPLING_RATE,
    max_bytes: int = 80_000_000,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> list[str]:
    r"""Write a page where people listen to recordings and correct their labels.

    It is one HTML file that works in any browser, from disk, without a server or a network. For
    each clip, it shows the waveform with a moving playhead, what each rater said, what the model
    says, and how sure it is. Clips can be sorted, filtered and searched, and gone through with the
    keyboard alone (press "?" on the page). What raters and the model say can be hidden until a
    label is chosen, so that choices are independent. Labels that are chosen stay in the browser
    until they are downloaded as a CSV file, with one row per choice and the columns ``sample``
    (row of `audio`), ``file``, ``start``, ``end``, ``channel`` (if any clip has one),
    ``annotator``, ``label``, ``before`` (the label that the clip had) and ``note``.
    `Ratings.from_long` reads it. Labels, files and names are saved exactly as they are; if they
    begin with "=", "+", "-" or "@", a spreadsheet may take them for formulas. Notes that do get an
    apostrophe before it.

    The page contains the sound (mono, 16 kHz, MP3 of about 50 kbit/s), file names and answers:
    whoever gets the page gets all of these.

    Parameters
    ----------
    samples : DataFrame, Evaluation or Ratings
        What to listen to.

        * A DataFrame with one row per sample, and a column or an index named ``sample``: rows of
          `audio`, or the names of its recordings. `LabelCorrectingClassifier.suspects` returns
          such a table. Of its columns, the page knows ``given`` and ``consensus``, labels;
          ``prediction``, ``corrected``, ``left``, ``w``, ``held_out`` and ``speaker``;
          and ``p_`` with the name of a class, a probability. Others are listed as details.
        * An `Evaluation`: all samples that were tested, with their ratings. Probabilities are
          means over seeds, and the prediction is the one of most seeds.
        * `Ratings` of all samples.

        The label of a sample is ``given``, which the other columns of `suspects` are about.
        Without that column, it is the consensus of the ratings, also if the column ``consensus``
        says something else. Without ratings, it is ``consensus``.
    audio : DataFrame, Series, Index, or sequence of paths or of waveforms
        The recordings of all samples of the data, not only of those to listen to; see
        `OpenSmileLLD.fit` for the forms. Speakers are taken from a DataFrame. A recording that
        cannot be read is shown without sound.
    path : str or path-like
        File to write. If one page would be larger than `max_bytes`, more pages are written beside
        it, such as ``page-2.html`` after ``page.html``, with links between them. Pages of an
        earlier call with the same path are replaced, or removed if there are fewer pages now.
    title : str, default=None
        None means the number of clips.
    ratings : Ratings, or any form that `check_ratings` accepts, of length n_samples, default=None
        What raters said of all samples of the data, if `samples` is a DataFrame.
    proba : DataFrame or array-like of shape (n_samples, n_classes), default=None
        Probabilities of all samples of the data; a row of NaN means that there are none.
    classes : sequence of labels of shape (n_classes,), default=None
        The columns of `proba` (if it is not a DataFrame) and of `profile`, such as
        ``classifier.classes_``.
    estimator : str, default=None
        Name of the estimator, if `samples` is an `Evaluation` of several.
    attention : list of ndarray of shape (n_frames_i,), default=None
        Attention weights of all samples, as returned by `AttentionBLSTMClassifier.attention`; None
        in place of an array means that a sample has none. They are drawn over the waveform,
        relative to their mean.
    profile : list of ndarray of shape (n_segments_i, n_classes), default=None
        Emotion profiles of all samples, as returned by ``predict_profile`` of classifiers of
        segments; drawn below the waveform.
    frames : Sequences or Segments of length n_samples, default=None
        What attention or profile were computed from; it has their times.
    choices : sequence of labels, default=None
        Labels that can be chosen; the first ten have the keys 1 to 9 and 0. None means the target
        classes of the ratings, and then all other labels that are known.
    sort : {"suspicion", "error", "disagreement", "uncertainty", "order"}, default=None
        How clips are sorted at first, highest first; also which of them come on which page.

        * "suspicion": how much speaks against the label, from 0 to 1. It is 1 minus ``left`` if
          the table has that column, otherwise 1 minus the probability of the label.
        * "error": how much more probable than the label the prediction is; 0 if they are the same.
          Without probabilities, 1 if they differ.
        * "disagreement": the entropy of the answers, in bit.
        * "uncertainty": the entropy of the probabilities, in bit.
        * "order": as given.

        Clips that are equal keep the order of `samples`. None means the first that is known.
    annotator : str, default="listener"
        Name under which choices are downloaded; it can be changed on the page. It must not be
        that of a rater, whose answers would be mixed up with the choices.
    root : str or path-like, default=None
        Folder that relative paths of recordings are relative to; None means the working directory.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; files state their own.
    max_bytes : int, default=80_000_000
        Size of the largest page. Three seconds of speech take about 25,000 bytes.
    n_jobs : int or None, default=None
        Number of threads that read and compress recordings.
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    list of str
        Paths of the pages.

    Raises
    ------
    FileExistsError
        If a page would replace a file that is no listening page.
    FileNotFoundError
        If the folder of `path` does not exist.
    TypeError
        If `samples` or `audio` have none of the forms above.
    ValueError
        If samples are repeated or not in `audio`, data differ in length or are of other samples,
        `sort` is not known for these samples, there are no labels to choose, the annotator is one
        of the raters, a clip does not fit on a page, or no recording can be read.

    Warns
    -----
    UserWarning
        If some recordings cannot be read, or ``pandas.read_csv`` would change a label.

    See Also
    --------
    AttentionDisplay, EmotionProfileDisplay : Plot the curves of one clip.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_ser.datasets import load_emodb_sample
    >>> from sklearn_ser.inspection import listening_page
    >>> corpus = load_emodb_sample()
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "page.html")
    >>> paths = listening_page(corpus.ratings[:3], corpus.data[:3], path)
    >>> paths == [path], os.path.getsize(path) < 200_000
    (True, True)
    >>> folder.cleanup()

    The choices of the page are ratings of one more annotator. If Ann has heard three clips:

    >>> import io
    >>> import pandas as pd
    >>> from sklearn_ser import Ratings
    >>> saved = io.StringIO("sample,annotator,label\n0,Ann,happy\n2,Ann,sad\n")
    >>> Ratings.from_long(pd.read_csv(saved), samples=range(3)).consensus().tolist()
    ['happy', None, 'sad']
    """
    path = checks.check_path(path)
    recordings = check_audio(audio, root)
    n_samples = len(recordings.clips)
    table, own = read_samples(samples, estimator, get_ids(audio), n_samples)
    answers = checks.choose_ratings(own, ratings, audio, n_samples)
    checks.check_annotator(annotator, answers)
    proba, classes = check_proba(proba, classes, table, n_samples)
    curves = check_curves(attention, profile, frames, n_samples, len(classes))
    clips = collect_clips(table, answers, proba, classes)
    scores = score(clips)
    sort = checks.choose_sort(sort, scores)
    files = list_files(audio, recordings.clips)
    records = make_records(clips, scores, recordings, files, curves, frames)
    title = f"{len(records)} clips to listen to" if title is None else title
    names = checks.choose_labels(choices, answers, clips)
    head = {
        "title": title,
        "annotator": annotator.strip(),
        "choices": names,
        "classes": classes,
        "profile_classes": None if profile is None else classes,
        "raters": [] if answers is None else list(map(name_label, answers.annotators)),
        "has_answers": answers is not None,
        "has_model": proba is not None or any(clips.predictions),
        "sorts": [name for name in SORTS if name in scores or name == "order"],
        "sort": sort,
        "has_channels": any(r["channel"] is not None for r in records),
        "store": name_store(title, annotator.strip(), names, records),
    }
    if sort != "order":
        # The sort is stable, and what has no score comes last.
        records.sort(key=lambda r: np.inf if r["scores"][sort] is None else -r["scores"][sort])
    failures: list[Failure] = []
    own = [recordings.clips[r["sample"]] for r in records]
    sounds = compress_all(own, sampling_rate, n_jobs, verbose)
    paths = write_pages(path, head, _add_sounds(records, own, sounds, failures), max_bytes)
    if failures:
        text = describe_failures(failures, len(records))
        warnings.warn(f"{text}\nThe page shows them without sound.", UserWarning, stacklevel=2)
    return paths


def _add_sounds(records, clips, sounds, failures):
    """Yield what is said of each clip, and its sound; collect the recordings that failed.

    Raises
    ------
    ValueError
        After the last clip, if all failed.
    """
    for record, clip, sound in zip(records, clips, sounds, strict=True):
        if sound.problem is not None:
            failures.append(Failure(record["sample"], record["file"], sound.problem))
        code, said = sound.code, sound._asdict()
        del said["code"], said["digest"]
        # A recording that cannot be read is told from others by where it should be.
        place = "" if clip.file is None else os.path.abspath(clip.file)
        yield record | said | {"key": name_choice(record, sound.digest or place)}, code
    if len(failures) == len(records):
        raise ValueError(f"no page was written: {describe_failures(failures, len(records))}")
