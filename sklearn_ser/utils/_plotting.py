"""Colours and axes that all figures share."""

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
