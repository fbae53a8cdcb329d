"""
Your own recordings: from a folder and a spreadsheet to a model in use
======================================================================

All you need is a folder of recordings, a table that says who speaks, and a spreadsheet of who said
what. Here, the recordings are those in the package (Emo-DB, acted), and the raters are
*simulated*, so that this page runs anywhere; replace the first cell with your own. Every step is a
command, too: ``describe``, ``train``, ``listen`` and ``predict``.
"""

# %%
# A folder and two tables
# -----------------------
# One table has one row per recording. The other has one column per rater, with the typing errors
# and gaps that spreadsheets have.

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_ser.datasets import load_emodb_sample

folder = tempfile.TemporaryDirectory()
root = Path(folder.name)
sample = load_emodb_sample().data
names = [f"clip{i:02}.ogg" for i in range(len(sample))]
for file, name in zip(sample["file"], names, strict=True):
    shutil.copy(file, root / name)
pd.DataFrame({"file": names, "speaker": sample["speaker"], "sex": sample["sex"]}).to_csv(
    root / "recordings.csv", index=False
)
rng = np.random.default_rng(0)
emotions = sample["emotion"].unique()
sheet = pd.DataFrame({"clip": [Path(name).stem for name in names]})
for rater, share_right in {"Ann": 0.85, "Ben": 0.75, "Cid": 0.6}.items():
    right = rng.uniform(size=len(sample)) < share_right
    sheet[rater] = np.where(right, sample["emotion"], rng.choice(emotions, size=len(sample)))
    sheet.loc[rng.uniform(size=len(sample)) < 0.1, rater] = None
sheet.loc[sheet.index[:2], "Ann"] = ["Angr", "ANGER "]
sheet.sample(frac=1, random_state=0).to_csv(root / "ratings.csv", index=False, sep=";")
print(sheet.head(4).to_string())

# %%
# What is there
# -------------
# Answers are joined to recordings by name. One warning says what looks wrong, and how to correct
# it; ``labels`` says what a spelling means.

import warnings

from sklearn_ser.datasets import load_table, summarize_corpus
from sklearn_ser.inspection import AgreementDisplay

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    load_table(root / "recordings.csv", root / "ratings.csv")
    corpus = load_table(root / "recordings.csv", root / "ratings.csv", labels={"Angr": "anger"})
print(*[warning.message for warning in caught], sep="\n\n")
print(summarize_corpus(corpus)["Corpus"].to_string(header=False))

# %%
# What another rater says where one rater says the label of a row:

AgreementDisplay.from_ratings(corpus.ratings)

# %%
# A model, tested on people whom it has never heard
# -------------------------------------------------
# A linear model on openSMILE functionals, which learns the raters' vote; its C is tuned on
# training speakers. A pretrained encoder would be better.

from sklearn_ser.evaluation import cross_evaluate, fit_on_all
from sklearn_ser.recipes import baseline2026

recipe = baseline2026(encoder=None, quick=True, memory=root / "features")
linear = recipe["openSMILE functionals"]
rows = {"majority class": recipe["majority class"], "linear": linear}
found = cross_evaluate(rows, corpus, memory=root / "fits", n_jobs=2)
print(found)
found.plot(baseline="majority class")

# %%
# Are some people recognised better than others? ``by`` takes any column of the table. The interval
# of the gap is over speakers; with so few, it says little.

gaps = found.summary(by="sex").loc["linear"]
print(gaps[["n", "n_speakers", "UA", "UA_gap", "UA_gap_low", "UA_gap_high"]].round(2).to_string())

# %%
# Listen to what they do not agree on
# -----------------------------------
# One HTML page, which works from disk: press the space bar to hear a clip, arrows to go on, and a
# digit to choose a label. Choices are downloaded as a CSV file, which is one more table of answers
# for ``load_table``. Here it has twenty of the clips where the model contradicts the raters; with
# ``found`` in place of ``wrong``, it would have all clips.

import html

from sklearn_ser.inspection import listening_page

wrong = found.predictions.query("estimator == 'linear' and prediction != consensus").dropna()[:20]
wrong = wrong.rename(columns={"consensus": "given"}).filter(regex="^(sample|given|pred|p_)")
listening_page(wrong, corpus.data, root / "listen.html", ratings=corpus.ratings)


class Page:
    """Shows a page within this one."""

    def _repr_html_(self):
        source = html.escape((root / "listen.html").read_text(encoding="utf-8"))
        style = "width: 100%; height: 40rem; border: 1px solid #ccc"
        return f'<iframe title="The listening page" style="{style}" srcdoc="{source}"></iframe>'


Page()
# sphinx_gallery_thumbnail_path = "_static/listening_page.png"

# %%
# Keep the model, and use it
# --------------------------
# The file holds arrays, strings and numbers, and no code. The table has the probability of each
# label, and their entropy: where it is high, the model is not sure. The recordings here were
# learned, so that it is surer than it would be of new ones.

from sklearn_ser.evaluation import tabulate_predictions
from sklearn_ser.io import load, save

model = fit_on_all(linear, corpus)
save(model, root / "model.skops")
again = load(root / "model.skops")
new = corpus.data[["file", "speaker"]][corpus.data["speaker"] == corpus.data["speaker"].iloc[0]]
table = tabulate_predictions(again, new)
print(table.drop(columns="file").round(2).head(5).to_string())
folder.cleanup()
