"""The papers' tables: each recipe is one paper's pipelines, one for every row, ready to fit.

A recipe is a dict of pipelines by the name of the row, from recordings to labels, as
`sklearn_ser.evaluation.cross_evaluate` takes it. ``quick=True`` gives the same rows with small
networks, to see whether all is well on two cores; nothing is to be learned from its figures.
"""

from sklearn_ser.recipes._ando2018 import ando2018
from sklearn_ser.recipes._chou2019 import chou2019
from sklearn_ser.recipes._fujioka2020 import fujioka2020
from sklearn_ser.recipes._mao2020 import mao2020
from sklearn_ser.recipes._mirsamadi2017 import mirsamadi2017
from sklearn_ser.recipes._recipe import Recipe

__all__ = ["Recipe", "ando2018", "chou2019", "fujioka2020", "mao2020", "mirsamadi2017"]
