"""Who speaks in a recording that was altered."""


class AlteredSpeaker(str):
    """The speaker of altered recordings: another voice, and yet the same person.

    A voice has statistics of its own, so that `SequenceScaler` takes it for another speaker, as
    speech recognition does with speed perturbation; but it stays on its person's side of a split.

    Parameters
    ----------
    speaker : object
        Whose voice it was.
    change : str

    Attributes
    ----------
    person : object
        The speaker before any change.
    """

    def __new__(cls, speaker, change):
        self = super().__new__(cls, f"{speaker} {change}")
        self.person = getattr(speaker, "person", speaker)
        return self

    @classmethod
    def of(cls, name, person):
        """Return the speaker of this name, who is that person."""
        self = super().__new__(cls, name)
        self.person = person
        return self

    def __reduce__(self):
        return AlteredSpeaker.of, (str(self), self.person)


def people(speakers):
    """Return who is behind each voice; None if no speakers are known.

    Parameters
    ----------
    speakers : ndarray of object of shape (n_samples,), or None
    """
    if speakers is None:
        return None
    return [getattr(speaker, "person", speaker) for speaker in speakers]
