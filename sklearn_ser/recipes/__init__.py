"""Recipes: the pipelines of a paper, one for each row of its table of results.

A recipe is a dict of pipelines, from recordings to labels, by the name of the row.
`sklearn_ser.evaluation.cross_evaluate` takes it as it is. With ``quick=True``, the rows have small
networks: enough to see on two cores that everything runs, but their scores say nothing about the
paper.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
