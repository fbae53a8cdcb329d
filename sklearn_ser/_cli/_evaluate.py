"""The command ``evaluate``: the recipe of a paper on a corpus, or a saved model on new data."""

import functools
import sys
import time
from pathlib import Path

from sklearn_ser import datasets, recipes
from sklearn_ser._cli._evaluate_model import run_model
from sklearn_ser._cli._options import (
    OF_TABLES,
    UsageError,
    add_allow,
    add_command,
    add_resources,
    add_table_options,
    check_folder,
    check_positive,
    load_own,
)
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser._cli._recipes import RECIPES, check_rows, check_takes
from sklearn_ser._cli._speakers import add_speaker_options, check_groups, settle_speakers
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.evaluation._report import REPORT_FILES, write_introduction, write_report
from sklearn_ser.evaluation._results import Results

# Corpora that are part of the package; all others are read from --root.
EMBEDDED = {
    "dyadic": lambda: datasets.make_dyadic_corpus(n_sessions=5, n_utterances=40, random_state=0),
    "emodb_sample": lambda: datasets.load_emodb_sample(),
}
# Loaders of one's own data, which are no corpora.
OWN = {"load_table", "load_audformat"}
# Loaders that take the folder of a corpus.
CORPORA = [name[5:] for name in datasets.__all__ if name.startswith("load_") and name not in OWN]
# How papers load a corpus: some do not merge excitement with happiness, or use no self-reports.
LOADING = {
    ("ando2018", "iemocap"): {"merge_excited": False, "self_reports": False},
    ("fujioka2020", "iemocap"): {"merge_excited": False},
    ("mao2020", "casia"): {"selection": "common"},
}
# Annotators of IEMOCAP with rows of their own in Chou and Lee (2019).
ANNOTATORS = ("E1", "E2", "E4", "E5", "E6")
ONLY_OF_RECIPES = ("encoder", "alphas", "rows", "folds", "n_seeds")

DESCRIPTION = """\
Train and test the models of a paper (the rows of its table) on a corpus, holding out one speaker \
or session at a time; or, with --model, test a saved model on a corpus that it was not trained on.

The results are written as text, as CSV files and as one HTML page with figures. Features and \
finished fits are kept in the output folder, so that the same command resumes an interrupted \
run."""
EXAMPLE = """\
python -m sklearn_ser evaluate --recipe ando2018 --quick --out ando2018
python -m sklearn_ser evaluate --recipe mirsamadi2017 --corpus recordings.csv \\
    --ratings ratings.csv --out mirsamadi2017
python -m sklearn_ser evaluate --model model.skops --corpus new.csv --ratings answers.csv \\
    --out test
"""


def add_parser(commands):
    """Add the parser of the command."""
    add = add_command(
        commands,
        "evaluate",
        run,
        help="train and test the models of a paper on a corpus, or test a saved model",
        description=DESCRIPTION,
        example=EXAMPLE,
        resumes=True,
    ).add_argument
    add("--recipe", choices=RECIPES, help="the paper, or baseline2026, of no paper")
    add(
        "--model",
        type=Path,
        metavar="FILE",
        help="a saved model (.skops) to test, in place of a recipe; the folder .report that train "
        "wrote beside it says whom it was trained on",
    )
    add_allow(add)
    add(
        "--corpus",
        default="dyadic",
        metavar="NAME_OR_TABLE",
        help=f"one of {', '.join(sorted({*EMBEDDED, *CORPORA}))}; or a table of your own "
        "recordings, or a folder of them. Default: %(default)s, synthetic speech with simulated "
        "raters, which needs no files; emodb_sample, real speech, needs none, either",
    )
    add_table_options(
        add,
        root="folder of the corpus, in its official layout; or of the relative paths in a table",
    )
    add(
        "--encoder",
        metavar="NAME_OR_FOLDER",
        help="pretrained speech encoder of transformers, as a folder or by its name on the "
        "Hugging Face hub; only with --recipe baseline2026, whose default is "
        "openai/whisper-tiny.en",
    )
    add(
        "--alphas",
        type=float,
        nargs="+",
        metavar="ALPHA",
        help="also draw scores by these smoothings of soft targets, each a row of its own; only "
        "with --recipe ando2018",
    )
    add(
        "--out",
        type=Path,
        metavar="DIR",
        required=True,
        help="output folder; nothing is written elsewhere",
    )
    add("--quick", action="store_true", help="use small networks, for a trial run")
    add("--rows", nargs="+", metavar="ROW", help="evaluate only these rows of the table")
    add_speaker_options(
        add,
        groups="what to hold out: speaker, session or any other column of the corpus; default: as "
        "in the paper, or speaker if there are no sessions",
    )
    add(
        "--folds",
        type=int,
        metavar="K",
        help="number of folds, each of whole groups; default: one per group",
    )
    add(
        "--protocol",
        choices=("ours", "published", "both"),
        default="ours",
        help="how to split: as --groups and --folds say, which is ours; as published; or both, "
        "side by side; default: %(default)s",
    )
    add(
        "--n-seeds",
        type=int,
        metavar="N",
        help="number of trainings per row; default: 1, and as in the paper if as published",
    )
    add_resources(add, "fits to run")


