from ._check import check_ratings
from ._ratings import Ratings
from ._rows import Anonymous, Origin, SampleRatings

__all__ = [
    "Anonymous",
    "Origin",
    "Ratings",
    "SampleRatings",
    "check_ratings",
]
