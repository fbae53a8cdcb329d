from ._ando2018 import ando2018
from ._baseline2026 import baseline2026
from ._chou2019 import OneAnnotator, chou2019
from ._fujioka2020 import OtherSpeaker, fujioka2020
from ._mao2020 import mao2020
from ._mirsamadi2017 import mirsamadi2017
from ._recipe import Recipe

__all__ = [
    "OneAnnotator",
    "OtherSpeaker",
    "Recipe",
    "ando2018",
    "baseline2026",
    "chou2019",
    "fujioka2020",
    "mao2020",
    "mirsamadi2017",
]
