from ._audformat import load_audformat
from ._casia import load_casia
from ._crema_d import load_crema_d
from ._dyadic import make_dyadic_corpus
from ._emodb import load_emodb
from ._emodb_sample import load_emodb_sample
from ._emotale import load_emotale
from ._iemocap import load_iemocap
from ._msp_podcast import load_msp_podcast
from ._ravdess import load_ravdess
from ._savee import load_savee
from ._simulate import simulate_ratings
from ._summary import summarize_corpus
from ._table import load_table

__all__ = [
    "load_audformat",
    "load_casia",
    "load_crema_d",
    "load_emodb",
    "load_emodb_sample",
    "load_emotale",
    "load_iemocap",
    "load_msp_podcast",
    "load_ravdess",
    "load_savee",
    "load_table",
    "make_dyadic_corpus",
    "simulate_ratings",
    "summarize_corpus",
]
