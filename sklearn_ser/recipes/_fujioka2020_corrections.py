"""Table 3 and Figure 3 of Fujioka et al.: what label correction learned, over all folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from sklearn_ser.evaluation import Evaluation
from sklearn_ser.inspection import LabelCorrectionDisplay
from sklearn_ser.utils._plotting import import_pyplot
from sklearn_ser.utils._saving import save_by_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WEIGHTS, TRANSITIONS = "mean w by class", "corrected labels"
W = ["initial w", "learned w"]
MOVED = "corrected to "


@save_by_name
def tabulate_corrections(model: Any) -> dict[str, pd.DataFrame]:
    """Return the mean w of each class, and the shares of labels that were corrected.

    Pass it to `cross_evaluate` as ``inspect`` to have these tables of every fold. Fujioka et al.
    print means over folds [1]_.

    Parameters
    ----------
    model : LabelCorrectingClassifier, or Pipeline that ends in one
        Fitted.

    Returns
    -------
    dict of str to DataFrame
        "mean w by class", if w was learned: the class, the number of training samples that were
        given it, and their mean w, initial and learned (Table 3 of the paper). "corrected labels",
        if targets were learned: the class, the number, and the shares of its labels that were
        corrected to each class (Figure 3). All are of training samples alone.

    References
    ----------
    .. [1] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216

    Examples
    --------
    >>> from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier
    >>> from sklearn_ser.recipes import tabulate_corrections
    >>> network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, early_stopping=False)
    >>> model = LabelCorrectingClassifier(network, random_state=0)
    >>> model = model.fit([[[-1.0]], [[1.0]], [[0.9]]] * 5, ["sad", "angry", "angry"] * 5)
    >>> tabulate_corrections(model)["corrected labels"]["given"].tolist()
    ['angry', 'sad']
    """
    if isinstance(model, Pipeline):
        model = model[-1]
    names = model.classes_.astype(str)
    given = model.initial_targets_[~np.isnan(model.w_)].argmax(axis=1)
    about = {"given": names, "n_samples": np.bincount(given, minlength=len(names))}
    tables = {}
    if model.learn_weights:
        tables[WEIGHTS] = pd.DataFrame({**about, **dict(zip(W, model.class_w_, strict=True))})
    if model.learn_targets:
        corrected = [MOVED + name for name in names]
        shares = dict(zip(corrected, model.transitions_.T, strict=True))
        tables[TRANSITIONS] = pd.DataFrame({**about, **shares})
    return tables


@save_by_name
def draw_corrections(evaluation: Evaluation) -> dict[str, Figure]:
    """Draw what `tabulate_corrections` returned, as means over folds and seeds.

    Parameters
    ----------
    evaluation : Evaluation
        Whose ``details`` are the tables of `tabulate_corrections`.

    Returns
    -------
    dict of str to Figure
        One for each table that there is, with one panel per estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier, Sequences
    >>> from sklearn_ser.evaluation import cross_evaluate
    >>> from sklearn_ser.recipes import draw_corrections, tabulate_corrections
    >>> sad = np.arange(20) % 2 == 0
    >>> X = Sequences.from_arrays(sad[:, None, None].astype(float), speaker=np.arange(20) // 10)
    >>> corpus = Bunch(data=X, ratings=np.where(sad, "sad", "angry"))
    >>> network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, early_stopping=False)
    >>> model = LabelCorrectingClassifier(network)
    >>> found = cross_evaluate(model, corpus, inspect=tabulate_corrections)
    >>> list(draw_corrections(found))
    ['corrected labels, means over folds', 'mean w by class, means over folds']
    """
    details, figures = evaluation.details, {}
    if TRANSITIONS in details:
        figures[f"{TRANSITIONS}, means over folds"] = _draw_panels(details[TRANSITIONS], MOVED)
    if WEIGHTS in details:
        figures[f"{WEIGHTS}, means over folds"] = _draw_panels(details[WEIGHTS], None)
    return figures


def _draw_panels(table, moved):
    """Draw the transitions in columns that start with `moved`, or with None w, by estimator."""
    estimators = table["estimator"].unique()
    figure, axes = import_pyplot().subplots(
        1, len(estimators), squeeze=False, figsize=(4.4 * len(estimators), 4), layout="constrained"
    )
    for ax, name in zip(axes[0], estimators, strict=True):
        columns = W if moved is None else [c for c in table if c.startswith(moved)]
        means = table[table["estimator"] == name].groupby("given", sort=False)[columns].mean()
        classes, values = means.index.tolist(), means.to_numpy()
        if moved is None:
            display = LabelCorrectionDisplay(classes, None, values.T, {}, {}, 0)
            display.plot(ax, kind="class_w")
        else:
            LabelCorrectionDisplay(classes, values, None, {}, {}, 0).plot(ax, kind="transitions")
        # The legend is on the left.
        ax.set_title(name, loc="right")
    return figure
