"""The command ``train``: cross-validate a model by speaker, and fit it on everything."""

import os
import sys
import time
from pathlib import Path

from sklearn_ser import datasets, recipes
from sklearn_ser._cli._about import cite, describe_encoder, describe_run, list_notices
from sklearn_ser._cli._encoders import find_encoder
from sklearn_ser._cli._models import (
    TRAINING,
    check_model_path,
    forget_folders,
    get_card_path,
    get_report_folder,
)
from sklearn_ser._cli._options import (
    UsageError,
    add_command,
    add_resources,
    add_skip_errors,
    add_table_options,
    check_folder,
    check_positive,
    find_root,
    load_own,
)
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser._cli._readable import leave_out_unreadable
from sklearn_ser._cli._recipes import (
    RECIPES,
    check_rows,
    check_takes,
    leave_out_idle_rows,
    quote,
)
from sklearn_ser._cli._speakers import (
    FEW_FOLDS,
    MOST_FOLDS,
    add_speaker_options,
    check_enough_speakers,
    check_groups,
    count_folds,
    settle_speakers,
    split_groups,
)
from sklearn_ser.evaluation import cross_evaluate, fit_on_all, make_model_card
from sklearn_ser.evaluation._arguments import get_title
from sklearn_ser.evaluation._card import describe_searches
from sklearn_ser.evaluation._own_files import write_files
from sklearn_ser.evaluation._places import locate_rows
from sklearn_ser.evaluation._report import (
    REPORT_FILES,
    format_csv,
    write_introduction,
    write_report,
)
from sklearn_ser.evaluation._results import Results
from sklearn_ser.evaluation._sentence import describe_result
from sklearn_ser.io import save
from sklearn_ser.utils._messages import say_count

LINEAR = "baseline2026"
MAJORITY = "majority class"
# By default, a model needs to know nothing of those whom it will hear.
ROWS = {
    False: "openSMILE functionals, speakers unknown",
    True: "one hidden state, speakers unknown",
}

DESCRIPTION = f"""\
Cross-validate a model by speaker, fit it on everything, and save it with a report and a card.

The default is the strong linear model of recipe {LINEAR}: logistic regression on the functionals \
of openSMILE or, with --encoder, on the hidden states of a pretrained speech encoder, which is \
better. It needs to know nothing of the speakers of new recordings, which is what "speakers \
unknown" means in the name of its row; in training, speakers must be known. The majority class \
and the same model with features scaled by speaker are cross-validated beside it; choose the \
latter with --row if new recordings come with their speakers, and several of each. Beside a row \
of another recipe, a linear model on openSMILE functionals is cross-validated: what it must beat.

Three things are written: the model; a folder .report, with report.html, the same as text and CSV \
files, training.csv (whom the model has heard) and a cache, from which the same command resumes; \
and a card .md, with corpus, raters, split, scores, licences, intended use and limits."""
EXAMPLE = """\
python -m sklearn_ser train recordings.csv --ratings ratings.csv --out model.skops
python -m sklearn_ser train recordings.csv --ratings ratings.csv --recipe chou2019 \\
    --row Proposed --out model.skops
"""


def add_parser(commands):
    """Add the parser of the command."""
    add = add_command(
        commands,
        "train",
        run,
        help="cross-validate a model, fit it on everything, and save it with report and card",
        description=DESCRIPTION,
        example=EXAMPLE,
        resumes=True,
    ).add_argument
    add("recordings", metavar="RECORDINGS", help="a table of recordings, or a folder of them")
    add_table_options(add)
    add("--recipe", default=LINEAR, choices=RECIPES, help="default: %(default)s")
    add(
        "--row",
        metavar="ROW",
        help="which model of the recipe; may be left out if it has one, or is the default",
    )
    add(
        "--compare",
        nargs="+",
        metavar="ROW",
        default=(),
        help="further rows of the recipe to cross-validate beside it; all: every row",
    )
    add(
        "--encoder",
        metavar="NAME_OR_FOLDER",
        help="pretrained speech encoder of transformers, as a folder or by its name on the "
        f"Hugging Face hub; only with --recipe {LINEAR}",
    )
    add(
        "--quick",
        action="store_true",
        help=f"use small networks and searches and at most {FEW_FOLDS} folds, for a trial run, or "
        "where there are few speakers",
    )
    add_speaker_options(
        add,
        groups="the column of what to hold out; default: speaker. Where speakers are unknown, its "
        "values stand for them",
    )
    add(
        "--folds",
        type=int,
        metavar="K",
        help=f"number of folds, each of whole groups; default: one per group, or {MOST_FOLDS} if "
        "there are more",
    )
    add(
        "--n-seeds",
        type=int,
        default=1,
        metavar="N",
        help="number of trainings per row and fold; default: %(default)s",
    )
    add_resources(add, "fits to run")
    add_skip_errors(add)
    add(
        "--out",
        type=Path,
        metavar="FILE",
        required=True,
        help="the model, whose name ends in .skops; the report and the card are beside it, and "
        "nothing is written elsewhere",
    )


