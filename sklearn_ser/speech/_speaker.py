"""The speaker of an altered recording."""

from __future__ import annotations

import functools

from sklearn_ser.utils._saving import SavedByName


@functools.total_ordering
class AlteredSpeaker(SavedByName):
    """The speaker of an altered recording: the same person with another voice.

    It equals the person, hashes and sorts like the person, and is printed as the person's name.
    Everything that groups or splits by speaker, including scikit-learn's splitters and pandas,
    therefore keeps altered recordings together with the originals. Only code that asks for the
    voice distinguishes them, such as `SequenceScaler`, since an altered voice has its own
    statistics.

    Parameters
    ----------
    speaker : object
        The speaker before this change. If it is an altered speaker itself, the change is added to
        its voice.
    change : str
        The change, such as "at 0.9 times the speed".

    Attributes
    ----------
    person : object
        The speaker before any change.
    voice : str
        The person and all changes, as text.

    Examples
    --------
    >>> from sklearn_ser import AlteredSpeaker
    >>> altered = AlteredSpeaker("Ann", "at 0.9 times the speed")
    >>> altered == "Ann", str(altered), altered.voice
    (True, 'Ann', 'Ann at 0.9 times the speed')
    """

    def __init__(self, speaker: object, change: str) -> None:
        self.person = getattr(speaker, "person", speaker)
        self.voice = f"{getattr(speaker, 'voice', speaker)} {change}"

    @classmethod
    def from_voice(cls, person: object, voice: str) -> AlteredSpeaker:
        """Create an altered speaker from a person and a voice, as stored in files.

        Parameters
        ----------
        person : object
        voice : str

        Returns
        -------
        AlteredSpeaker
        """
        self = cls.__new__(cls)
        self.person, self.voice = person, voice
        return self

    def __eq__(self, other):
        return self.person == getattr(other, "person", other)

    def __lt__(self, other):
        return self.person < getattr(other, "person", other)

    def __hash__(self):
        return hash(self.person)

    def __str__(self):
        return str(self.person)

    def __format__(self, spec):
        return format(str(self), spec)

    def __repr__(self):
        return f"AlteredSpeaker({self.person!r}, voice={self.voice!r})"
