"""The papers' tables: each recipe is one paper's pipelines, one for every row, ready to fit.

A recipe is a dict of pipelines by the name of the row, from recordings to labels, as
`sklearn_ser.evaluation.cross_evaluate` takes it. ``quick=True`` gives the same rows with small
networks, to see whether all is well on two cores; nothing is to be learned from its figures.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
