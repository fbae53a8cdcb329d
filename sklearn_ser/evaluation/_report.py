"""An evaluation as text, CSV files and one page."""

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
<h2>Published</h2>
<p>In percent, on the corpora named; not comparable with other corpora, splits or classes.</p>
<div>$published</div>
<h2>By fold and group</h2>
<div>$scores</div>
<p>$versions</p>
</html>
""")


def write_report(folder, heading, evaluation, baseline, published, seconds):
    """Write ``report.txt``, ``report.html``, ``summary.csv``, ``scores.csv``, ``predictions.csv``.

    Parameters
    ----------
    folder : Path
    heading : str
    evaluation : Evaluation
    baseline : str or None
    published : DataFrame
    seconds : float
        How long it took.

    Returns
    -------
    str
        What is in ``report.txt``.
    """
    versions = (
        f"{seconds:.0f} s; sklearn_ser {__version__}, scikit-learn {version('scikit-learn')}, "
        f"torch {version('torch')}, numpy {version('numpy')}, "
        f"Python {platform.python_version()}, "
        f"{joblib.cpu_count()} cores"
    )
    summary = evaluation.summary(baseline)
    figures, remark = _figures(evaluation, baseline)
    about = evaluation.report(baseline)
    shown = published.dropna(axis=1, how="all").to_string(na_rep="", index_names=False)
    text = f"{heading}{remark}\n{about}\n\nPublished, in percent:\n{shown}\n\n{versions}\n"
    description, _, _ = about.partition("\n")
    title, _, more = heading.partition("\n")
    page = PAGE.substitute(
        title=html.escape(title),
        description=html.escape(f"{more}{description}{remark}"),
        summary=_table(summary),
        figures="\n".join(figures),
        published=_table(published),
        scores=_table(evaluation.scores.set_index("estimator")),
        versions=html.escape(versions),
    )
    _write(folder / "report.txt", text)
    _write(folder / "report.html", page)
    _write(folder / "summary.csv", summary.to_csv())
    _write(folder / "scores.csv", evaluation.scores.to_csv(index=False))
    _write(folder / "predictions.csv", evaluation.predictions.to_csv(index=False))
    return text


def _table(frame):
    return frame.to_html(float_format="{:.3f}".format, na_rep="", border=0, index_names=False)


def _figures(evaluation, baseline):
    """Figures as images in the page, and a remark if there can be none."""
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


def _write(path, text):
    with open_atomically(path) as file:
        file.write(text.encode())
