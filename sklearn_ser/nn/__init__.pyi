from .attention_blstm import AttentionBLSTM
from .losses import SoftCrossEntropy
from .segment_vgg import SegmentVGG
from .softmax_layer import SoftmaxLayer

__all__ = [
    "AttentionBLSTM",
    "SegmentVGG",
    "SoftCrossEntropy",
    "SoftmaxLayer",
]
