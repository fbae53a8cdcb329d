"""Compare our estimators with classic baselines on the same folds of Emo-DB.

    python benchmarks/accuracy.py {recipes,strong,encoder} ROOT --out DIR [--emotions E ...]
        [--folds 10] [--n-seeds 3] [--encoder MODEL] [--quick] [--n-jobs 2] [--results FILE]

ROOT holds ``wav/``. Labels are as acted; whole speakers are held out (--folds 10 holds out one of
the ten at a time, 5 two), and predictions are pooled. Baselines are the majority class, logistic
regression on the mean of frame features, and support vector machines on openSMILE's functionals,
with and without scaling by speaker.

"recipes" are the rows of `sklearn_ser.recipes` that differ on a corpus with one label per
utterance, with the papers' networks or (--quick) small ones. Those of Chou & Lee need raters: see
annotators.py; all those of Mao et al. are in profiles.py. "strong" is not from a paper. It has
"joined", the mean of attention BLSTMs from two seeds, trained on labels smoothed by alpha = 0.1,
and of logistic regression on ComParE functionals, both scaled by speaker; the parts of this mean;
and the same with networks that were also trained on each recording at 0.9 and 1.1 times its speed.
These models and their settings were chosen on inner splits of training folds.

"encoder" has the rows of `baseline2026` on the encoder MODEL; some with its context of 30 s,
weights of bfloat16, or learned weights of all hidden states; and "the best combination": the mean
of linear models on hidden states with either context, and on functionals, all scaled by speaker.
Layer, C and which models are averaged are chosen on training speakers in each fold. Differences
are from "one hidden state".

Features and finished fits are kept in DIR, so a run that was killed resumes. One row per estimator
and seed is written to FILE, below lines that say how it was produced; render.py makes a page from
such files.
"""

import argparse
from datetime import date
from pathlib import Path

import opensmile
import sklearn
import skorch
import torch
from _corpora import emodb
from _encoder_rows import encoder_rows
from _resumable import versions
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import sklearn_ser
from sklearn_ser import (
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    SoftTargetEncoder,
    check_ratings,
)
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SequenceScaler,
    SequenceStatistics,
)
from sklearn_ser.recipes import ando2018, fujioka2020, mao2020, mirsamadi2017

RECIPES = {
    mirsamadi2017: ["weighted pooling"],
    ando2018: ["hard, clear", "modified soft, clear"],
    fujioka2020: ["BLSTM+ATT", "+L", "+w", "+L+w"],
    mao2020: ["VGG", "VGG^2", "VGG*2"],
}


def baselines(memory):
    compare, egemaps = (
        OpenSmileFunctionals(name, memory=memory) for name in ("ComParE_2016", "eGeMAPSv02")
    )
    frames = OpenSmileLLD("chou2019", memory=memory)
    svc = ConsensusClassifier(SVC(gamma="auto", C=10, class_weight="balanced"))
    by_speaker, mean = SequenceScaler(by="speaker"), SequenceStatistics()
    plain = ConsensusClassifier(SVC(gamma="auto"))
    linear = ConsensusClassifier(LogisticRegression(max_iter=1000))
    return {
        "majority class": make_pipeline(frames, ConsensusClassifier(DummyClassifier())),
        "logistic regression, mean frame": make_pipeline(frames, by_speaker, mean, linear),
        "SVC, ComParE": make_pipeline(compare, mean, StandardScaler(), plain),
        "SVC, ComParE by speaker": make_pipeline(compare, by_speaker, mean, svc),
        "SVC, eGeMAPS by speaker": make_pipeline(egemaps, by_speaker, mean, svc),
    }


def papers(memory, quick):
    rows = {}
    for make, names in RECIPES.items():
        recipe = make(quick=quick, memory=memory)
        rows |= {f"{make.__name__}: {name}": recipe[name] for name in names}
    return rows


def strong(memory):
    network = AttentionBLSTMClassifier(
        (128, 64, 128),
        target_encoder=SoftTargetEncoder(alpha=0.1),
        batch_size=16,
        max_epochs=50,
        early_stopping=False,
    )
    linear = LogisticRegression(C=0.01, class_weight="balanced", max_iter=2000)
    frames, by_speaker = OpenSmileLLD("chou2019", memory=memory), SequenceScaler(by="speaker")
    functionals = OpenSmileFunctionals("ComParE_2016", memory=memory)
    parts = {
        "BLSTM": make_pipeline(frames, FramePooler(5), by_speaker, network),
        "logistic regression, ComParE by speaker": make_pipeline(
            functionals, by_speaker, SequenceStatistics(), ConsensusClassifier(linear)
        ),
    }
    joined = AveragingClassifier(list(parts.items()), n_seeds=2)
    faster_and_slower = {**parts, "BLSTM": AugmentedClassifier(parts["BLSTM"])}
    return {
        **parts,
        "joined": joined,
        "joined, three speeds": AveragingClassifier(list(faster_and_slower.items()), n_seeds=2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=["recipes", "strong", "encoder"])
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--emotions", nargs="+")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--encoder", default="openai/whisper-tiny.en")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()

    memory = options.out
    if options.table == "encoder":
        rows = encoder_rows(options.encoder, memory)
        baseline = "one hidden state"
    else:
        ours = strong(memory) if options.table == "strong" else papers(memory, options.quick)
        rows = baselines(memory) | ours
        baseline = "SVC, ComParE by speaker"
    corpus = emodb(options.root, emotions=options.emotions)
    # Listeners hardly ever disagree, and not all copies contain their votes.
    corpus.ratings = check_ratings(corpus.target)
    found = cross_evaluate(
        rows,
        corpus,
        cv=options.folds,
        seeds=range(options.n_seeds),
        n_jobs=options.n_jobs,
        memory=memory,
        verbose=True,
    )
    print(found.report(baseline))
    seconds = found.scores.drop_duplicates(["estimator", "seed", "fold"])
    seconds = seconds.groupby(["estimator", "seed"], sort=False)["seconds"].sum()
    shown = "".join(f" {emotion}" for emotion in options.emotions or [])
    about = [
        f"accuracy.py {options.table} ROOT --folds {options.folds} --n-seeds {options.n_seeds}"
        + (f" --emotions{shown}" if shown else "")
        + (" --quick" if options.quick else "")
        + (f" --encoder {Path(options.encoder).name}" if options.table == "encoder" else "")
        + f", {date.today()}",
        found.description,
        f"fits and predictions: {seconds.sum():.0f} s of one core",
        versions(sklearn_ser, sklearn, skorch, torch, opensmile),
    ]
    print(*about, sep="\n")
    if options.results is not None:
        table = found.pooled.assign(seconds=seconds)
        # The same in every row of an estimator: intervals over speakers, means over seeds.
        columns = ["UA_low", "UA_high", "UA_gain", "UA_gain_low", "UA_gain_high"]
        intervals = found.summary(baseline)[columns]
        intervals.columns = [name.replace("UA_gain", "gain") for name in columns]
        table = table.join(intervals, on="estimator").round(4).to_csv()
        options.results.write_text("".join(f"# {line}\n" for line in about) + table)


if __name__ == "__main__":
    main()
