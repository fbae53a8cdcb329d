"""Use the installed wheel, alone or with the extras plot and skops."""

import importlib.resources
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import soundfile

import sklearn_ser


def find(part, *names):
    """Return a file of the package."""
    file = importlib.resources.files(part).joinpath(*names)
    if not file.is_file():
        raise FileNotFoundError(f"the wheel has no {'/'.join(names)} in {part}")
    return file


def use_alone():
    """Load every public name, late as they load, and every file that is not code."""
    names = list(sklearn_ser.__all__)
    for name in names:
        thing = getattr(sklearn_ser, name)
        for inner in () if callable(thing) else getattr(thing, "__all__", ()):
            getattr(thing, inner)
    find("sklearn_ser", "py.typed")
    for name in ("lld.conf", "ring.conf.inc"):
        find("sklearn_ser.features.opensmile", name)
    for name in ("LICENSE.txt", "SHA256SUMS"):
        find("sklearn_ser.datasets", "emodb_sample", name)
    find("sklearn_ser.inspection", "listening", "page.html")
    sample = sklearn_ser.datasets.load_emodb_sample()
    n_whole = sum(len(soundfile.read(file)[0]) > 8000 for file in sample.data["file"])
    if n_whole != 188:
        raise ValueError(f"{n_whole} of 188 recordings are whole")
    print("the wheel imports:", sklearn_ser.__version__, len(names), "public names")


def use_extras():
    """Train, save, load and plot."""
    import matplotlib as mpl
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from sklearn_ser import ConsensusClassifier, datasets, features, inspection, io

    mpl.use("agg")
    corpus = datasets.make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    model = make_pipeline(
        features.SegmentLogMel(segment_step=10),
        features.SequenceStatistics(),
        StandardScaler(),
        ConsensusClassifier(LogisticRegression()),
    ).fit(corpus.data, corpus.ratings)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.skops")
        io.save(model, path)
        expected = model.predict_proba(corpus.data)
        np.testing.assert_array_equal(io.load(path).predict_proba(corpus.data), expected)
    display = inspection.AgreementDisplay.from_ratings(corpus.ratings)
    display.ax_.figure.canvas.draw()
    print("with plot and skops: a model is saved and loaded, and a figure is drawn")


if "site-packages" not in sklearn_ser.__file__:
    raise ImportError(f"{sklearn_ser.__file__} is not the installed package")
if sys.argv[1] == "alone":
    present = [name for name in ("matplotlib", "skops", "pytest") if find_spec(name)]
    if present:
        raise ImportError(f"the environment is not empty: it has {present}")
    use_alone()
else:
    use_extras()
