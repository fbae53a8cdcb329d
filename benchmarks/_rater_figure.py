"""The picture of real_raters.py: what it is worth to learn from every answer."""

import pandas as pd
from matplotlib import pyplot as plt
from PIL import Image

# Rows of each base in the picture, each against the vote on the same base.
ROWS = {
    "linear": ["vote", "soft", "one per rater", "joined", "EM", "acted"],
    "MLP": ["vote", "soft", "joined", "crowd layer", "heads"],
    "encoder frames": ["vote", "soft", "joined", "crowd layer"],
}
BASES = {
    "linear": "logistic regression",
    "MLP": "network, one layer",
    "encoder frames": "attention BLSTM",
}
NAMES = {
    "vote": "majority vote",
    "soft": "every answer (soft targets)",
    "one per rater": "one model per rater, averaged",
    "joined": "crowd and raters, joined",
    "EM": "EM over raters",
    "crowd layer": "crowd layer",
    "heads": "one head per rater",
    "acted": "what was acted (reference)",
}
# Score, title, and the sign that makes more better.
PANELS = [
    ("UA_vote", "Is it right more often?\n(gain in UA over the vote)", 1),
    ("cross_entropy", "Is it closer to what raters answer?\n(cross-entropy saved [nat])", -1),
]
BETTER, WORSE, UNCLEAR = "#0072B2", "#D55E00", "#888888"


def read(path):
    """Return the scores and the comparisons of a run, by row, and by row, other row and score."""
    scores = pd.read_csv(path, comment="#").set_index("row")
    listed = pd.read_csv(path.with_name(f"{path.stem}_differences.csv"), comment="#")
    return scores, listed.set_index(["row", "against", "score"]).sort_index()


def draw(by_ua, by_entropy, path):
    """Draw the gains over the vote with their 95 % intervals.

    Parameters
    ----------
    by_ua, by_entropy : Path
        Tables with linear models whose C was chosen by UA, and by cross-entropy.
    path : Path
    """
    runs = read(by_ua), read(by_entropy)
    heights, labels, y = {}, [], 0.0
    for base, names in ROWS.items():
        for name in names:
            heights[base, name] = y
            labels.append(NAMES[name])
            y -= 1
        y -= 0.8
    figure, axes = plt.subplots(1, 2, figsize=(10, 5.2), sharey=True, layout="constrained")
    for ax, (score, title, sign), run in zip(axes, PANELS, runs, strict=True):
        ax.axvline(0, color="black", linewidth=0.8)
        for (base, name), height in heights.items():
            # Networks are not searched, so they are only in the first run.
            scores, listed = run if base == "linear" else runs[0]
            if f"{base}: {name}" not in scores.index:
                continue
            place = {"xycoords": ("axes fraction", "data"), "va": "center", "color": "#555555"}
            shown = f"{scores.loc[f'{base}: {name}', score]:.3f}"
            ax.annotate(shown, (1.01, height), fontsize="small", **place)
            if name == "vote":
                ax.plot(0, height, marker="s", color="black")
                continue
            found = listed.loc[f"{base}: {name}", f"{base}: vote", score]
            gain, *ends = sign * found[["difference", "low", "high"]].to_numpy(float)
            colour = BETTER if min(ends) > 0 else WORSE if max(ends) < 0 else UNCLEAR
            ax.plot(ends, [height] * 2, color=colour, linewidth=2.5)
            ax.plot(gain, height, marker="D", color=colour)
        ax.set_title(title, fontsize="medium")
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.set_ylim(min(heights.values()) - 0.6, 1.2)
    axes[0].set_yticks(list(heights.values()), labels, fontsize="small")
    for base, title in BASES.items():
        top = heights[base, "vote"] + 0.75
        axes[0].annotate(
            title,
            (-0.01, top),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
            weight="bold",
            fontsize="small",
        )
    figure.supxlabel(
        "EmoTale: 675 utterances, three real raters; hidden states of Whisper tiny; "
        "95 % intervals over fifteen speakers, who were held out",
        fontsize="small",
    )
    figure.savefig(path, dpi=110)
    # A few colours are enough, and a small file.
    Image.open(path).convert("RGB").quantize(48).save(path, optimize=True)
    plt.close(figure)
