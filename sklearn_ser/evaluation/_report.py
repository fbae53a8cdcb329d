"""Write evaluations as text, CSV files and one HTML page."""

import base64
import html
import io
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from string import Template

import joblib
import pandas as pd

from sklearn_ser._version import __version__
from sklearn_ser.evaluation._details import average_details
from sklearn_ser.evaluation._evaluation import AVERAGING, Evaluation
from sklearn_ser.evaluation._published import compare_with_published
from sklearn_ser.evaluation._scores import BY_CLASS, name_class_scores
from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._plotting import import_pyplot

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .7rem; text-align: right; }
tr > :first-child { text-align: left; } tbody tr { border-top: 1px solid #ddd; }
img { max-width: 100%; } div { overflow-x: auto; }
</style>
<h1>$title</h1>
$sections
<p>$versions</p>
</html>
""")
NOT_COMPARABLE = "Figures of other corpora, splits or classes are not comparable."


@dataclass
class Results:
    """Everything that a report shows.

    Parameters
    ----------
    heading : str
        Its first line is the title.
    evaluations : dict of str to Evaluation
        By the name of their protocol.
    seconds : float
        Duration of the evaluation.
    baseline : str or None
        Name of the estimator that the others are compared with; None means the first.
    average : {"pooled", "folds"}
        See `Evaluation.summary`.
    published : DataFrame
        The figures of the paper; empty if there is no paper.
    tables : dict of str to DataFrame
        Tables about the corpus, by title.
    draw : callable or None
        Makes more figures of an evaluation, by title.
    """

    heading: str
    evaluations: dict[str, Evaluation]
    seconds: float
    baseline: str | None = None
    average: str = "pooled"
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    draw: Callable | None = None

    def summarise(self, evaluation):
        """Return the summary of an evaluation."""
        return evaluation.summary(self.baseline, average=self.average)

    def compare(self):
        """Return scores beside the published figures; empty if there is no paper."""
        if self.published.empty:
            return self.published
        return compare_with_published(self.evaluations, self.published, average=self.average)

    def name_part(self, protocol, title):
        """Return the title of a part about one protocol, which is named if there are several."""
        return f"{title}, {protocol}" if len(self.evaluations) > 1 else title


def write_report(folder, results):
    """Write ``report.txt``, ``report.html`` and CSV files.

    The files are ``summary.csv``, ``scores.csv`` and ``predictions.csv``, with a first column
    ``protocol`` if there are several; ``published.csv``, with scores beside those of the paper;
    ``corpus_*.csv``, the tables about the corpus; and ``details_*.csv``, those about fits.

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
    versions = _name_versions(results.seconds)
    beside = results.compare()
    text = _write_as_text(results, beside, remark, versions)
    _write_text(folder / "report.txt", text)
    _write_text(folder / "report.html", _write_page(results, beside, images, remark, versions))
    for name, table in _make_files(results, beside).items():
        _write_text(folder / f"{name}.csv", table.to_csv(index=_has_names(table)))
    return text


def write_introduction(heading, tables):
    """Return the first lines of ``report.txt``: the heading, and tables about the corpus."""
    return f"{heading}\n{_format_tables(tables)}"


def _format_tables(tables):
    return "".join(f"{title}\n{_format_text(table)}\n\n" for title, table in tables.items())


def _name_versions(seconds):
    return (
        f"{seconds:.0f} s; sklearn_ser {__version__}, scikit-learn {version('scikit-learn')}, "
        f"torch {version('torch')}, numpy {version('numpy')}, "
        f"Python {platform.python_version()}, "
        f"{joblib.cpu_count()} cores"
    )


def _write_as_text(results, beside, remark, versions):
    parts = [write_introduction(results.heading, results.tables)]
    for protocol, evaluation in results.evaluations.items():
        if len(results.evaluations) > 1:
            parts.append(f"{protocol.capitalize()}: ")
        about = evaluation.report(results.baseline, average=results.average)
        parts.append(f"{about}\n\n{_format_tables(_average_all(results, protocol))}")
    if len(beside):
        parts.append(f"{_introduce(results)}\n")
        parts += [f"{_format_text(part, 2)}\n\n" for part in _split_by_kind(beside)]
        parts += [f"{note}\n" for note in _list_notes(results.published)]
    return "".join([*parts, f"{remark}\n" if remark else "", f"{versions}\n"])


def _write_page(results, beside, images, remark, versions):
    title, _, more = results.heading.partition("\n")
    sections = [_paragraph(more), _paragraph(remark)]
    sections += [_section(name, _format_table(t)) for name, t in results.tables.items()]
    for protocol, evaluation in results.evaluations.items():
        about = evaluation.report(results.baseline, average=results.average)
        classes = name_class_scores(evaluation.ratings.classes.tolist())
        summary = results.summarise(evaluation)
        name = results.name_part(protocol, "Summary")
        body = _paragraph(about.partition("\n")[0]) + _format_table(summary.drop(columns=classes))
        sections += [_section(name, body), *images[protocol]]
        of_classes = summary[classes]
        sections.append(
            _section(results.name_part(protocol, "Scores by class"), _format_table(of_classes))
        )
        for name, table in _average_all(results, protocol).items():
            sections.append(_section(name, _format_table(table)))
    if len(beside):
        notes = "".join(map(_paragraph, _list_notes(results.published)))
        body = _paragraph(_introduce(results)) + _format_table(beside, 2) + notes
        sections.append(_section("Published results", body))
    for protocol, evaluation in results.evaluations.items():
        name = results.name_part(protocol, "Scores by fold and group")
        sections.append(_section(name, _format_table(evaluation.scores.set_index("estimator"))))
    return PAGE.substitute(
        title=html.escape(title), sections="\n".join(sections), versions=html.escape(versions)
    )


def _introduce(results):
    means = AVERAGING[results.average]
    return (
        "Beside the published figures, in percent, on the corpora named. Scores of this run are "
        f"averaged as in the recipe: {means[0].lower()}{means[1:]}. {NOT_COMPARABLE}"
    )


def _list_notes(published):
    notes = published[published["note"] != ""]
    found = {}
    for row, note in zip(notes.index, notes["note"], strict=True):
        found.setdefault(note, [])
        if row not in found[note]:
            found[note].append(row)
    return [f"{', '.join(rows)}: {note}." for note, rows in found.items()]


def _split_by_kind(beside):
    """Split a table into one of the overall scores, and one of each kind of scores by class."""
    kinds = [str(score).partition("_")[0] for score in beside.columns.get_level_values(0)]
    kinds = [kind if kind in BY_CLASS else "" for kind in kinds]
    return [beside.loc[:, [kind == one for kind in kinds]] for one in dict.fromkeys(kinds)]


def _average_all(results, protocol):
    details = results.evaluations[protocol].details
    return {
        results.name_part(protocol, f"{name}, means over folds and seeds"): average_details(table)
        for name, table in details.items()
    }


def _make_files(results, beside):
    evaluations = results.evaluations
    files = {
        "summary": _join({k: results.summarise(e) for k, e in evaluations.items()}),
        "scores": _join({k: e.scores for k, e in evaluations.items()}),
        "predictions": _join({k: e.predictions for k, e in evaluations.items()}),
    }
    if len(beside):
        flat = beside.copy()
        flat.columns = [f"{score}, {source}" for score, source in beside.columns]
        files["published"] = flat
    files |= {f"corpus_{_name_file(title)}": table for title, table in results.tables.items()}
    for name in dict.fromkeys(name for e in evaluations.values() for name in e.details):
        found = {k: e.details[name] for k, e in evaluations.items() if name in e.details}
        files[f"details_{_name_file(name)}"] = _join(found)
    return files


def _join(tables):
    """Return one table, with the protocol in front if there are several."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    named = all(_has_names(table) for table in tables.values())
    if named:
        return pd.concat(tables, names=["protocol"])
    tables = [table.assign(protocol=name) for name, table in tables.items()]
    joined = pd.concat(tables, ignore_index=True)
    return joined[["protocol", *joined.columns.drop("protocol")]]


def _has_names(table):
    return not isinstance(table.index, pd.RangeIndex)


def _name_file(title):
    return re.sub(r"\W+", "_", title).strip("_").lower()


def _section(title, body):
    return f"<h2>{html.escape(title)}</h2>\n{body}"


def _paragraph(text):
    return f"<p>{html.escape(text)}</p>\n" if text else ""


def _format_table(frame, decimals=3):
    """Return a table as HTML."""
    table = frame.to_html(
        float_format=f"{{:.{decimals}f}}".format,
        na_rep="",
        border=0,
        index_names=False,
        index=_has_names(frame),
    )
    return f"<div>{table}</div>"


def _format_text(frame, decimals=3):
    return frame.to_string(
        float_format=f"{{:.{decimals}f}}".format,
        na_rep="",
        index_names=False,
        index=_has_names(frame),
    )


def _draw_figures(results):
    """Return figures as HTML images by protocol, and a remark if they could not be drawn."""
    try:
        plt = import_pyplot()
    except ImportError as error:
        return {name: [] for name in results.evaluations}, f"Figures are missing: {error}."
    images = {}
    for protocol, evaluation in results.evaluations.items():
        figures = {
            kind: evaluation.plot(kind, baseline=results.baseline, average=results.average)
            for kind in ("differences", "confusion")
        }
        if results.draw is not None:
            figures |= results.draw(evaluation)
        images[protocol] = []
        for name, figure in figures.items():
            image = io.BytesIO()
            figure.savefig(image, format="png", dpi=120)
            plt.close(figure)
            code = base64.b64encode(image.getvalue()).decode()
            images[protocol].append(
                f'<p><img alt="{html.escape(name)}" src="data:image/png;base64,{code}"></p>'
            )
    return images, ""


def _write_text(path, text):
    with open_atomically(path) as file:
        file.write(text.encode())
