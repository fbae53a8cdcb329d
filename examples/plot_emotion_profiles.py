"""
Emotion profiles, refined stage by stage
========================================

An utterance has one label, but its emotion may change on the way. Mao et al. (Interspeech 2020)
train a network on short segments, look at what it says of each, and train the next one on labels
refined by that. Here are the rows of their Tables 2, 3 and 4 on a synthetic corpus of dyadic
sessions with *simulated* raters; the last session is held out with both of its speakers.

To see whether profiles follow an emotion that changes, pairs of held-out utterances of one speaker
are joined whose emotions differ: then the truth is known at any time.

    python examples/plot_emotion_profiles.py
"""

import argparse
import tempfile
import time

import numpy as np
import pandas as pd
from sklearn.metrics import recall_score
from tqdm import tqdm

from sklearn_ser import ProfileRefineryClassifier, SegmentVGGClassifier
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.features import SegmentLogMel, SequenceScaler
from sklearn_ser.inspection import EmotionProfileDisplay
from sklearn_ser.metrics import ua_scorer, wa_scorer

# %%
# The rows
# --------
# All are settings of one estimator. They have their first stage in common, which is trained once.

ROWS = {
    "VGG": {"n_stages": 1},
    "sEPR, 2 stages": {"refinement": "standard", "n_stages": 2},
    "sEPR, 3 stages": {"refinement": "standard", "n_stages": 3},
    "hard dynamic": {"refinement": "hard", "n_stages": 2},
    "soft static": {"refinement": "static", "n_stages": 2},
    "pEPR, 2 stages": {"refinement": "pseudo", "n_stages": 2},
    "pEPR, 3 stages": {"refinement": "pseudo", "n_stages": 3},
}


def joined_pairs(corpus, rows, n_pairs, rng):
    """Join utterances of one speaker that express different emotions, and little else."""
    expressed = corpus.expressed[corpus.target_names]
    clear = [row for row in rows if expressed.loc[row].max() > 0.8]
    signals, emotions, cuts = [], [], []
    while len(signals) < n_pairs:
        first, second = rng.choice(clear, 2, replace=False)
        pair = [expressed.loc[row].idxmax() for row in (first, second)]
        speakers = corpus.data["speaker"].loc[[first, second]]
        if pair[0] == pair[1] or speakers.nunique() > 1:
            continue
        parts = [corpus.data["signal"].loc[row] for row in (first, second)]
        signals.append(np.concatenate(parts))
        emotions.append(pair)
        cuts.append(len(parts[0]) / corpus.sampling_rate)
    return signals, emotions, np.array(cuts)


def recall_over_time(model, X, emotions, cuts):
    """Recall of the emotion at each time, over segments that lie in one part."""
    said, was = [], []
    for i, profile in enumerate(model.predict_profile(X)):
        begin, end = X.times(i).T
        for part, inside in enumerate((end <= cuts[i], begin >= cuts[i])):
            said.extend(model.classes_[profile[inside].argmax(axis=1)])
            was.extend([emotions[i][part]] * inside.sum())
    return recall_score(was, said, labels=np.unique(was), average="macro")


def main():
    parser = argparse.ArgumentParser(description="Emotion profiles, refined stage by stage.")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--figure", default="emotion_profiles.png", help="where to save it")
    options = parser.parse_args()
    start = time.perf_counter()

    corpus = make_dyadic_corpus(n_sessions=5, n_utterances=80, random_state=0)
    log_mel = SegmentLogMel(hop=15)
    X = log_mel.fit_transform(corpus.data)
    held_out = (X.session == X.session[-1]).astype(bool)
    scaler = SequenceScaler().fit(X[~held_out])
    X_train, X_test = scaler.transform(X[~held_out]), scaler.transform(X[held_out])
    ratings, tested = corpus.ratings[~held_out], corpus.ratings[held_out]
    pairs, emotions, cuts = joined_pairs(
        corpus, np.flatnonzero(held_out), 40, np.random.default_rng(0)
    )
    X_pairs = scaler.transform(log_mel.transform(pairs))

    network = SegmentVGGClassifier("A", width=1 / 16, lr=0.002, batch_size=64, max_epochs=15)
    results, models = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            for name, settings in tqdm(ROWS.items(), unit="row"):
                model = ProfileRefineryClassifier(
                    network,
                    cv=2,
                    memory=folder,
                    n_jobs=options.n_jobs,
                    random_state=seed,
                    **settings,
                ).fit(X_train, ratings)
                models[name] = model
                results.append(
                    {
                        "row": name,
                        "UA": ua_scorer(model, X_test, tested),
                        "WA": wa_scorer(model, X_test, tested),
                        "recall over time": recall_over_time(model, X_pairs, emotions, cuts),
                    }
                )
    table = pd.DataFrame(results).groupby("row", sort=False).mean()
    print(
        f"\n{len(X)} synthetic utterances, one of five sessions held out, {options.seeds} seeds;"
    )
    print("UA and WA against the consensus of simulated raters; recall over time against what is")
    print(f"expressed at each time in {len(pairs)} joined pairs of held-out utterances\n")
    print(table.to_string(float_format="{:.3f}".format))

    # %%
    # One utterance
    # -------------
    # The pair whose profile follows its emotions best, at every stage of pEPR.
    model = models["pEPR, 3 stages"]
    scores = [
        recall_over_time(model, X_pairs[[i]], emotions[i : i + 1], cuts[i : i + 1])
        for i in range(len(pairs))
    ]
    best = int(np.argmax(scores))
    display = EmotionProfileDisplay.from_estimator(
        model, X_pairs, sample=best, signal=pairs[best], sampling_rate=corpus.sampling_rate
    )
    for ax in display.axes_:
        ax.axvline(cuts[best], color="black", linestyle=":")
    display.axes_[0].set_title(" → ".join(emotions[best]) + " (dotted: the change)", loc="right")
    display.figure_.savefig(options.figure, dpi=150)
    print(f"\nfigure: {options.figure}; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