def run(options):
    """Cross-validate, fit, and write the model, its report and its card."""
    check_model_path(options.out)
    report = get_report_folder(options.out)
    check_folder(report, "the report")
    card = os.path.join(os.pardir, get_card_path(options.out).name)
    check_outputs(
        options, files=[options.out], folder=report, names=[*REPORT_FILES, TRAINING, card]
    )
    check_positive(options, "folds", "n_seeds", "n_jobs")
    check_takes(options.recipe, encoder=options.encoder)
    start = time.perf_counter()
    options.encoder = find_encoder(options.encoder)
    cache, root = report / "cache", find_root(options.recordings, options)
    original = load_own(options.recordings, options)
    check_groups(original, options.groups)
    recipe = _make_recipe(options, cache)
    name = _choose_row(options, recipe, original)
    rows, baseline = _collect_rows(options, recipe, name, original, cache)
    # Before recordings are read, which takes longer.
    _plan(options, original, rows)
    original, notices = leave_out_unreadable(original, options, memory=cache, root=root)
    corpus, rows, groups, cv, idle, n_folds = _plan(options, original, rows)
    for notice in idle:
        print(f"warning: {notice}", file=sys.stderr)
    notices = [*list_notices(options.quick), *notices, *idle]
    tables = datasets.summarize_corpus(original)
    report.mkdir(parents=True, exist_ok=True)
    heading = f"{name}: {get_title(corpus)}\n{cite(recipe, options.encoder)}"
    introduction = write_introduction(heading, tables, notices)
    print(introduction, end="", flush=True)
    _say_how_much(len(rows), n_folds, options)
    settings = {"n_jobs": options.n_jobs, "memory": cache, "verbose": True}
    found = cross_evaluate(
        rows,
        corpus,
        groups=groups,
        cv=cv,
        seeds=range(options.n_seeds),
        allow_shared_speakers=options.allow_shared_speakers,
        inspect=recipe.inspect if options.recipe != LINEAR else None,
        **settings,
    )
    model = forget_folders(fit_on_all(rows[name], corpus, **settings | {"verbose": False}))
    about = _describe(options, recipe, name)
    results = Results(
        heading=heading,
        evaluations={"cross-validation": found},
        seconds=time.perf_counter() - start,
        baseline=baseline if baseline in rows else None,
        tables=tables,
        notices=notices,
        sentence=describe_result(found, name),
        about=about | describe_searches(model),
        root=root,
    )
    print(write_report(report, results).removeprefix(introduction), end="", flush=True)
    training = format_csv(locate_rows(original.data, root), index=False)
    write_files(report, {TRAINING: training})
    save(model, options.out)
    made = make_model_card(
        model,
        found,
        name=name,
        tables=tables,
        file=options.out.name,
        notices=notices,
        about=about,
    )
    write_files(report, {card: made.render()})
    print(f"page: {report / 'report.html'}")
    print(f"card: {get_card_path(options.out)}")
    print(f"model: {options.out}")


def _plan(options, corpus, rows):
    """Return the corpus, the rows, the groups and the folds, as asked for and as they are.

    Rows that cannot be trained are left out; the fifth value says which.
    """
    corpus, rows, groups = settle_speakers(corpus, rows, options, options.groups or "speaker")
    most = FEW_FOLDS if options.quick else MOST_FOLDS
    n_folds = count_folds(corpus.data[groups], options.folds, most)
    splits = split_groups(corpus, groups, n_folds)
    check_enough_speakers(corpus, rows, splits)
    chosen = next(iter(rows))
    rows, notices = leave_out_idle_rows(rows, corpus.ratings, splits)
    if chosen not in rows:
        raise UsageError(f"{notices[0]} Or choose another row")
    return corpus, rows, groups, n_folds, notices, len(splits)


def _say_how_much(n_rows, n_folds, options):
    """Say on stderr how many models are trained, and how it takes less time."""
    seeds = f", {options.n_seeds} seeds" if options.n_seeds > 1 else ""
    print(
        f"{n_rows * n_folds * options.n_seeds} trainings ({say_count(n_rows, 'model')} in "
        f"{say_count(n_folds, 'fold')}{seeds}), then one on everything. Fewer folds (--folds K) "
        "or several at the same time (--n-jobs N) take less time",
        file=sys.stderr,
    )


def _make_recipe(options, cache):
    settings = {"quick": options.quick, "memory": cache}
    if options.recipe == LINEAR:
        settings["encoder"] = options.encoder
    return getattr(recipes, options.recipe)(**settings)


def _describe(options, recipe, name):
    """Return how the model was made."""
    return describe_run(
        options,
        options.recordings,
        recipe=f"{options.recipe} ({cite(recipe, options.encoder)})",
        row=name,
        quick_trial="yes" if options.quick else "no",
        **describe_encoder(options.encoder),
    )


def _choose_row(options, recipe, corpus):
    """Return the name of the row to train."""
    name = options.row
    if name is None and options.recipe == LINEAR:
        name = ROWS[options.encoder is not None]
    elif name is None:
        if len(recipe) > 1:
            raise UsageError(
                f"--row is needed: the rows of --recipe {options.recipe} are {quote(recipe)}"
            )
        name = next(iter(recipe))
    check_rows(recipe, [name], "--row")
    if options.compare != ["all"]:
        check_rows(recipe, options.compare, "--compare")
    if name in recipe.need_annotators and corpus.ratings.is_anonymous.all():
        raise UsageError(
            f"--row {quote([name])} needs to know who gave which answer, and the raters are "
            "unknown: name them in a column 'rater' of the ratings (or --columns rater=NAME), or "
            "choose another row"
        )
    return name


def _collect_rows(options, recipe, name, corpus, cache):
    """Return the rows to cross-validate, the one to train first, and the name of the baseline."""
    beside = list(recipe) if options.compare == ["all"] else list(options.compare)
    if corpus.ratings.is_anonymous.all():
        beside = [row for row in beside if row not in recipe.need_annotators]
    if options.recipe == LINEAR:
        rows = [name, recipe.baseline, MAJORITY, *beside]
        return {row: recipe[row] for row in rows}, recipe.baseline
    linear = recipes.baseline2026(encoder=None, quick=options.quick, memory=cache)
    rows = {row: recipe[row] for row in [name, *beside]}
    baseline = f"{linear.baseline}, linear"
    rows[baseline] = linear[linear.baseline]
    rows.setdefault(MAJORITY, linear[MAJORITY])
    return rows, baseline
