from ._cross_corpus import cross_corpus_evaluate
from ._cross_corpus_evaluation import CrossCorpusEvaluation
from ._cross_evaluate import cross_evaluate
from ._cross_val_predict import cross_val_predict
from ._evaluation import Evaluation
from ._paper_protocol import paper_protocol
from ._paper_table import evaluate_paper_protocol
from ._published import compare_with_published

__all__ = [
    "CrossCorpusEvaluation",
    "Evaluation",
    "compare_with_published",
    "cross_corpus_evaluate",
    "cross_evaluate",
    "cross_val_predict",
    "evaluate_paper_protocol",
    "paper_protocol",
]
