"""A part of Emo-DB that the package contains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels
from sklearn_ser.datasets._emodb import count_votes
from sklearn_ser.speech._sequences import Sequences

FOLDER = Path(__file__).parent / "emodb_sample"

DESCR = """\
Emo-DB sample, Berlin database of emotional speech
--------------------------------------------------
{n} of the 535 utterances of Emo-DB: five per emotion by each of its {n_speakers} actors, or fewer
where there are fewer ({counts}). In German; coded as Ogg Opus; 16 kHz, mono.

The consensus is the acted emotion; utterances were published if at least 80 % of the listeners
recognised it. About 20 listeners rated each; only the number who recognised it is known.

Burkhardt, F., Paeschke, A., Rolfes, M., Sendlmeier, W. and Weiss, B. (2005). A database of German
emotional speech. Interspeech. doi:10.21437/Interspeech.2005-446. Licence: CC0 1.0.
"""


def load_emodb_sample() -> Bunch:
    """Load real recordings that the package contains: a part of Emo-DB, with embeddings.

    188 utterances (527 s) in anger, happiness, neutral and sadness: five per emotion by each of
    the ten actors, or all if there are fewer. Nothing is downloaded. The recordings suit examples
    and tests; publish results on the complete corpus, with `load_emodb`.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker``, ``sex``, ``text``, ``emotion`` (as acted),
        and of the listening test ``n_listeners``, ``n_correct`` (who recognised the emotion) and
        ``pct_natural`` (percentage who found the utterance natural).
        ``ratings`` : Ratings by anonymous listeners, with the emotions as target classes, as
        `load_emodb` makes them: votes of those who did not recognise the emotion are "other".
        ``embeddings`` : Sequences of one frame per sample, with speakers and ids, of shape
        (188, 2304): mean and standard deviation over time of hidden states 1, 2 and 3 of the
        encoder of openai/whisper-tiny.en, side by side, so that
        ``LayerSelector(layer, n_hidden_states=3)`` selects among them. They were rounded to half
        precision.
        ``embedding_names`` : list of str, the features of the embeddings, such as
        "whisper_2_7_mean".
        ``target`` : labels (the acted emotions), which are also the consensus of the ratings.
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    See Also
    --------
    load_emodb : The complete corpus, from its official layout.
    sklearn_ser.features.TransformerEmbeddings : Computes such embeddings.

    Notes
    -----
    Opus changes scores of simple models by about 0.01: the UA of a logistic regression with one
    speaker held out is 0.833 on eGeMAPS functionals of the originals and 0.844 on those of the
    coded recordings, and 0.945 and 0.940 on hidden state 2 of Whisper.

    Opus is lossy, and versions of libsndfile may decode it to samples that differ in the last
    bits: do not test for equality of what is computed from the recordings. They are files of the
    installed package; pip unpacks wheels, and the package cannot be imported from an archive.

    Examples
    --------
    >>> from sklearn_ser.datasets import load_emodb_sample
    >>> corpus = load_emodb_sample()
    >>> corpus.data[["speaker", "sex", "emotion"]].iloc[0].tolist()
    ['03', 'male', 'happiness']
    >>> corpus.embeddings
    Sequences(n_samples=188, n_frames=188, n_features=2304)
    """
    data = pd.read_csv(FOLDER / "perception.csv", dtype={"speaker": str})
    data["file"] = [str(FOLDER / "recordings" / name) for name in data["file"]]
    acted = data["emotion"].to_numpy(object)
    emotions = sorted(set(acted))
    ratings = count_votes(acted, data["n_correct"], data["n_listeners"], emotions)
    with np.load(FOLDER / "embeddings.npz") as stored:
        values, names = stored["values"], stored["names"].tolist()
    embeddings = Sequences(values, np.arange(len(values) + 1), data["speaker"])
    return Bunch(
        data=data,
        ratings=ratings.with_consensus(acted).with_ids(data["file"]),
        embeddings=embeddings.with_ids(data["file"]),
        embedding_names=names,
        target=acted,
        target_names=emotions,
        sampling_rate=16000,
        DESCR=DESCR.format(
            n=len(data), n_speakers=data["speaker"].nunique(), counts=count_labels(acted)
        ),
    )
