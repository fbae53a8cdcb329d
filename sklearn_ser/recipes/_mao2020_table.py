"""Table 1 of Mao et al. (2020), and how the published protocol differs from ours."""

from __future__ import annotations

import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.evaluation._arguments import get_column, get_data
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._saving import save_by_name

QUANTITIES = ["utterances", "speakers", "emotions"]
CORPORA = {"CASIA": (7200, 4, 6), "Emo-DB": (535, 10, 7), "SAVEE": (480, 4, 7)}
DIFFERENCES = ["held out", "bands scaled over", "profiles from networks trained on"]


@save_by_name
def count_utterances_and_speakers(corpus: Bunch, n_folds: int = 10) -> dict[str, pd.DataFrame]:
    """Count utterances, speakers and emotions, beside those of the corpora of Mao et al.

    A second table says how the published protocol [1]_ differs from that of `cross_evaluate`.

    Parameters
    ----------
    corpus : Bunch
        As loaders return it.
    n_folds : int, default=10
        Number of folds in the published protocol.

    Returns
    -------
    dict of str to DataFrame
        "Table 1": numbers of utterances, speakers (NA if unknown) and emotions. The altered copies
        of a person's recordings are of the same speaker. "Protocols": what is held out,
        over which frames the mean and variance are taken that scale the bands, and what the
        networks that made the forest's training profiles were trained on.

    Raises
    ------
    TypeError
        If the corpus has no data or ratings.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.recipes import count_utterances_and_speakers
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    >>> count_utterances_and_speakers(corpus)["Table 1"]
                 utterances  speakers  emotions
    CASIA              7200         4         6
    Emo-DB              535        10         7
    SAVEE               480         4         7
    this corpus          16         4         4
    """
    table = pd.DataFrame.from_dict(CORPORA, orient="index", columns=QUANTITIES)
    data, ratings = get_data(corpus)
    speakers = get_persons(get_column(data, "speaker", required=False))
    n_speakers = None if speakers is None else len(set(speakers.tolist()))
    table.loc["this corpus"] = [len(ratings), n_speakers, len(ratings.classes)]
    protocols = {
        "ours": (
            "whole speakers",
            "frames of the training part",
            "other speakers of the training part",
        ),
        "published": (
            f"one of {n_folds} folds of utterances",
            "all frames of the corpus",
            "other utterances, those that the forest is tested on among them",
        ),
    }
    differences = pd.DataFrame.from_dict(protocols, orient="index", columns=DIFFERENCES)
    return {"Table 1": table.astype("Int64"), "Protocols": differences}
