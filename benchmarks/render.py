"""Write docs/results.md: every table in this folder, and how it was produced.

python benchmarks/render.py
"""

import functools
from pathlib import Path

import annotators
import annotators_confuse
import emodb
import label_correction
import pandas as pd
import profiles
import real_raters
import when_it_pays
import whiser
from _resumable import read_head, summary

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results.md"
# Tables of accuracy.py, in the order of the page.
SMALL = "The papers' recipes with small networks (`--quick`) on Emo-DB"
ACCURACY = {
    "encoder_emodb": "A pretrained encoder on Emo-DB, four emotions, whole utterances",
    "encoder_emodb_cut": "A pretrained encoder on Emo-DB, seven emotions, the first two seconds",
    "recipes_emodb": f"{SMALL}, four emotions, whole utterances",
    "recipes_emodb_cut": f"{SMALL}, seven emotions, the first two seconds",
    "strong_emodb": "The best without an encoder on Emo-DB, four emotions",
    "strong_emodb_cut": "The best without an encoder on Emo-DB, seven emotions, two seconds",
}
# What a reader must know of a table before reading it.
REMARKS = dict.fromkeys(
    ("recipes_emodb", "recipes_emodb_cut"),
    "These are not the papers' networks. With `--quick`, layers are a quarter as wide or less, "
    "frames\nare averaged by fives, training ends after 20 epochs at most, and the VGG network is "
    "configuration A\nat a sixteenth of its width.\n\nEmo-DB has one label per utterance here. "
    "*modified soft* is then label smoothing: of K classes, the\nlabel gets "
    "1.75 / (1 + 0.75 K), and every other class 0.75 / (1 + 0.75 K). It is not the method of\n"
    "Ando et al., which learns from the disagreement of raters.",
)
OTHERS = {
    "real_raters": ("Real raters: EmoTale", real_raters, real_raters.summary),
    "real_raters_entropy": (
        "The same, with C chosen by cross-entropy",
        None,
        functools.partial(real_raters.summary, score="cross_entropy"),
    ),
    "emodb": ("The network at its full width on Emo-DB", emodb, summary),
    "annotators_listen": ("Raters who listen, simulated", annotators, annotators.summary),
    "annotators": ("Raters who confuse, simulated", annotators_confuse, summary),
    "whiser": ("Real workers without sound: WHiSER", whiser, whiser.summary),
    "when_it_pays": ("When it pays, on synthetic vectors", when_it_pays, when_it_pays.summary),
    "label_correction": ("Labels flipped on purpose", label_correction, label_correction.summary),
    "profiles": ("Refinement of emotion profiles", profiles, profiles.summary),
}


def accuracy(name):
    """Return how a table of accuracy.py was produced, and its means over seeds."""
    path = HERE / f"{name}.csv"
    about = read_head(path)
    # Tables of earlier versions have the column's former name.
    table = pd.read_csv(path, comment="#").rename(columns={"js": "js_divergence"})
    table = table.groupby("estimator", sort=False)
    means = table[["UA", "WA", "cross_entropy", "js_divergence", "seconds"]].mean()
    means.insert(1, "UA_std", table["UA"].std())
    if "UA_low" in table.obj:
        intervals = table[["UA_low", "UA_high", "gain", "gain_low", "gain_high"]].first()
        means = pd.concat([means[["UA"]], intervals, means.drop(columns="UA")], axis=1)
        means = means.dropna(axis=1, how="all")  # the spread over seeds, if there was one
    remark = f"{REMARKS[name]}\n\n" if name in REMARKS else ""
    return remark + "\n".join(f"* {line}" for line in about), means.round(3)


def other(name):
    """Return a script's docstring without its first line, how it was run, and the table."""
    _, script, summarise = OTHERS[name]
    path = HERE / f"{name}.csv"
    head = "\n".join(f"* {line}" for line in read_head(path))
    if script is None:  # that of the section before
        return head, summarise(path)
    about = script.__doc__.split("\n\n", 1)[1].replace("    python", "```\npython", 1)
    command, _, rest = about.partition("\n\n")
    return f"{command}\n```\n\n{rest.strip()}" + (head and f"\n\n{head}"), summarise(path)


def section(title, about, table):
    text = table.to_string(na_rep="", float_format="{:.3f}".format)
    return f"## {title}\n\n{about}\n\n```\n{text}\n```\n"


def compose():
    """Return the page. Tables that have not been measured are left out."""
    measured = [name for name in ACCURACY if (HERE / f"{name}.csv").exists()]
    sections = [section(ACCURACY[name], *accuracy(name)) for name in measured]
    others = [name for name in OTHERS if (HERE / f"{name}.csv").exists()]
    sections += [section(OTHERS[name][0], *other(name)) for name in others]
    head = (
        "# Measured results\n\nWritten by `benchmarks/render.py` from the CSV files beside it. "
        "UA is the mean recall of the classes, WA the share of right predictions; speakers are "
        "never on both sides unless it says so. Means over seeds. UA_low to UA_high, and gain_low "
        "to gain_high, are 95 % bootstrap intervals over speakers; gain is the difference in UA "
        "from the table's baseline, drawn with the same speakers. seconds are of fits and "
        "predictions, with features at hand.\n"
    )
    return "\n".join([head, *sections])


def main():
    PAGE.write_text(compose())


if __name__ == "__main__":
    main()
