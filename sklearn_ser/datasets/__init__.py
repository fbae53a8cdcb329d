"""Corpora: loaders of published ones, a synthetic one, and simulated raters.

Every corpus is a `sklearn.utils.Bunch` with ``data`` (a DataFrame, one row an utterance: ``file``
or ``signal``, ``speaker``, and ``session`` where there is one), ``ratings`` (`Ratings`),
``target`` (consensus labels), ``target_names``, ``sampling_rate`` (in Hz) and ``DESCR``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
