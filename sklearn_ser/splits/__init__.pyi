from ._speaker_k_fold import SpeakerKFold

__all__ = ["SpeakerKFold"]
