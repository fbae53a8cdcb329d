"""Accuracy on Emo-DB: one speaker held out at a time, three seeds.

    python benchmarks/emodb.py ROOT [--seeds 3] [--n-jobs 2] [--results FILE]

Anger, happiness, neutral and sadness (339 utterances of 10 actors in a complete copy); the labels
are what was acted. Frames of "chou2019", z-scored by speaker, pooled by 5; the attention BLSTM
with hard targets, batches of 16, 100 epochs. Predictions of the ten folds are pooled before WA and
UA are taken. Every fold is written as soon as it is there, and one that is there is not trained
again. The SVC takes ComParE_2016 functionals, z-scored by speaker, with C=10 and balanced classes:
what a network has to beat.
"""

import argparse
import csv
import platform
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import opensmile
import pandas as pd
import sklearn
import skorch
import torch
from sklearn.metrics import accuracy_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from tqdm import tqdm

import sklearn_ser
from sklearn_ser import AttentionBLSTMClassifier, HardTargetEncoder, Sequences
from sklearn_ser.datasets import load_emodb
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler

EMOTIONS = ["anger", "happiness", "neutral", "sadness"]
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


def one_fold(model, X, y, held_out):
    torch.set_num_threads(1)
    start = time.perf_counter()
    model.fit(X[~held_out], y[~held_out])
    return model.predict(X[held_out]), time.perf_counter() - start


def functionals(files, speaker):
    smile = opensmile.Smile(opensmile.FeatureSet.ComParE_2016, resample=True, sampling_rate=16000)
    table = np.concatenate([smile.process_file(file).to_numpy() for file in files])
    return (
        SequenceScaler(by="speaker")
        .fit_transform(Sequences(table, np.arange(len(table) + 1), speaker))
        .values
    )


def summary(path):
    results = pd.read_csv(path, dtype={"speaker": str})
    rows = []
    for (model, seed), part in results.groupby(["model", "seed"]):
        ua = recall_score(part["label"], part["prediction"], average="macro")
        rows.append((model, seed, ua, accuracy_score(part["label"], part["prediction"])))
    table = pd.DataFrame(rows, columns=["model", "seed", "UA", "WA"])
    print(table.to_string(index=False, float_format="{:.3f}".format))
    print(table.groupby("model")[["UA", "WA"]].agg(["mean", "std"]).round(3).to_string())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/emodb.csv"))
    options = parser.parse_args()

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Emo-DB in", category=UserWarning)
        corpus = load_emodb(options.root, emotions=EMOTIONS)
    data, y = corpus.data, corpus.target.astype(str)
    speakers = data["speaker"].to_numpy()
    frames = make_pipeline(OpenSmileLLD("chou2019"), FramePooler(5)).fit_transform(data)
    table = functionals(data["file"], speakers)

    jobs = [("BLSTM", seed, network(seed), frames) for seed in range(options.seeds)]
    jobs.append(("SVC", 0, SVC(gamma="auto", C=10, class_weight="balanced"), table))
    tasks = [(*job, speaker) for job in jobs for speaker in np.unique(speakers)]
    is_new = not options.results.exists()
    if not is_new:
        known = pd.read_csv(options.results, dtype={"speaker": str})
        done = set(zip(known["model"], known["seed"], known["speaker"], strict=True))
        tasks = [task for task in tasks if (task[0], task[1], task[4]) not in done]
    folds = joblib.Parallel(n_jobs=options.n_jobs, return_as="generator")(
        joblib.delayed(one_fold)(model, X, y, speakers == speaker)
        for _, _, model, X, speaker in tasks
    )
    with options.results.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(FIELDS)
        for (name, seed, _, _, speaker), (labels, seconds) in zip(
            tasks, tqdm(folds, total=len(tasks), unit="fold"), strict=True
        ):
            held_out = speakers == speaker
            files = data["file"][held_out].map(lambda path: Path(path).name)
            for row in zip(files, y[held_out], labels, strict=True):
                writer.writerow([name, seed, speaker, *row, f"{seconds:.1f}"])
            file.flush()
    versions = {
        m.__name__: m.__version__ for m in (sklearn_ser, sklearn, skorch, torch, opensmile)
    }
    print(platform.platform(), platform.python_version(), versions)
    print(f"{len(y)} utterances, {', '.join(EMOTIONS)}; predictions of all folds pooled")
    summary(options.results)


if __name__ == "__main__":
    main()