def run(options):
    """Evaluate a recipe or a model."""
    _check(options)
    if options.model is not None:
        run_model(options, functools.partial(_load, options))
        return
    corpus = _load(options)
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


def _check(options):
    if (options.recipe is None) == (options.model is None):
        given = "the following arguments are required: --recipe (or --model)"
        raise UsageError(given if options.recipe is None else "--recipe or --model, not both")
    own = options.corpus not in (*EMBEDDED, *CORPORA)
    if own and not Path(options.corpus).expanduser().exists():
        known = ", ".join(sorted({*EMBEDDED, *CORPORA}))
        raise UsageError(
            f"--corpus {options.corpus}: neither a file or folder, nor one of {known}"
        )
    if not own and (options.root is None) != (options.corpus in EMBEDDED):
        needs = "needs" if options.root is None else "takes no"
        raise UsageError(f"--corpus {options.corpus} {needs} --root")
    for name in OF_TABLES:
        if not own and getattr(options, name) is not None:
            raise UsageError(f"--{name} is for tables of your own, not for {options.corpus}")
    check_folder(options.out)
    check_outputs(options, folder=options.out, names=REPORT_FILES)
    check_positive(options, "n_seeds", "folds", "n_jobs")
    for name in ("groups", "folds"):
        if options.protocol == "published" and getattr(options, name) is not None:
            raise UsageError(
                f"--{name} is not for --protocol published, whose splits are the paper's"
            )
    if options.recipe is not None:
        if options.allow:
            raise UsageError("--allow is for --model, not for --recipe")
        check_takes(options.recipe, encoder=options.encoder, alphas=options.alphas)
        return
    for name in ONLY_OF_RECIPES:
        if getattr(options, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} is for --recipe, not for --model")
    if options.protocol != "ours":
        raise UsageError("--protocol is for --recipe, not for --model")


def _load(options, *, classes=None):
    if options.corpus in EMBEDDED:
        return EMBEDDED[options.corpus]()
    if options.corpus not in CORPORA:
        return load_own(options.corpus, options, classes=classes)
    load = getattr(datasets, f"load_{options.corpus}")
    return load(options.root, **LOADING.get((options.recipe, options.corpus), {}))


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
    rows = {name: row for name, row in recipe.items() if name in (options.rows or recipe)}
    corpus, rows, groups = settle_speakers(corpus, rows, options, groups)
    options.out.mkdir(parents=True, exist_ok=True)
    tables = {} if recipe.describe is None else recipe.describe(corpus)
    heading = f"{recipe.paper}\n{'Quick run with small networks.' if options.quick else ''}"
    # Known before anything is trained.
    introduction = write_introduction(heading, tables)
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
    )
    print(write_report(options.out, results).removeprefix(introduction), end="")
    print(f"page: {options.out / 'report.html'}")


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
