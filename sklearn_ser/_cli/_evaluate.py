"""The command ``evaluate``: the recipe of a paper on a corpus, or a saved model on new data."""

from pathlib import Path

from sklearn_ser._cli._corpora import CORPORA, DEFAULT, EMBEDDED, check_corpus
from sklearn_ser._cli._encoders import find_encoder
from sklearn_ser._cli._evaluate_model import run_model
from sklearn_ser._cli._evaluate_recipe import run_recipe
from sklearn_ser._cli._options import (
    UsageError,
    add_allow,
    add_command,
    add_resources,
    add_skip_errors,
    add_table_options,
    check_folder,
    check_positive,
)
from sklearn_ser._cli._outputs import check_outputs
from sklearn_ser._cli._recipes import RECIPES, check_takes
from sklearn_ser._cli._speakers import add_speaker_options
from sklearn_ser.evaluation._report import REPORT_FILES

ONLY_OF_RECIPES = ("alphas", "rows", "folds", "n_seeds", "quick", "allow_shared_speakers")

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
        metavar="NAME_OR_TABLE",
        help=f"one of {', '.join(sorted({*EMBEDDED, *CORPORA}))}; or a table of your own "
        f"recordings, or a folder of them. Needed with --model. Default of recipes: {DEFAULT}, "
        "synthetic speech with simulated raters, which needs no files; emodb_sample, real speech, "
        "needs none, either",
    )
    add_table_options(
        add,
        root="folder of the corpus, in its official layout; or of the relative paths in a table",
    )
    add(
        "--encoder",
        metavar="NAME_OR_FOLDER",
        help="pretrained speech encoder of transformers, as a folder or by its name on the "
        "Hugging Face hub; with --recipe baseline2026, whose default is openai/whisper-tiny.en, "
        "or with --model, in place of the one that the file of the model names",
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
    add_skip_errors(add)


def run(options):
    """Evaluate a recipe or a model."""
    _check(options)
    if options.model is not None:
        run_model(options)
    else:
        run_recipe(options)


def _check(options):
    if (options.recipe is None) == (options.model is None):
        given = "the following arguments are required: --recipe (or --model)"
        raise UsageError(given if options.recipe is None else "--recipe or --model, not both")
    if options.corpus is None and options.model is not None:
        raise UsageError(
            "--model needs --corpus, the recordings to test it on: a table of your own, a folder, "
            "or the name of a corpus"
        )
    options.corpus = DEFAULT if options.corpus is None else options.corpus
    check_corpus(options)
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
        options.encoder = find_encoder(options.encoder)
        return
    for name in ONLY_OF_RECIPES:
        if getattr(options, name):
            raise UsageError(f"--{name.replace('_', '-')} is for --recipe, not for --model")
    if options.protocol != "ours":
        raise UsageError("--protocol is for --recipe, not for --model")
