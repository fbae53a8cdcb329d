"""Measure accuracy on Emo-DB: one speaker held out at a time, three seeds.

    python benchmarks/emodb.py ROOT [--n-seeds 3] [--n-jobs 2] [--results FILE]

Anger, happiness, neutral and sadness (339 utterances of 10 actors in a complete copy); the labels
are the acted emotions. Frames of "chou2019" are z-scored by speaker and pooled by 5; the attention
BLSTM has hard targets, batches of 16 and 100 epochs. Predictions of the ten folds are pooled
before WA and UA are computed. Every fold is written as soon as it is finished, and finished folds
are not trained again. The baseline to beat is an SVC on ComParE_2016 functionals, z-scored by
speaker, with C=10 and balanced classes.
"""

import argparse
import functools
import time
from pathlib import Path

import numpy as np
import opensmile
import sklearn
import skorch
import torch
from _corpora import EMOTIONS, emodb
from _resumable import fill, summary, versions
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import sklearn_ser
from sklearn_ser import AttentionBLSTMClassifier, HardTargetEncoder
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SequenceScaler,
    SequenceStatistics,
)

FIELDS = ["model", "seed", "speaker", "file", "label", "prediction", "seconds"]


def network(seed):
    return make_pipeline(
        SequenceScaler(by="speaker"),
        AttentionBLSTMClassifier(
            target_encoder=HardTargetEncoder(),
            batch_size=16,
            max_epochs=100,
            early_stopping=False,
            random_state=seed,
        ),
    )


def one_fold(frames, table, data, y, name, seed, speaker):
    held_out = (data["speaker"] == speaker).to_numpy()
    model, X = network(seed), frames
    if name == "SVC":
        model, X = SVC(gamma="auto", C=10, class_weight="balanced"), table
    start = time.perf_counter()
    model.fit(X[~held_out], y[~held_out])
    seconds = f"{time.perf_counter() - start:.1f}"
    files = data["file"][held_out].map(lambda path: Path(path).name)
    return [
        (*row, seconds) for row in zip(files, y[held_out], model.predict(X[held_out]), strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/emodb.csv"))
    options = parser.parse_args()

    corpus = emodb(options.root)
    data, y = corpus.data, corpus.target.astype(str)
    frames = make_pipeline(OpenSmileLLD("chou2019"), FramePooler(5)).fit_transform(data)
    table = make_pipeline(
        OpenSmileFunctionals("ComParE_2016"), SequenceScaler(by="speaker"), SequenceStatistics()
    ).fit_transform(data)
    rows = [("BLSTM", seed) for seed in range(options.n_seeds)] + [("SVC", 0)]
    tasks = [(*row, speaker) for row in rows for speaker in np.unique(data["speaker"])]
    fold = functools.partial(one_fold, frames, table, data, y)
    fill(options.results, FIELDS, tasks, fold, options.n_jobs)
    print(versions(sklearn_ser, sklearn, skorch, torch, opensmile))
    print(f"{len(y)} utterances, {', '.join(EMOTIONS)}; predictions of all folds pooled")
    print(summary(options.results))


if __name__ == "__main__":
    main()
