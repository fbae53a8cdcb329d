"""Networks and losses in torch; they know no labels, files or estimators."""

from sklearn_ser.nn.attention_blstm import AttentionBLSTM
from sklearn_ser.nn.losses import SoftCrossEntropy
from sklearn_ser.nn.segment_vgg import SegmentVGG
from sklearn_ser.nn.softmax_layer import SoftmaxLayer

__all__ = ["AttentionBLSTM", "SegmentVGG", "SoftCrossEntropy", "SoftmaxLayer"]
