"""Save models to files that hold no code, load them, and see what is in them.

A file is an archive of `skops <https://skops.readthedocs.io>`_: arrays, strings, numbers, and the
names of types. Loading creates only objects of the types in `TRUSTED`, each of which is there for
a reason, and runs no code from the file. What a model was saved with is checked before it is used,
and what reaches outside of the model is reset or refused, so that predictions of a loaded model
read nothing but their input and write nothing; see `load`.

Use `save`, and not ``skops.io.dump``, for models of this package. ``skops.io.dump`` names a class
by the private file that defines it, such as ``sklearn_ser.features._pooler.FramePooler``, and its
files can no longer be loaded when that file moves. `save` writes public names, such as
``sklearn_ser.features.FramePooler``, and `load` only reads files that `save` wrote.

>>> import tempfile
>>> from pathlib import Path
>>> from sklearn_ser import AttentionBLSTMClassifier
>>> from sklearn_ser.io import load, save
>>> X = [[[-1.0]], [[1.0]]] * 10
>>> model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=5).fit(X, ["sad", "angry"] * 10)
>>> with tempfile.TemporaryDirectory() as folder:
...     save(model, Path(folder) / "model.skops")
...     again = load(Path(folder) / "model.skops")
>>> bool((again.predict_proba(X) == model.predict_proba(X)).all())
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
