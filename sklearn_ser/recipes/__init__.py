"""Recipes: the pipelines of a paper, one per row of its table of results, and a baseline.

A recipe is a dict of pipelines, from recordings to labels, whose keys are the names of the rows.
It can be passed to `sklearn_ser.evaluation.cross_evaluate`. With ``quick=True``, the rows have
small networks: enough to check on two cores that everything runs, but their scores say nothing
about the paper.

The other functions make what else a paper has: a table about its corpus, a figure, a split. A
recipe holds those of its paper.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
