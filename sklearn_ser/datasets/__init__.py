"""Corpora: loaders of published corpora, a synthetic corpus, and simulated raters.

Every corpus is a `sklearn.utils.Bunch` with ``data`` (a DataFrame with one row per utterance:
``file`` or ``signal``, ``speaker``, and ``session`` if there are sessions), ``ratings``
(`Ratings`), ``target`` (consensus labels), ``target_names``, ``sampling_rate`` (in Hz) and
``DESCR``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
