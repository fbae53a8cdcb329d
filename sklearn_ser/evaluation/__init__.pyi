from ._card import make_model_card
from ._cross_corpus import cross_corpus_evaluate
from ._cross_corpus_evaluation import CrossCorpusEvaluation
from ._cross_evaluate import cross_evaluate
from ._cross_val_predict import cross_val_predict
from ._evaluation import Evaluation
from ._fitted import evaluate_fitted, fit_on_all
from ._paper_protocol import paper_protocol
from ._paper_table import evaluate_paper_protocol
from ._predictions import tabulate_predictions
from ._published import compare_with_published

__all__ = [
    "CrossCorpusEvaluation",
    "Evaluation",
    "compare_with_published",
    "cross_corpus_evaluate",
    "cross_evaluate",
    "cross_val_predict",
    "evaluate_fitted",
    "evaluate_paper_protocol",
    "fit_on_all",
    "make_model_card",
    "paper_protocol",
    "tabulate_predictions",
]
