"""Pages about evaluations and corpora: one HTML file each, which needs no others."""

import html
from string import Template

import pandas as pd

from sklearn_ser.evaluation._results import ABOUT, has_names, show_counts, show_percent, show_score
from sklearn_ser.evaluation._scores import name_class_scores
from sklearn_ser.evaluation._terms import TITLE, explain_terms

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .7rem; text-align: right; }
tr > :first-child { text-align: left; } tbody tr { border-top: 1px solid #ddd; }
.words td { text-align: left; } .words th { vertical-align: top; white-space: nowrap; }
img { max-width: 100%; } figure { margin: 1rem 0; } div { overflow-x: auto; }
</style>
<h1>$title</h1>
$sections
<p>$versions</p>
</html>
""")


def make_page(results, images, remark, versions):
    """Return the page.

    Parameters
    ----------
    results : Results
    images : dict of str to dict of str to str
        Figures by protocol and title, as PNG in base64.
    remark : str
        Why there are no figures; "" if there are.
    versions : str

    Returns
    -------
    str
    """
    title, _, more = results.heading.partition("\n")
    sections = [f"<p><strong>{html.escape(notice)}</strong></p>\n" for notice in results.notices]
    sections += [_paragraph(text) for text in (results.sentence, *more.splitlines(), remark)]
    sections += [_section(name, _format(show_counts(t))) for name, t in results.tables.items()]
    for protocol, evaluation in results.evaluations.items():
        by_class = name_class_scores(evaluation.ratings.classes.tolist())
        summary = results.summaries[protocol]
        about = results.reports[protocol].partition("\n")[0]
        body = _paragraph(about) + _format(summary.drop(columns=by_class))
        body += _paragraph(results.explain_gain())
        sections.append(_section(results.name_part(protocol, "Summary"), body))
        sections += [_show(name, code) for name, code in images[protocol].items()]
        name = results.name_part(protocol, "Scores by class")
        sections.append(_section(name, _format(summary[by_class])))
        for name, table in results.average_details(protocol).items():
            sections.append(_section(name, _format(table)))
    if len(results.comparison):
        notes = "".join(map(_paragraph, results.list_notes()))
        tables = "".join(
            f"{_paragraph(title)}{_format(table, show_percent)}"
            for title, table in results.split_comparison().items()
        )
        body = _paragraph(results.introduce_comparison()) + tables + notes
        sections.append(_section("Published results", body))
    for protocol, evaluation in results.evaluations.items():
        name = results.name_part(protocol, "Scores by fold and group")
        sections.append(_section(name, _format(evaluation.scores.set_index("estimator"))))
    if results.about:
        sections.append(_section(ABOUT, _format(results.tabulate_about())))
    sections.append(_explain([*results.tables.values(), *results.summaries.values()]))
    return _join(title, sections, versions)


def make_corpus_page(title, about, tables, images, remark, versions):
    """Return a page about a corpus.

    Parameters
    ----------
    title, about : str
        The name of the corpus, and further lines.
    tables : dict of str to DataFrame
    images : dict of str to str
        Figures by title, as PNG in base64.
    remark : str
        Why there are no figures; "" if there are.
    versions : str

    Returns
    -------
    str
    """
    sections = [_paragraph(about), _paragraph(remark)]
    sections += [_section(name, _format(show_counts(table))) for name, table in tables.items()]
    sections += [_section(name, _make_image(name, code)) for name, code in images.items()]
    sections.append(_explain(tables.values()))
    return _join(title, sections, versions)


def _join(title, sections, versions):
    return PAGE.substitute(
        title=html.escape(title),
        sections="\n".join(filter(None, sections)),
        versions=html.escape(versions),
    )


def _section(title, body):
    return f"<h2>{html.escape(title)}</h2>\n{body}"


def _explain(tables):
    terms = explain_terms(tables)
    return _section(TITLE, _format(terms, kind="words")) if len(terms) else ""


def _paragraph(text):
    return f"<p>{html.escape(text)}</p>\n" if text else ""


def _show(name, code):
    image = _make_image(name, code)
    return f"<figure>{image}<figcaption>{html.escape(name)}</figcaption></figure>"


def _make_image(name, code):
    return f'<img alt="{html.escape(name)}" src="data:image/png;base64,{code}">'


def _format(frame, show=show_score, kind=None):
    # Without a limit, pandas cuts long texts.
    with pd.option_context("display.max_colwidth", None):
        table = frame.to_html(
            classes=kind,
            float_format=show,
            na_rep="",
            border=0,
            index_names=False,
            index=has_names(frame),
        )
    return f"<div>{table}</div>"
