from ._ando2018 import ando2018
from ._ando2018_curve import draw_alphas
from ._ando2018_split import count_clear_and_ambiguous, hold_out_first_session
from ._baseline2026 import baseline2026
from ._chou2019 import OneAnnotator, chou2019
from ._chou2019_search import score_targets
from ._chou2019_table import count_soft_and_hard
from ._fujioka2020 import OtherSpeaker, fujioka2020
from ._fujioka2020_corrections import draw_corrections, tabulate_corrections
from ._mao2020 import mao2020
from ._mao2020_table import count_utterances_and_speakers
from ._mirsamadi2017 import mirsamadi2017
from ._recipe import Recipe

__all__ = [
    "OneAnnotator",
    "OtherSpeaker",
    "Recipe",
    "ando2018",
    "baseline2026",
    "chou2019",
    "count_clear_and_ambiguous",
    "count_soft_and_hard",
    "count_utterances_and_speakers",
    "draw_alphas",
    "draw_corrections",
    "fujioka2020",
    "hold_out_first_session",
    "mao2020",
    "mirsamadi2017",
    "score_targets",
    "tabulate_corrections",
]
