"""Pictures of ratings and models; they need matplotlib."""

from sklearn_ser.inspection._annotators import AnnotatorDisplay

__all__ = ["AnnotatorDisplay"]
