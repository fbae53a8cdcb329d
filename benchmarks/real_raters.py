"""Compare ways to learn from three real raters of EmoTale, who rated everything.

    python benchmarks/real_raters.py EMOTALE ENCODER --out DIR [--n-seeds 3] [--folds 5]
        [--n-jobs 2] [--choose-by UA] [--results FILE] [--rows ROW ...] [--plot]

EMOTALE is the corpus (adults only), ENCODER a Whisper model (a folder or a name on the hub).
Models learn what raters said, except for "acted", which learns what was acted, as the names of the
files have it. All features are z-scored by speaker, which needs a speaker's recordings, but no
labels.

* "linear" is logistic regression on mean and standard deviation over time of all hidden states of
  the encoder, side by side; "hidden state 2" is the same on one of them (added when the others had
  been seen), and "ComParE" on openSMILE functionals. C is chosen among 0.001, 0.003, 0.01, 0.03,
  and 0.1 on three inner folds of speakers, by the UA against the raters' plurality, for every row
  alike. The plurality is what "vote" learns, so this favours "vote", if anything. The C that it
  chooses for "vote" is often too large for good probabilities, so that differences in
  cross-entropy are mostly about C: read them from a table with "--choose-by cross_entropy", which
  chooses C by the cross-entropy with all ratings.
* "MLP" is a layer of 64 units on the same embeddings. On "frames" of the encoder (hidden state 2,
  the middle one of the smallest Whisper) or of openSMILE ("chou2019"), pooled by 5, there are a
  BLSTM of 64, attention and a layer of 128 units. Networks train for 30 epochs without early
  stopping; nothing is searched.

One speaker is held out at a time; for networks on frames, there are --folds folds of speakers
instead. Predictions are pooled, and scores are means over seeds. Models that do not depend on a
seed have one, and so have networks on frames and rows that take long; the lines above the table
say which.

"vote" learns the plurality, which is a strict majority of three raters, and leaves out utterances
without one. "soft" learns the shares of the votes (alpha = 0). "one per rater" is the mean of one
model per rater, "joined" the ensemble of Chou & Lee, whose members are joined out of fold (cv=3).
"EM" and "crowd layer" model the confusions of raters; "heads" has one output layer per rater.

Controls; only what is above them supports the claim:

* Soft against hard targets: "smoothed vote", whose targets have the mean entropy of the soft ones;
  "vote or draw", which adds utterances without a majority, with the label of one rater; "soft,
  clear only", without these utterances; "soft, as many as clear", with as many utterances as the
  vote has, drawn at random.
* Models of raters: names dealt out at random among the answers on each utterance; as many members
  that all learn from all raters ("three bootstraps", "five seeds of soft").

Scores: UA against the vote (utterances with a majority) and against what was acted; cross-entropy
(nat), all-inclusive F1 and calibration error against all ratings; accuracy and log-likelihood
(nat) of what is expected of each rater, against the rater's own answers. Models without raters
expect of each rater what they predict.

One comparison was named before this table was made (one with a single hidden state and C = 0.01
had been seen): the UA against the vote of "linear: soft" minus that of "linear: vote". All others
are listed with Holm's intervals: of m comparisons, the one with the i-th smallest p has an
interval at the level 1 - 0.05 / (m - i + 1), and counts only if those of all smaller p exclude 0.
Intervals are from 50,000 draws of speakers, the same ones for both models; with 15 speakers, such
intervals are somewhat too short, and they leave out the choice of C: with other inner folds, a
difference can change by 0.01. The table has the changes in one score against "vote" on the same
base: UA here, and cross-entropy, which is better if it falls, in the table with C chosen by it.

Features and finished fits are kept in DIR, so a run that was killed resumes. FILE gets the scores,
and the file beside it whose name ends in _differences.csv the comparisons. --plot draws
docs/real_raters.png from both tables, without computing anything.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

import opensmile
import pandas as pd
import sklearn
import skorch
import torch
import transformers
from _rater_figure import draw
from _rater_rows import BASES, CRITERIA, FRAMES, LINEAR, load_features, make_rows, rotate
from _rater_scores import Resampled, compare, score, widen
from _resumable import versions
from sklearn.utils import Bunch

import sklearn_ser
from sklearn_ser.datasets import load_emotale
from sklearn_ser.evaluation import cross_evaluate

HERE = Path(__file__).parent
BY_UA, BY_ENTROPY = HERE / "real_raters.csv", HERE / "real_raters_entropy.csv"
FIGURE = HERE.parent / "docs" / "real_raters.png"
NAMED = ("linear: soft", "linear: vote", "UA_vote")


def evaluate(base, rows, corpus, options):
    """Return one or two Evaluations, of rows with one seed and of rows with several."""
    X = load_features(base, options.encoder, options.out).fit_transform(corpus.data)
    X = rotate(X) if base in LINEAR else X
    n_seeds = 1 if base in FRAMES else options.n_seeds
    found = []
    for repeat, seeds in ((False, [0]), (True, range(n_seeds))):
        models = {name: row.model for name, row in rows.items() if row.repeat == repeat}
        if models:
            evaluation = cross_evaluate(
                models,
                Bunch(data=X, ratings=corpus.ratings, DESCR=corpus.DESCR),
                cv=options.folds if base in FRAMES else None,
                seeds=seeds,
                n_jobs=options.n_jobs,
                memory=options.out,
                verbose=True,
            )
            found.append(evaluation)
    return found


def choose_rows(wanted, criterion):
    """Return the rows of each base that are wanted; None means all."""
    rows = {base: make_rows(base, criterion) for base in BASES}
    names = [f"{base}: {name}" for base in BASES for name in rows[base]]
    unknown = sorted(set(wanted or []) - set(names))
    if unknown:
        raise SystemExit(f"rows must be among {names}, got {unknown}.")
    wanted = wanted or names
    return {
        base: {name: row for name, row in rows[base].items() if f"{base}: {name}" in wanted}
        for base in BASES
    }


def summary(path, score="UA_vote"):
    """Return the scores, and differences in one score from the vote on the same base, by row.

    The interval of the comparison that was named beforehand is its own; the others are Holm's.
    """
    scores = pd.read_csv(path, comment="#").set_index("row")
    listed = pd.read_csv(name_differences(path), comment="#")
    of_vote = listed["against"].str.endswith(": vote") & (listed["score"] == score)
    gains = listed[of_vote].set_index("row")
    gains["low"] = gains["holm_low"].fillna(gains["low"])
    gains["high"] = gains["holm_high"].fillna(gains["high"])
    columns = {"difference": "", "low": "_low", "high": "_high"}
    columns = {name: f"{score}_change{end}" for name, end in columns.items()}
    return scores.join(gains[list(columns)].rename(columns=columns)).round(3)


def name_differences(path):
    return path.with_name(f"{path.stem}_differences.csv")


def write(path, about, table):
    path.write_text("".join(f"# {line}\n" for line in about) + table.to_csv(index=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    if sys.argv[1:] == ["--plot"]:
        return draw(BY_UA, BY_ENTROPY, FIGURE)
    parser.add_argument("emotale", type=Path)
    parser.add_argument("encoder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--choose-by", choices=list(CRITERIA), default="UA")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--rows", nargs="+")
    options = parser.parse_args()

    corpus = load_emotale(options.emotale)
    acted = corpus.data["emotion"].to_numpy(object)
    scores, resampled, pairs, about = [], {}, [], []
    for base, rows in choose_rows(options.rows, options.choose_by).items():
        if not rows:
            continue
        for found in evaluate(base, rows, corpus, options):
            draws = Resampled(found)
            seconds = found.scores.drop_duplicates(["estimator", "seed", "fold"])
            seconds = seconds.groupby("estimator")["seconds"].sum()
            table = score(found, acted).assign(seconds=seconds)
            for name in table.index:
                resampled[f"{base}: {name}"] = draws.compute(name)
            about.append(f"{base} ({', '.join(table.index)}): {found.description}")
            scores.append(table.rename(lambda name, base=base: f"{base}: {name}"))
        order = [f"{base}: {name}" for name in rows]
        pairs += [
            (f"{base}: {name}", f"{base}: {other}")
            for name, row in rows.items()
            for other in row.against
            if other in rows
        ]
        print(pd.concat(scores).round(3).reindex(order).to_string())
    scores = pd.concat(scores).round(4).rename_axis("row").reset_index()
    listed = compare(resampled, pairs)
    is_named = (listed[["row", "against", "score"]] == list(NAMED)).all(axis=1)
    listed = pd.concat([listed[is_named], widen(listed[~is_named], resampled)])
    head = [
        f"real_raters.py EMOTALE {Path(options.encoder).name} --n-seeds {options.n_seeds} "
        f"--folds {options.folds} --choose-by {options.choose_by}, {date.today()}",
        f"{len(corpus.ratings.annotators)} raters, Krippendorff's alpha of "
        f"{corpus.ratings.agreement().alpha:.3f}",
        *about,
        f"fits and predictions: {scores['seconds'].sum():.0f} s of one core",
        versions(sklearn_ser, sklearn, skorch, torch, transformers, opensmile),
    ]
    print(*head, listed.round(4).to_string(), sep="\n")
    if options.results is not None:
        write(options.results, head, scores)
        write(name_differences(options.results), head, listed.round(5))


if __name__ == "__main__":
    main()
