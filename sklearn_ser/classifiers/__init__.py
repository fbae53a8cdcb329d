"""Estimators that learn from ratings."""

from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier

__all__ = ["AttentionBLSTMClassifier"]
