"""The command line: evaluate the recipe of a paper on a corpus."""

import argparse
import functools
import inspect
import sys
import time
from pathlib import Path

from sklearn_ser import datasets, recipes
from sklearn_ser._version import __version__
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.evaluation._report import write_introduction, write_report
from sklearn_ser.evaluation._results import Results

# Corpora that are part of the package; all others are read from --root.
EMBEDDED = {
    "dyadic": lambda: datasets.make_dyadic_corpus(n_sessions=5, n_utterances=40, random_state=0),
    "emodb_sample": lambda: datasets.load_emodb_sample(),
}
# Loaders of one's own data, which are no corpora.
OWN = {"load_table", "load_audformat"}
CORPORA = [name[5:] for name in datasets.__all__ if name.startswith("load_") and name not in OWN]
# Functions that make recipes are named after a paper, with its year.
RECIPES = [name for name in recipes.__all__ if name[-4:].isdigit()]
# How papers load a corpus: some do not merge excitement with happiness, or use no self-reports.
LOADING = {
    ("ando2018", "iemocap"): {"merge_excited": False, "self_reports": False},
    ("fujioka2020", "iemocap"): {"merge_excited": False},
    ("mao2020", "casia"): {"selection": "common"},
}
# Annotators of IEMOCAP with rows of their own in Chou and Lee (2019).
ANNOTATORS = ("E1", "E2", "E4", "E5", "E6")


class _Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, default=None
        Command-line arguments; if None, those of the process.

    Returns
    -------
    int
        The exit status.
    """
    parser, evaluate = _make_parsers()
    options = parser.parse_args(arguments)
    if (options.root is None) != (options.corpus in EMBEDDED):
        needs = "needs" if options.root is None else "takes no"
        evaluate.error(f"--corpus {options.corpus} {needs} --root")
    if options.out.exists() and not options.out.is_dir():
        evaluate.error(f"--out {options.out} is not a folder")
    for name in ("n_seeds", "folds", "n_jobs"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            evaluate.error(f"--{name.replace('_', '-')} must be at least 1")
    for name in ("groups", "folds"):
        if options.protocol == "published" and getattr(options, name) is not None:
            evaluate.error(
                f"--{name} is not for --protocol published, whose splits are the paper's"
            )
    for name in ("encoder", "alphas"):
        if getattr(options, name) is not None and not _takes(options.recipe, name):
            taking = ", ".join(recipe for recipe in RECIPES if _takes(recipe, name))
            evaluate.error(f"--{name}: --recipe {options.recipe} takes none; only {taking} does")
    try:
        corpus = _load(options)
        recipe = _make_recipe(options, corpus)
    except (ImportError, OSError, ValueError) as error:
        evaluate.error(str(error))
    unknown = [row for row in options.rows or () if row not in recipe]
    if unknown:
        evaluate.error(f"--rows {unknown}: the rows of this recipe are {list(recipe)}")
    groups = options.groups or recipe.groups
    if groups not in corpus.data:
        if options.groups:
            known = [name for name in ("speaker", "session") if name in corpus.data]
            evaluate.error(f"--groups {groups}: the corpus only has {', '.join(known)}")
        groups = "speaker"
    if options.protocol != "ours" and recipe.groups not in corpus.data:
        evaluate.error(
            f"--protocol {options.protocol}: the paper splits by {recipe.groups}, which the "
            "corpus does not have"
        )
    try:
        run(options, corpus, recipe, groups)
    except ImportError as error:
        evaluate.error(str(error))
    return 0


def _make_parsers():
    parser = _Parser(
        prog="python -m sklearn_ser",
        description="Speech emotion recognition that learns from every rating.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    evaluate = commands.add_parser(
        "evaluate",
        help="train and test the models of a paper on a corpus",
        description=(
            "Train and test the models of a paper (the rows of its table) on a corpus, holding "
            "out one speaker or session at a time. The results are written as text, as CSV files "
            "and as one HTML page with figures. Features and finished fits are kept in the output "
            "folder, so that the same command resumes an interrupted run."
        ),
    )
    add = evaluate.add_argument
    add("--recipe", required=True, choices=RECIPES, help="the paper, or baseline2026, of no paper")
    add(
        "--corpus",
        default="dyadic",
        choices=sorted({*EMBEDDED, *CORPORA}),
        help="default: %(default)s, synthetic speech with simulated raters, which needs no files; "
        "emodb_sample, real speech, needs none, either",
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
    add("--root", type=Path, metavar="DIR", help="folder of the corpus, in its official layout")
    add(
        "--out",
        type=Path,
        metavar="DIR",
        required=True,
        help="output folder; nothing is written elsewhere",
    )
    add("--quick", action="store_true", help="use small networks, for a trial run")
    add("--rows", nargs="+", metavar="ROW", help="evaluate only these rows of the table")
    add(
        "--groups",
        choices=("speaker", "session"),
        help="what to hold out; default: as in the paper, or speaker if there are no sessions",
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
    add(
        "--n-jobs",
        type=int,
        default=1,
        metavar="N",
        help="number of fits to run in parallel; default: %(default)s",
    )
    return parser, evaluate


def _load(options):
    if options.corpus in EMBEDDED:
        return EMBEDDED[options.corpus]()
    load = getattr(datasets, f"load_{options.corpus}")
    return load(options.root, **LOADING.get((options.recipe, options.corpus), {}))


def _takes(recipe, parameter):
    return parameter in inspect.signature(getattr(recipes, recipe)).parameters


def _make_recipe(options, corpus):
    settings = {"quick": options.quick, "memory": options.out / "cache"}
    if options.recipe == "chou2019" and options.corpus == "iemocap":
        settings["annotators"] = ANNOTATORS
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


def run(options, corpus, recipe, groups):
    """Evaluate a recipe; write and print the results.

    Parameters
    ----------
    options : argparse.Namespace
    corpus : Bunch
    recipe : Recipe
    groups : {"speaker", "session"}
    """
    start = time.perf_counter()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = {name: row for name, row in recipe.items() if name in (options.rows or recipe)}
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
            **settings,
        )
        if both:
            return found
    if options.protocol != "ours":
        seeds = range(options.n_seeds or recipe.n_seeds)
        found["paper's protocol"] = evaluate_published(rows, corpus, seeds=seeds, **settings)
    return found
