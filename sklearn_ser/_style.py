"""What the pictures have in common."""

# Colours that people with any colour vision tell apart (Okabe & Ito).
COLOURS = ["#D55E00", "#F0E442", "#999999", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]


def pyplot():
    """Return ``matplotlib.pyplot``, or say how to come by it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install matplotlib") from error
    return matplotlib.pyplot


def new_axes(width, height):
    """Return the axes of a new figure; sizes are in inches."""
    return pyplot().subplots(figsize=(width, height), layout="constrained")[1]
