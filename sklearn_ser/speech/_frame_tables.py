"""Tables of frames: `Sequences` as DataFrames and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd

from sklearn_ser.speech._frame_layout import read_frame_step, read_samples
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names

# Names in a table that are not features: those of samples, of frames, and of speakers.
NAMES = re.compile(r"id(_\d+)?|row|sample|frame|start|end|speaker|voice|session")
# What pandas calls an index without a name once it is a column.
PANDAS_NAMES = re.compile(r"index|level_\d+|Unnamed: \d+|__index_level_\d+__")


class FrameTableMixin:
    """Mixin for `Sequences`: to and from a DataFrame with one row per frame."""

    def to_dataframe(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return a table with one row per frame, such as for ``to_parquet``.

        Parameters
        ----------
        columns : sequence of str of length n_features, default=None
            Names of the features, such as ``extractor.get_feature_names_out()``; None means "0",
            "1" and so on.

        Returns
        -------
        DataFrame
            The index names the sample in the level ``id``; in ``row`` if the ids are row numbers
            of a table, and in ``sample``, as a number, if there are no ids. Ids that are tuples
            have one level per part: ``id_0``, ``id_1`` and so on. If the frame step is known, the
            levels ``start`` and ``end`` give the frame's times in seconds; if it is unknown, the
            level ``frame`` gives its number. There is no such level if the frame step is unknown
            and no sample has more than one frame: the table has one row per sample.

            The columns are ``speaker`` and ``session``, where known, and the features as float32.
            If there are altered speakers, ``speaker`` is the person, and there is a column
            ``voice``. A sample without frames has one row, without values or times.

        Raises
        ------
        ValueError
            If there is not one name per feature, if names are repeated or have another meaning
            here (such as "speaker"), or if ids are missing, repeated, or tuples of unequal length.

        Notes
        -----
        `from_dataframe` inverts this method, also after ``to_parquet`` and ``read_parquet``, which
        need pyarrow. CSV files keep no types: ids, speakers and sessions that look like numbers
        are read as numbers, texts such as "NA" as missing values, and dates as text. Give
        ``pandas.read_csv`` their ``dtype``. `Segments` become their frames.

        Examples
        --------
        >>> from sklearn_ser import Sequences
        >>> X = Sequences.from_arrays([[[1], [2]], [[3]]], speaker=["F", "M"], frame_step=0.01)
        >>> table = X.with_ids(["a.wav", "b.wav"]).to_dataframe(["loudness"])
        >>> table.reset_index()
              id  start   end speaker  loudness
        0  a.wav   0.00  0.01       F       1.0
        1  a.wav   0.01  0.02       F       2.0
        2  b.wav   0.00  0.01       M       3.0
        """
        X: Any = self
        names = _check_names(columns, X.n_features)
        n_rows = np.maximum(X.lengths, 1)
        present = np.repeat(X.lengths > 0, n_rows)
        values = np.full((len(present), X.n_features), np.nan, dtype=np.float32)
        values[present] = X.values
        levels = {name: level.repeat(n_rows) for name, level in _name_samples(X).items()}
        place = np.arange(len(present)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
        if X.frame_step is not None:
            place = np.where(present, place, np.nan)
            levels |= {"start": place * X.frame_step, "end": (place + 1) * X.frame_step}
        elif (X.lengths > 1).any():
            levels["frame"] = pd.array(np.where(present, place, -1), dtype="Int64")
            levels["frame"][~present] = pd.NA
        table = pd.DataFrame(values, columns=names, index=_make_index(levels))
        for number, (name, column) in enumerate(_list_columns(X).items()):
            table.insert(number, name, pd.array(column).repeat(n_rows))
        # Only needed if no row has times.
        table.attrs["frame_step"] = X.frame_step
        return table

    @classmethod
    def from_dataframe(cls, frame: pd.DataFrame, **params: Any) -> Self:
        """Return the samples of a table that `to_dataframe` made.

        Parameters
        ----------
        frame : DataFrame
            As `to_dataframe` returns it. Levels of the index may also be columns, rows may be
            left out as long as the frames of a sample have no gaps, and all columns other than
            those that `to_dataframe` names are features.
        **params : object
            ``segment_length`` and ``segment_step`` of `Segments`, which are not in the table.

        Returns
        -------
        Sequences, or the class that the method is called on

        Raises
        ------
        ValueError
            If it is not clear which sample a row belongs to, rows of a sample are not together,
            frames of a sample are repeated, missing or out of order, a sample has several speakers
            or sessions, or features are not numbers or missing; the samples or columns are listed.
        TypeError
            If `frame` is not a DataFrame.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_ser import Sequences
        >>> X = Sequences.from_arrays([np.zeros((3, 2)), np.ones((5, 2))], frame_step=0.02)
        >>> Sequences.from_dataframe(X.to_dataframe()) == X
        True
        """
        needed = [name for name in cls._settings if name != "frame_step"]  # type: ignore[attr-defined]
        absent = [name for name in needed if name not in params]
        if absent:
            raise ValueError(
                f"{cls.__name__}.from_dataframe needs {' and '.join(absent)}: a table holds "
                "frames, and not how they are cut into segments."
            )
        table = _flatten(frame)
        names = [name for name in table.columns if not NAMES.fullmatch(name)]
        samples = read_samples(table)
        values = _read_features(table[names])
        frame_step, present = read_frame_step(table, samples)
        missing = np.isnan(values)
        if present is None:
            present = ~missing.all(axis=1)
        if frame_step is None and not present.any():
            frame_step = frame.attrs.get("frame_step")
        _check_missing(missing, present, names, samples)
        lengths = np.bincount(samples.codes[present], minlength=len(samples.starts))
        columns = {
            name: samples.read_constant(table[name])
            for name in ("speaker", "session", "voice")
            if name in table.columns
        }
        voices = columns.pop("voice", None)
        if voices is not None:
            columns["speaker"] = _join_voices(columns.get("speaker"), voices)
        made = cls(  # type: ignore[call-arg]
            values[present],
            np.concatenate([[0], np.cumsum(lengths)]),
            frame_step=frame_step,
            **columns,
            **params,
        )
        return made.with_ids(samples.ids)  # type: ignore[attr-defined]


def _check_names(columns, n_features):
    """Return the names of the features, or raise a ValueError."""
    if columns is None:
        return [str(i) for i in range(n_features)]
    names = [columns] if isinstance(columns, str) else [str(name) for name in columns]
    if len(names) != n_features:
        raise ValueError(f"columns must name every feature: {n_features}, got {len(names)} names.")
    _check_unique(names)
    taken = [name for name in names if NAMES.fullmatch(name) or PANDAS_NAMES.fullmatch(name)]
    if taken:
        raise ValueError(
            f"features must have other names than {list_values(taken)}, which do not mean "
            "features in this table."
        )
    return names


def _check_unique(names):
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"names of columns must differ; repeated: {join_names(repeated)}.")


