"""What the pictures have in common."""

# Colours that people with any colour vision tell apart (Okabe & Ito).
COLOURS = ["#D55E00", "#F0E442", "#999999", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]


def new_axes(width, height):
    """Return the axes of a new figure; sizes are in inches."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]
