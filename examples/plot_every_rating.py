"""
Every rating matters: the crowd and each annotator, joined
==========================================================

Chou & Lee (ICASSP 2019) train one network on the consensus, one on the distribution of all
ratings and one on each annotator's own ratings, and join their last hidden layers. Here is their
table, row by row, on a synthetic corpus of dyadic sessions. Its raters are simulated: five of
them, who differ in what they tend to say as the five of the paper do (its Table 1), and of whom
three hear almost everything, two little. One session at a time is held out with both of its
speakers.

    python examples/plot_every_rating.py
"""

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from tqdm import tqdm

from sklearn_ser import AnnotatorEnsembleClassifier, AttentionBLSTMClassifier, SoftTargetEncoder
from sklearn_ser.datasets import make_dyadic_corpus, simulate_ratings
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.inspection import AnnotatorDisplay
from sklearn_ser.metrics import ua_scorer, wa_scorer

# %%
# Raters who differ
# -----------------
# What a rater of average habits answers when one emotion is expressed, and the shares of anger,
# happiness, neutral and sadness among what each rater of the paper said, with how much they rated.

ANSWERS = ["anger", "happiness", "neutral", "sadness", "other"]
AVERAGE = pd.DataFrame(
    [
        [0.75, 0.02, 0.10, 0.05, 0.08],
        [0.03, 0.75, 0.15, 0.02, 0.05],
        [0.05, 0.08, 0.72, 0.10, 0.05],
        [0.04, 0.02, 0.14, 0.75, 0.05],
        [0.30, 0.02, 0.20, 0.13, 0.35],
    ],
    index=["anger", "happiness", "neutral", "sadness", "frustration"],
    columns=ANSWERS,
)
SHARES = {
    "E1": [21.21, 49.67, 8.49, 20.64],
    "E2": [26.58, 31.35, 22.45, 19.62],
    "E4": [12.41, 23.76, 52.88, 10.95],
    "E5": [15.29, 8.94, 69.88, 5.88],
    "E6": [15.76, 43.38, 26.73, 14.22],
}
N_RATED = [5954, 7845, 6429, 422, 773]


def raters(expressed):
    """Confusions of each rater: the average's, leaning until the rater's shares come out."""
    confusions = {}
    for name, shares in SHARES.items():
        share_of_answers = np.append(0.93 * np.array(shares) / np.sum(shares), 0.07)
        joint = AVERAGE.loc[expressed.columns].to_numpy()
        for _ in range(100):  # iterative proportional fitting
            joint = joint * share_of_answers / joint.sum(axis=0)
            joint = joint * expressed.mean().to_numpy()[:, None] / joint.sum(axis=1, keepdims=True)
        confusions[name] = pd.DataFrame(joint, index=expressed.columns, columns=ANSWERS)
    return confusions


# %%
# The rows
# --------
# Members are trained once for the proposed model; what each says alone is a row of the table, and
# the two rows that join only some of them are parameter settings.


def evaluate(X, ratings, sessions, n_seeds, n_jobs):
    """Hold out one session after the other; one row a model, session and seed."""
    results = []
    splits = list(LeaveOneGroupOut().split(X, groups=sessions))
    with tqdm(total=n_seeds * len(splits), unit="fold") as bar:
        for seed in range(n_seeds):
            for train, test in splits:
                scaler = SequenceScaler(by="speaker").fit(X[train])
                X_train, X_test = scaler.transform(X[train]), scaler.transform(X[test])
                network = AttentionBLSTMClassifier(
                    (64, 32, 64),
                    target_encoder=SoftTargetEncoder(alpha=0.75),
                    lr=0.003,
                    max_epochs=40,
                    patience=8,
                )
                proposed = AnnotatorEnsembleClassifier(
                    network, min_ratings=15, n_jobs=n_jobs, random_state=seed
                ).fit(X_train, ratings[train])
                some = proposed.get_params(deep=False)
                models = {
                    **proposed.members_,
                    "crowd-hard + crowd-soft": AnnotatorEnsembleClassifier(
                        **some | {"annotators": ()}
                    ).fit(X_train, ratings[train]),
                    "annotators": AnnotatorEnsembleClassifier(**some | {"crowd": ()}).fit(
                        X_train, ratings[train]
                    ),
                    "proposed: all": proposed,
                }
                for name, model in models.items():
                    ua, wa = (s(model, X_test, ratings[test]) for s in (ua_scorer, wa_scorer))
                    results.append({"row": name, "session": sessions[test[0]], "UA": ua, "WA": wa})
                bar.update()
    return pd.DataFrame(results).groupby(["row", "session"], sort=False).mean()


def main():
    parser = argparse.ArgumentParser(description="Crowd and annotators, joined.")
    parser.add_argument("--seeds", type=int, default=2, help="ensembles to train for each row")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--figure", default="every_rating.png", help="where to save the figure")
    options = parser.parse_args()
    start = time.perf_counter()

    corpus = make_dyadic_corpus(n_sessions=5, n_utterances=100, random_state=0)
    ratings = simulate_ratings(
        corpus.expressed,
        raters(corpus.expressed),
        n_ratings=3,
        p_second=0.05,
        activity=N_RATED,
        target_classes=corpus.target_names,
        random_state=0,
    )
    agreement = ratings.agreement()
    print(f"{len(ratings)} synthetic utterances, 5 simulated raters, alpha {agreement.alpha:.2f}")
    print(agreement.annotators.round(2).to_string())
    AnnotatorDisplay.from_ratings(ratings).figure_.savefig(options.figure, dpi=150)
    print(f"figure: {options.figure}")

    X = make_pipeline(OpenSmileLLD("chou2019", verbose=True), FramePooler(5)).fit_transform(
        corpus.data
    )
    results = evaluate(
        X, ratings, corpus.data["session"].to_numpy(), options.seeds, options.n_jobs
    )
    by_row = results.groupby("row", sort=False)
    mean, spread = (part.map("{:.3f}".format) for part in (by_row.mean(), by_row.std()))
    print("\nOne session held out at a time, with both of its speakers; mean ± standard deviation")
    print(f"over 5 sessions, each the mean of {options.seeds} seeds, against the consensus of")
    print("simulated raters.")
    print((mean + " ± " + spread).to_string())
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
