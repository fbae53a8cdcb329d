"""Write an evaluation as text, CSV files and one HTML page."""

import base64
import html
import io
import platform
from importlib.metadata import version
from string import Template

import joblib

from sklearn_ser._version import __version__
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
<p>$description</p>
<div>$summary</div>
$figures
$published<h2>Scores by fold and group</h2>
<div>$scores</div>
<p>$versions</p>
</html>
""")
PUBLISHED = Template("""\
<h2>Published results</h2>
<p>In percent, on the corpora named. Other corpora, splits or classes are not comparable.</p>
<div>$table</div>
""")


def write_report(folder, heading, evaluation, baseline, published, seconds):
    """Write ``report.txt``, ``report.html``, ``summary.csv``, ``scores.csv``, ``predictions.csv``.

    Parameters
    ----------
    folder : Path
    heading : str
        Its first line is the title.
    evaluation : Evaluation
    baseline : str or None
        Name of the estimator that the others are compared with; None means the first.
    published : DataFrame
        The figures of the paper; empty if there is no paper.
    seconds : float
        Duration of the evaluation.

    Returns
    -------
    str
        The contents of ``report.txt``.
    """
    versions = (
        f"{seconds:.0f} s; sklearn_ser {__version__}, scikit-learn {version('scikit-learn')}, "
        f"torch {version('torch')}, numpy {version('numpy')}, "
        f"Python {platform.python_version()}, "
        f"{joblib.cpu_count()} cores"
    )
    summary = evaluation.summary(baseline)
    figures, remark = _draw_figures(evaluation, baseline)
    about = evaluation.report(baseline)
    shown = section = ""
    if len(published):
        table = published.dropna(axis=1, how="all").to_string(na_rep="", index_names=False)
        shown = f"Published, in percent:\n{table}\n\n"
        section = PUBLISHED.substitute(table=_format_table(published))
    text = f"{heading}{remark}\n{about}\n\n{shown}{versions}\n"
    description, _, _ = about.partition("\n")
    title, _, more = heading.partition("\n")
    page = PAGE.substitute(
        title=html.escape(title),
        description=html.escape(f"{more}{description}{remark}"),
        summary=_format_table(summary),
        figures="\n".join(figures),
        published=section,
        scores=_format_table(evaluation.scores.set_index("estimator")),
        versions=html.escape(versions),
    )
    _write_text(folder / "report.txt", text)
    _write_text(folder / "report.html", page)
    _write_text(folder / "summary.csv", summary.to_csv())
    _write_text(folder / "scores.csv", evaluation.scores.to_csv(index=False))
    _write_text(folder / "predictions.csv", evaluation.predictions.to_csv(index=False))
    return text


def _format_table(frame):
    return frame.to_html(float_format="{:.3f}".format, na_rep="", border=0, index_names=False)


def _draw_figures(evaluation, baseline):
    """Return figures as HTML images, and a remark if they could not be drawn."""
    try:
        plt = import_pyplot()
    except ImportError as error:
        return [], f" Figures are missing: {error}."
    images = []
    for kind in ("differences", "confusion"):
        figure, image = evaluation.plot(kind, baseline=baseline), io.BytesIO()
        figure.savefig(image, format="png", dpi=120)
        plt.close(figure)
        code = base64.b64encode(image.getvalue()).decode()
        images.append(f'<p><img alt="{kind}" src="data:image/png;base64,{code}"></p>')
    return images, ""


def _write_text(path, text):
    with open_atomically(path) as file:
        file.write(text.encode())
