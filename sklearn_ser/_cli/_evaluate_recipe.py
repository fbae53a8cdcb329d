"""The command ``evaluate --recipe``: train and test the models of a paper on a corpus."""

import functools
import sys
import time

from sklearn_ser import recipes
from sklearn_ser._cli._about import cite, describe_run, list_notices
from sklearn_ser._cli._corpora import find_corpus_root, load_corpus
from sklearn_ser._cli._options import UsageError
from sklearn_ser._cli._readable import leave_out_unreadable
from sklearn_ser._cli._recipes import check_rows, leave_out_idle_rows
from sklearn_ser._cli._speakers import (
    check_enough_speakers,
    check_groups,
    settle_speakers,
    split_groups,
)
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.evaluation._arguments import get_title
from sklearn_ser.evaluation._report import write_introduction, write_report
from sklearn_ser.evaluation._results import Results

# Annotators of IEMOCAP with rows of their own in Chou and Lee (2019).
ANNOTATORS = ("E1", "E2", "E4", "E5", "E6")


def run_recipe(options):
    """Evaluate a recipe; write and print the results."""
    corpus = load_corpus(options)
    recipe = _make_recipe(options, corpus)
    check_rows(recipe, options.rows or ())
    check_groups(corpus, options.groups)
    groups = options.groups or recipe.groups
    if groups not in corpus.data:
        groups = "speaker"
    if options.protocol != "ours" and recipe.groups not in corpus.data:
        raise UsageError(
            f"--protocol {options.protocol}: the paper splits by {recipe.groups}, which the "
            "corpus does not have"
        )
    _run_recipe(options, corpus, recipe, groups)


def _make_recipe(options, corpus):
    settings = {"quick": options.quick, "memory": options.out / "cache"}
    if options.recipe == "chou2019" and options.corpus == "iemocap":
        settings["annotators"] = _choose_annotators(corpus.ratings.annotators.tolist())
    for name in ("encoder", "alphas"):
        if getattr(options, name) is not None:
            settings[name] = getattr(options, name)
    if options.recipe == "mao2020" and options.corpus == "casia":
        settings["segment_step"] = 3
    recipe = getattr(recipes, options.recipe)(**settings)
    if corpus.ratings.is_anonymous.all():
        for row in recipe.need_annotators:
            print(f"left out: {row}, since the annotators are unknown", file=sys.stderr)
            del recipe[row]
    return recipe


def _choose_annotators(known):
    """Return the annotators of the paper who are in a copy of IEMOCAP, which may be partial."""
    absent = [name for name in ANNOTATORS if name not in known]
    if absent:
        print(f"left out: {', '.join(absent)}, who rated nothing here", file=sys.stderr)
    return [name for name in ANNOTATORS if name in known] or None


def _run_recipe(options, corpus, recipe, groups):
    """Evaluate a recipe; write and print the results."""
    start = time.perf_counter()
    cache, root = options.out / "cache", find_corpus_root(options)
    rows = {name: row for name, row in recipe.items() if name in (options.rows or recipe)}
    # Before recordings are read, which takes longer.
    _plan(options, corpus, recipe, rows, groups)
    corpus, notices = leave_out_unreadable(corpus, options, memory=cache, root=root)
    corpus, rows, groups, idle = _plan(options, corpus, recipe, rows, groups)
    for notice in idle:
        print(f"warning: {notice}", file=sys.stderr)
    notices = [*list_notices(options.quick), *notices, *idle]
    options.out.mkdir(parents=True, exist_ok=True)
    tables = {} if recipe.describe is None else recipe.describe(corpus)
    paper = cite(recipe, options.encoder)
    heading = f"{paper}: trained and tested on {get_title(corpus)}"
    # Known before anything is trained.
    introduction = write_introduction(heading, tables, notices)
    print(introduction, end="", flush=True)
    results = Results(
        heading=heading,
        evaluations=_evaluate(options, corpus, recipe, rows, groups),
        seconds=time.perf_counter() - start,
        baseline=recipe.baseline if recipe.baseline in rows else None,
        average=recipe.average,
        published=recipe.published,
        tables=tables,
        draw=recipe.draw,
        notices=notices,
        about=describe_run(
            options,
            options.corpus,
            recipe=f"{options.recipe} ({paper})",
            quick_trial="yes" if options.quick else "no",
        ),
        root=root,
    )
    print(write_report(options.out, results).removeprefix(introduction), end="")
    print(f"page: {options.out / 'report.html'}")


def _plan(options, corpus, recipe, rows, groups):
    """Return the corpus, the rows and the groups to evaluate, and what to say of rows left out."""
    corpus, rows, groups = settle_speakers(corpus, rows, options, groups)
    splits = []
    if options.protocol != "published":
        splits += split_groups(corpus, groups, options.folds)
    if options.protocol != "ours" and recipe.evaluate_published is None:
        splits += split_groups(corpus, recipe.groups, None)
    if not splits:
        return corpus, rows, groups, []
    check_enough_speakers(corpus, rows, splits)
    rows, notices = leave_out_idle_rows(rows, corpus.ratings, splits)
    if not rows:
        raise UsageError(f"no row can be evaluated. {' '.join(notices)}")
    return corpus, rows, groups, notices


def _evaluate(options, corpus, recipe, rows, groups):
    """Return evaluations by the name of their protocol."""
    settings = {"n_jobs": options.n_jobs, "memory": options.out / "cache", "verbose": True}
    if recipe.evaluate_published is None:
        by_groups = {"groups": recipe.groups, "inspect": recipe.inspect}
        evaluate_published = functools.partial(cross_evaluate, **by_groups)
        same = groups == recipe.groups and options.folds is None and recipe.n_seeds == 1
    else:
        evaluate_published, same = recipe.evaluate_published, False
    found = {}
    if options.protocol != "published":
        both = same and options.protocol == "both"
        found["our protocol, also the paper's" if both else "our protocol"] = cross_evaluate(
            rows,
            corpus,
            groups=groups,
            cv=options.folds,
            seeds=range(options.n_seeds or 1),
            inspect=recipe.inspect,
            allow_shared_speakers=options.allow_shared_speakers,
            **settings,
        )
        if both:
            return found
    if options.protocol != "ours":
        seeds = range(options.n_seeds or recipe.n_seeds)
        found["paper's protocol"] = evaluate_published(rows, corpus, seeds=seeds, **settings)
    return found
