"""Write evaluations as text, CSV files and one HTML page."""

import base64
import io
import platform
import re
from importlib.metadata import version

import joblib
import pandas as pd

from sklearn_ser._version import __version__
from sklearn_ser.evaluation._own_files import write_files
from sklearn_ser.evaluation._page import make_corpus_page, make_page
from sklearn_ser.evaluation._places import locate_rows
from sklearn_ser.evaluation._results import (
    ABOUT,
    has_names,
    show_counts,
    show_percent,
    show_score,
)
from sklearn_ser.evaluation._scores import BY_CLASS
from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._plotting import import_pyplot

# What `write_report` and `write_description` may write.
REPORT_FILES = ("report.txt", "report.html", "summary.csv", "scores.csv", "predictions.csv")
REPORT_FILES += ("published.csv", "about.csv", "corpus_*.csv", "details_*.csv")
DESCRIPTION_FILES = ("corpus.txt", "corpus.html", "corpus.csv", "labels.csv", "raters.csv")
DESCRIPTION_FILES += ("speakers.csv", "files.csv")

FIGURES = {"differences": "Differences in UA", "confusion": "Confusions"}


def write_report(folder, results):
    """Write ``report.txt``, ``report.html`` and CSV files.

    The files are ``summary.csv``, ``scores.csv`` and ``predictions.csv``, with a first column
    ``protocol`` if there are several, and the file, start, end and channel of every prediction as
    far as the corpus has them; ``published.csv``, with scores beside those of the paper;
    ``corpus_*.csv``, the tables about the corpus; ``details_*.csv``, those about fits; and
    ``about.csv``, how the evaluation was made. Files are named relative to ``root``. A file
    ``sklearn_ser.json`` lists them; no other file is ever replaced.

    Parameters
    ----------
    folder : Path
    results : Results

    Returns
    -------
    str
        The contents of ``report.txt``.
    """
    images, remark = _draw_figures(results)
    versions = _describe_run(results.seconds)
    text = _make_text(results, remark, versions)
    page = make_page(results, images, remark, versions)
    files = {"report.txt": text, "report.html": page} | _format_files(_make_files(results))
    write_files(folder, files)
    return text


def write_description(folder, heading, tables, draw, seconds):
    """Write ``corpus.txt``, ``corpus.html`` and one CSV file per table about a corpus.

    Parameters
    ----------
    folder : Path
    heading : str
        Its first line is the title.
    tables : dict of str to DataFrame
    draw : callable
        Returns figures by title.
    seconds : float
        How long it took to make the tables.
    """
    try:
        plt, remark = import_pyplot(), ""
        images = {title: _encode(plt, figure) for title, figure in draw().items()}
    except ImportError as error:
        images, remark = {}, f"Figures are missing: {error}."
    title, _, about = heading.partition("\n")
    versions = _describe_run(seconds)
    page = make_corpus_page(title, about, tables, images, remark, versions)
    text = write_introduction(heading, tables) + (f"\n{remark}\n" if remark else "")
    files = {"corpus.txt": f"{text}\n{versions}\n", "corpus.html": page}
    files |= _format_files({_name_file(title): table for title, table in tables.items()})
    write_files(folder, files)


def _format_files(tables):
    """Return tables as contents of CSV files, by name."""
    files = {}
    for name, table in tables.items():
        if table.columns.nlevels > 1:
            table = table.set_axis(list(map(", ".join, table.columns)), axis=1)
        files[f"{name}.csv"] = format_csv(table, index=has_names(table))
    return files


def write_introduction(heading, tables, notices=()):
    """Return the first lines of ``report.txt``: the heading, and tables about the corpus."""
    texts = {title: show_counts(table) for title, table in tables.items()}
    lines = "".join(f"{notice}\n" for notice in notices)
    return f"{heading}\n{lines}{_format_tables(texts)}"


def name_versions():
    """Return the versions of what computes, in one line."""
    return (
        f"sklearn_ser {__version__}, scikit-learn {version('scikit-learn')}, "
        f"torch {version('torch')}, numpy {version('numpy')}, Python {platform.python_version()}"
    )


def _describe_run(seconds):
    return f"{seconds:.0f} s; {name_versions()}, {joblib.cpu_count()} cores"


