"""The order of the examples in the gallery: from the first that a newcomer needs."""

from pathlib import Path

EXAMPLES = [
    "plot_own_recordings",
    "plot_real_speech",
    "plot_which_method",
    "plot_soft_targets",
    "plot_every_rating",
    "plot_label_correction",
    "plot_emotion_profiles",
]


def get_place(path):
    """Return the place of an example in the gallery."""
    return EXAMPLES.index(Path(path).stem)
