"""Measure what coding as Opus changes: the recordings in the package, and their originals.

    python benchmarks/opus.py EMODB ENCODER

EMODB and ENCODER are as in make_emodb_sample.py. Features are compared feature by feature: the
median over features of the correlation over all frames or recordings, and of the mean absolute
difference in standard deviations. Then a logistic regression on each, z-scored by speaker, is
tested with one speaker held out at a time; its labels are the acted emotions.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import ConsensusClassifier
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import (
    OpenSmileFunctionals,
    OpenSmileLLD,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
)


def compare(coded, original):
    """Return the medians over features of the correlation and of the difference."""
    spread = original.std(axis=0)
    coded, original = coded[:, spread > 0], original[:, spread > 0]
    spread = spread[spread > 0]
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(coded.T, original.T, strict=True)]
    difference = np.abs(coded - original).mean(axis=0) / spread
    return np.nanmedian(correlation), np.median(difference)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodb", type=Path)
    parser.add_argument("encoder")
    options = parser.parse_args()
    corpus = load_emodb_sample()
    originals = [
        str(options.emodb / "wav" / f"{Path(file).stem}.wav") for file in corpus.data["file"]
    ]
    data = {"original": corpus.data.assign(file=originals), "Opus": corpus.data}
    features = {
        "chou2019, frames": OpenSmileLLD("chou2019"),
        "eGeMAPSv02, functionals": OpenSmileFunctionals("eGeMAPSv02"),
        "ComParE_2016, functionals": OpenSmileFunctionals("ComParE_2016"),
    } | {
        f"Whisper, hidden state {state}": TransformerEmbeddings(options.encoder, layer=state)
        for state in range(5)
    }
    linear = ConsensusClassifier(LogisticRegression(C=0.01, max_iter=1000))
    for name, step in features.items():
        found = {coding: step.fit_transform(table) for coding, table in data.items()}
        correlation, difference = compare(found["Opus"].values, found["original"].values)
        model = make_pipeline(SequenceScaler(by="speaker"), SequenceStatistics(), linear)
        uas = [
            cross_evaluate(model, Bunch(data=X.with_ids(None), ratings=corpus.target)).pooled["UA"]
            for X in (found["original"], found["Opus"])
        ]
        print(
            f"{name}: correlation {correlation:.3f}, difference {difference:.3f} standard "
            f"deviations; UA {uas[0].item():.3f}, from Opus {uas[1].item():.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