def _make_text(results, remark, versions):
    parts = [write_introduction(results.heading, results.tables, results.notices)]
    if results.tables or results.sentence:
        parts.append("\n")
    if results.sentence:
        parts.append(f"{results.sentence}\n\n")
    for protocol, about in results.reports.items():
        name = f"{protocol.capitalize()}. " if len(results.evaluations) > 1 else ""
        details = _format_tables(results.average_details(protocol))
        gain = results.explain_gain()
        parts += [f"{name}{about}\n", f"{gain}\n" if gain else "", f"{details}\n"]
    if len(results.comparison):
        parts.append(f"{results.introduce_comparison()}\n")
        for title, table in results.split_comparison().items():
            parts.append(f"{title}\n" if title else "")
            parts += [f"{_format(part, show_percent)}\n\n" for part in _split_by_kind(table)]
        parts += [f"{note}\n" for note in results.list_notes()]
    if results.about:
        lines = "".join(f"{name}: {value}\n" for name, value in results.about.items())
        gap = "\n" if len(results.comparison) else ""
        parts.append(f"{gap}{ABOUT}\n{lines}\n")
    return "".join([*parts, f"{remark}\n" if remark else "", f"{versions}\n"])


def _format_tables(tables):
    """Return tables as text, each below an empty line and its title."""
    return "".join(f"\n{title}\n{_format(table)}\n" for title, table in tables.items())


def _format(table, show=show_score):
    return table.to_string(float_format=show, na_rep="", index_names=False, index=has_names(table))


def _split_by_kind(comparison):
    """Split a table into one of the overall scores, and one of each kind of scores by class."""
    kinds = [str(score).partition("_")[0] for score in comparison.columns.get_level_values(0)]
    kinds = [kind if kind in BY_CLASS else "" for kind in kinds]
    return [comparison.loc[:, [kind == one for kind in kinds]] for one in dict.fromkeys(kinds)]


def _make_files(results):
    evaluations = results.evaluations
    files = {
        "summary": _join(results.summaries),
        "scores": _join({name: found.scores for name, found in evaluations.items()}),
        "predictions": _join(
            {name: _add_places(found, results.root) for name, found in evaluations.items()}
        ),
    }
    if results.about:
        files["about"] = results.tabulate_about()
    if len(results.comparison):
        files["published"] = results.comparison
    files |= {f"corpus_{_name_file(title)}": table for title, table in results.tables.items()}
    for title in dict.fromkeys(title for found in evaluations.values() for title in found.details):
        tables = {name: found.details.get(title) for name, found in evaluations.items()}
        kept = {name: table for name, table in tables.items() if table is not None}
        files[f"details_{_name_file(title)}"] = _join(kept)
    return files


def _add_places(evaluation, root):
    """Return predictions with the file, start, end and channel of each sample, if known."""
    table = evaluation.predictions
    if evaluation.attributes is None:
        return table
    places = locate_rows(evaluation.attributes, root).drop(columns="speaker", errors="ignore")
    places = places.loc[table["sample"]].set_axis(table.index)
    at = table.columns.get_loc("sample") + 1
    return pd.concat([table.iloc[:, :at], places, table.iloc[:, at:]], axis=1)


def _join(tables):
    """Return one table, with the protocol in front if there are several."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    if all(map(has_names, tables.values())):
        return pd.concat(tables, names=["protocol"])
    joined = pd.concat([table.assign(protocol=name) for name, table in tables.items()])
    joined.insert(0, "protocol", joined.pop("protocol"))
    return joined.reset_index(drop=True)


def _name_file(title):
    """Return a title as part of a file's name, without what it has in brackets."""
    return re.sub(r"\W+", "_", title.partition("(")[0]).strip("_").lower()


def _draw_figures(results):
    """Return figures by protocol and title, as PNG in base64, and why if there are none."""
    try:
        plt = import_pyplot()
    except ImportError as error:
        return {name: {} for name in results.evaluations}, f"Figures are missing: {error}."
    images = {}
    for protocol, evaluation in results.evaluations.items():
        figures = {
            title: evaluation.plot(kind, baseline=results.baseline, average=results.average)
            for kind, title in FIGURES.items()
            # A single row differs from nothing.
            if kind != "differences" or len(results.summaries[protocol]) > 1
        }
        if results.draw is not None:
            figures |= results.draw(evaluation)
        images[protocol] = {title: _encode(plt, figure) for title, figure in figures.items()}
    return images, ""


def _encode(plt, figure):
    """Return a figure as PNG in base64, and close it."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120)
    plt.close(figure)
    return base64.b64encode(image.getvalue()).decode()


def format_csv(table, **settings):
    """Return a table as CSV, the same on all systems."""
    return table.to_csv(lineterminator="\n", **settings)


def write_text(path, text):
    """Write a file completely or not at all."""
    with open_atomically(path) as file:
        file.write(text.encode())
