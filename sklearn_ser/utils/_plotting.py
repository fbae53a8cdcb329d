"""Colours, axes and tables that all figures share."""

import numpy as np

# The Okabe-Ito colours that are visible on white, and a grey. The order keeps the first six as far
# apart as possible for people with any colour vision.
COLOURS = ["#D55E00", "#56B4E9", "#666666", "#0072B2", "#CC79A7", "#000000", "#E69F00", "#009E73"]


def import_pyplot():
    """Return ``matplotlib.pyplot``, or say how to install it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError("figures need matplotlib: pip install matplotlib") from error
    return matplotlib.pyplot


def put_legend_above(ax, n_columns, side="left"):
    """Put the legend above the axes, where it covers nothing."""
    corner = (0, 1) if side == "left" else (1, 1)
    ax.legend(loc=f"lower {side}", bbox_to_anchor=corner, ncols=n_columns, frameon=False)


def make_axes(width, height):
    """Return the axes of a new figure; sizes are in inches."""
    return import_pyplot().subplots(figsize=(width, height), layout="constrained")[1]


def draw_shares(ax, shares):
    """Draw a table of shares as a matrix of colours and numbers; cells that are NaN stay empty.

    Parameters
    ----------
    ax : matplotlib Axes
    shares : DataFrame
        Values from 0 to 1; its names label both axes.
    """
    values = shares.to_numpy()
    ax.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), share in np.ndenumerate(values):
        if np.isfinite(share):
            colour = "white" if share > 0.7 else "black"  # where both are equally legible
            style = {"ha": "center", "va": "center", "color": colour, "fontsize": "small"}
            ax.text(j, i, f"{share:.2f}", **style)
    columns, rows = (list(map(str, names)) for names in (shares.columns, shares.index))
    ax.set_xticks(range(len(columns)), columns, rotation=35, ha="right")
    ax.set_yticks(range(len(rows)), rows)
