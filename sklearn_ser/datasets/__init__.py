"""Corpora: loaders of published ones, a synthetic one, and simulated raters.

Every corpus is a `sklearn.utils.Bunch` with ``data`` (a DataFrame, one row an utterance: ``file``
or ``signal``, ``speaker``, and ``session`` where there is one), ``ratings`` (`Ratings`),
``target`` (consensus labels), ``target_names``, ``sampling_rate`` (in Hz) and ``DESCR``.
"""

from sklearn_ser.datasets._casia import load_casia
from sklearn_ser.datasets._crema_d import load_crema_d
from sklearn_ser.datasets._dyadic import make_dyadic_corpus
from sklearn_ser.datasets._emodb import load_emodb
from sklearn_ser.datasets._iemocap import load_iemocap
from sklearn_ser.datasets._ravdess import load_ravdess
from sklearn_ser.datasets._savee import load_savee
from sklearn_ser.datasets._simulate import simulate_ratings

__all__ = [
    "load_casia",
    "load_crema_d",
    "load_emodb",
    "load_iemocap",
    "load_ravdess",
    "load_savee",
    "make_dyadic_corpus",
    "simulate_ratings",
]
