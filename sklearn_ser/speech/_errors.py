"""The error of one recording."""


class AudioError(ValueError):
    """Error of one clip; the message continues a sentence that starts with its name."""
