"""The corpora that can be evaluated: those of the package, published ones, and one's own."""

import os
from pathlib import Path

from sklearn_ser import datasets
from sklearn_ser._cli._options import OF_TABLES, UsageError, find_root, load_own

# The corpus of a recipe, if none is named.
DEFAULT = "dyadic"
# Corpora that are part of the package; all others are read from --root.
EMBEDDED = {
    "dyadic": lambda: datasets.make_dyadic_corpus(n_sessions=5, n_utterances=40, random_state=0),
    "emodb_sample": lambda: datasets.load_emodb_sample(),
}
# Loaders of one's own data, which are no corpora.
OWN = {"load_table", "load_audformat"}
# Loaders that take the folder of a corpus.
CORPORA = [name[5:] for name in datasets.__all__ if name.startswith("load_") and name not in OWN]
CORPORA = [name for name in CORPORA if name not in EMBEDDED]
# How papers load a corpus: some do not merge excitement with happiness, or use no self-reports.
LOADING = {
    ("ando2018", "iemocap"): {"merge_excited": False, "self_reports": False},
    ("fujioka2020", "iemocap"): {"merge_excited": False},
    ("mao2020", "casia"): {"selection": "common"},
}


def check_corpus(options):
    """Raise an error unless options name a corpus, and take what is given with it."""
    name = options.corpus
    if name in EMBEDDED and options.root is not None:
        raise UsageError(f"--corpus {name} takes no --root, since it needs no files")
    if name in CORPORA and options.root is None:
        raise UsageError(f"--corpus {name} needs --root, the folder of the corpus")
    if name not in (*EMBEDDED, *CORPORA):
        if not Path(name).expanduser().exists():
            raise UsageError(
                f"--corpus {name}: neither a file or folder, nor one of "
                f"{', '.join(sorted({*EMBEDDED, *CORPORA}))}"
            )
        return
    for option in OF_TABLES:
        if getattr(options, option) is not None:
            raise UsageError(f"--{option} is for tables of your own, not for {name}")


def load_corpus(options, *, classes=None):
    """Load the corpus that options name."""
    if options.corpus in EMBEDDED:
        return EMBEDDED[options.corpus]()
    if options.corpus not in CORPORA:
        return load_own(options.corpus, options, classes=classes)
    load = getattr(datasets, f"load_{options.corpus}")
    return load(options.root, **LOADING.get((options.recipe, options.corpus), {}))


def find_corpus_root(options):
    """Return the folder that the files of a corpus are named relative to."""
    if options.corpus in EMBEDDED:
        return os.path.dirname(datasets.__file__)
    return options.root if options.corpus in CORPORA else find_root(options.corpus, options)
