"""Names that the examples of the page "What is checked" use."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Bunch

from sklearn_ser import *
from sklearn_ser.datasets import load_emodb_sample, load_table
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import OpenSmileLLD, SequenceScaler
from sklearn_ser.metrics import unweighted_accuracy

labels = ["sad", "angry", "sad", "angry", "sad", "angry"]
raters = pd.DataFrame({"E1": labels, "E2": ["sad", "angry", "angry", None, "sad", "angry"]})
frames = np.random.default_rng(0).normal(size=(6, 20, 3))
X = Sequences.from_arrays(frames, speaker=["Ann", "Ann", "Ben", "Ben", "Eve", "Eve"])
network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
tone = np.sin(np.arange(16000) / 20)
files = load_emodb_sample().data["file"][:3].tolist()
recordings = pd.DataFrame({"file": files, "speaker": ["03", "03", "03"]})