def _name_samples(X):
    """Return the levels of the index that name the samples, each of length n_samples."""
    if X.ids is None:
        return {"sample": pd.RangeIndex(len(X))}
    if X.ids.kind == "tuple" and len(X):
        widths = {len(value) for value in X.ids}
        if len(widths) > 1:
            raise ValueError(
                "ids that are tuples must have the same number of parts, got tuples of "
                f"{join_names(sorted(widths))}."
            )
        parts = zip(*X.ids, strict=True)
        levels = {f"id_{i}": pd.array(list(part)) for i, part in enumerate(parts)}
    else:
        levels = {"row" if X.ids.is_range else "id": pd.Index(X.ids.values, tupleize_cols=False)}
    index = _make_index(levels)
    missing = [] if index.nlevels > 1 else np.flatnonzero(index.isna())
    repeated = np.flatnonzero(index.duplicated(keep=False))
    if len(missing) or len(repeated):
        which = missing if len(missing) else repeated
        raise ValueError(
            f"each sample must have an id of its own, but those of samples {join_names(which)} "
            f"are {'missing' if len(missing) else 'repeated'}; X.with_ids(None) numbers samples."
        )
    return levels


def _make_index(levels):
    names, arrays = list(levels), list(levels.values())
    if len(arrays) == 1:
        return pd.Index(arrays[0], name=names[0], tupleize_cols=False)
    return pd.MultiIndex.from_arrays(arrays, names=names)


def _list_columns(X):
    """Return speakers, voices and sessions as lists of length n_samples, where known."""
    columns = {}
    if X.speaker is not None:
        columns["speaker"] = [getattr(value, "person", value) for value in X.speaker]
        if any(isinstance(value, AlteredSpeaker) for value in X.speaker):
            columns["voice"] = [getattr(value, "voice", None) for value in X.speaker]
    if X.session is not None:
        columns["session"] = X.session.tolist()
    return columns


def _join_voices(persons, voices):
    """Return speakers: persons, altered where there is a voice."""
    if persons is None:
        raise ValueError("a table with a column 'voice' must have a column 'speaker'.")
    return [
        person if voice is None else AlteredSpeaker.from_voice(person, voice)
        for person, voice in zip(persons, voices, strict=True)
    ]


def _flatten(frame):
    """Return a table whose columns are text and include the levels of the index with names."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a DataFrame, got {type(frame).__name__}.")
    levels = [name for name in frame.index.names if name is not None]
    names = [str(name) for name in (*levels, *frame.columns)]
    _check_unique(names)
    table = frame.reset_index(level=levels) if levels else frame
    return table.set_axis(names, axis="columns").reset_index(drop=True)


def _read_features(features):
    """Return the features as float32, with NaN where they are missing."""
    if features.shape[1] == 0:
        raise ValueError("the table has no columns of features.")
    of_pandas = [name for name in features.columns if PANDAS_NAMES.fullmatch(name)]
    if of_pandas:
        raise ValueError(
            f"columns {join_names(map(repr, of_pandas))} are an index that pandas wrote, and no "
            "features: leave them out."
        )
    odd = [
        f"{name!r} ({dtype})"
        for name, dtype in features.dtypes.items()
        if not pd.api.types.is_numeric_dtype(dtype)
        or pd.api.types.is_bool_dtype(dtype)
        or pd.api.types.is_complex_dtype(dtype)
    ]
    if odd:
        raise ValueError(f"features must be columns of numbers; not columns {join_names(odd)}.")
    numbers = [int(name) for name in features.columns if name.isdecimal()]
    if len(numbers) == features.shape[1] and numbers != sorted(numbers):
        raise ValueError(
            "columns of features must be in the order of their numbers, got "
            f"{join_names(numbers)}."
        )
    return features.to_numpy(dtype=np.float32, na_value=np.nan)


def _check_missing(missing, present, names, samples):
    """Raise a ValueError if a frame lacks values, or a sample without frames has some."""
    wrong = missing & present[:, None]
    if wrong.any():
        columns = [repr(names[j]) for j in np.flatnonzero(wrong.any(axis=0))]
        raise ValueError(
            f"frames must have all features; they are missing in columns {join_names(columns)} "
            f"of samples {samples.join(wrong.any(axis=1))}."
        )
    wrong = ~missing.all(axis=1) & ~present
    if wrong.any():
        raise ValueError(
            "rows with features must say which frame they are; not for samples "
            f"{samples.join(wrong)}."
        )
