"""Evaluation that keeps ratings whole, and speakers on one side."""

from sklearn_ser.evaluation._cross_evaluate import cross_evaluate
from sklearn_ser.evaluation._cross_val_predict import cross_val_predict
from sklearn_ser.evaluation._evaluation import Evaluation
from sklearn_ser.evaluation._paper_protocol import OPTIMISTIC, paper_protocol

__all__ = ["OPTIMISTIC", "Evaluation", "cross_evaluate", "cross_val_predict", "paper_protocol"]
