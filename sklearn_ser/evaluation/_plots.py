"""Figures of an evaluation."""

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from sklearn_ser.evaluation._bootstrap import describe_interval
from sklearn_ser.evaluation._scores import average_scores
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._plotting import COLOURS, import_pyplot, make_axes


def plot_differences(evaluation, baseline, average):
    """Draw every estimator's UA minus the baseline's: the mean, its interval, and every seed."""
    table = evaluation.summary(baseline, average=average)
    seeds = average_scores(evaluation, average)["UA"]
    gains = seeds.sub(seeds.xs(baseline, level="estimator"), level="seed")
    names = table.index.tolist()[::-1]
    ax = make_axes(7, 1.2 + 0.35 * len(names))
    ax.axvline(0, color="black", linewidth=0.8)
    for height, name in enumerate(names):
        row = table.loc[name]
        if name != baseline:
            ax.plot([row["UA_gain_low"], row["UA_gain_high"]], [height] * 2, color=COLOURS[3])
            each = gains.xs(name, level="estimator")
            ax.plot(each, [height] * len(each), "o", color=COLOURS[3], alpha=0.35, markersize=4)
            ax.plot(row["UA_gain"], height, "D", color=COLOURS[3])
        ax.annotate(
            f"{row['UA']:.3f}", (1.01, height), xycoords=("axes fraction", "data"), va="center"
        )
    ax.set_yticks(range(len(names)), names)
    interval = describe_interval(evaluation.predictions, average)
    ax.set_xlabel(f"UA minus that of {baseline}\nmean, {interval}; dots are seeds")
    ax.set_title("UA", loc="right", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    return ax.figure


def plot_confusions(evaluation):
    """Draw one confusion matrix per estimator."""
    classes = evaluation.ratings.classes
    # Names as the classes have them: a prediction may be 0.0 where the class is 0.
    names = {label: str(label) for label in classes.tolist()}
    groups = list(evaluation.predictions.groupby("estimator", sort=False))
    n_columns = min(3, len(groups))
    n_rows = -(-len(groups) // n_columns)
    figure, axes = import_pyplot().subplots(
        n_rows,
        n_columns,
        figsize=(3.6 * n_columns, 3.4 * n_rows),
        layout="constrained",
        squeeze=False,
    )
    for ax, (name, part) in zip(axes.flat, groups, strict=False):
        kept = part[isin_labels(part["consensus"], classes)]
        ConfusionMatrixDisplay.from_predictions(
            [names[label] for label in kept["consensus"]],
            [names.get(label, "") for label in kept["prediction"]],
            labels=list(names.values()),
            normalize="true",
            values_format=".2f",
            cmap="Blues",
            colorbar=False,
            im_kw={"vmin": 0, "vmax": 1},
            xticks_rotation=45,
            ax=ax,
        )
        ax.set_title(name, fontsize="medium")
        ax.set_xlabel("predicted")
        ax.set_ylabel("consensus")
    for ax in np.ravel(axes)[len(groups) :]:
        ax.set_axis_off()
    return figure
