"""Options that several commands share, and the parser that reports errors in one line."""

import argparse
import sys
import textwrap
from pathlib import Path

from sklearn_ser import datasets
from sklearn_ser._cli._messages import in_words_of_options
from sklearn_ser.datasets._unrated import has_answers, load_unrated
from sklearn_ser.utils._messages import join_names

# Options that are about a table of one's own, and meaningless for a corpus of the package.
OF_TABLES = ("ratings", "columns", "labels", "classes")


class UsageError(ValueError):
    """An error in what the user asked for."""


class Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line."""

    def parse_known_args(self, args=None, namespace=None):
        """Keep the arguments for messages, and parse them."""
        self._given = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message):
        """Write the message to stderr, and exit with status 2."""
        greedy = [
            option
            for action in self._actions
            for option in action.option_strings
            if action.nargs in ("+", "*") and option in getattr(self, "_given", ())
        ]
        if "arguments are required" in message and greedy:
            take = "takes" if len(greedy) == 1 else "take"
            message += (
                f"; {join_names(greedy)} {take} all words up to the next option: write files and "
                "folders before it"
            )
        self.exit(2, f"{self.prog}: error: {message}\n")


def explain_files(option, values):
    """Return a hint if an option has taken files as its values, and "" otherwise."""
    files = [str(value) for value in values or () if Path(value).suffix and Path(value).is_file()]
    if not files:
        return ""
    return f"; {option} has taken {join_names(files, most=3)}: write files before the option"


def add_command(commands, name, run, *, help, description, example, usage=None, resumes=False):
    """Add the parser of a command, which has an example at the end of its help.

    Parameters
    ----------
    commands : as returned by ``add_subparsers``
    name : str
    run : callable
        Takes the options.
    help, description : str
        For the list of commands, and for the help of the command.
    example : str
        Lines of a shell.
    usage : str, default=None
        The arguments in their best order: files before options that take several words.
    resumes : bool, default=False
        Whether the command keeps finished work when it is stopped.

    Returns
    -------
    Parser
    """
    parser = commands.add_parser(
        name,
        help=help,
        usage=None if usage is None else f"%(prog)s {usage}",
        description="\n\n".join(textwrap.fill(part, 79) for part in description.split("\n\n")),
        epilog="example:\n" + textwrap.indent(textwrap.dedent(example).strip(), "  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, parser=parser, resumes=resumes)
    return parser


def add_table_options(add, *, root="folder of relative paths; default: that of the table"):
    """Add the options of tables of recordings and ratings."""
    add(
        "--ratings",
        nargs="+",
        metavar="TABLE",
        help="the raters' answers, in one table or several: one row per answer, or one column per "
        "rater; default: a column of labels beside the recordings",
    )
    add("--root", type=Path, metavar="DIR", help=root)
    add_columns(
        add,
        "file, start, end, channel, speaker, session, rater, label, and raters=NAME,NAME,... for "
        "one column per rater",
    )
    add(
        "--labels",
        nargs="+",
        type=_parse_pair,
        metavar="SPELLING=LABEL",
        help="what spellings of labels mean, such as hapy=happy; SPELLING= drops such answers",
    )
    add(
        "--classes",
        nargs="+",
        metavar="LABEL",
        help="the labels to predict; answers of other labels count as disagreement; default: all",
    )


def add_columns(add, roles):
    """Add the option of names of columns."""
    add(
        "--columns",
        nargs="+",
        type=_parse_pair,
        metavar="ROLE=NAME",
        help=f"names of columns where they are unusual; roles: {roles}; ROLE= means that there is "
        "none",
    )


def add_resources(add, what):
    """Add the option of parallel work."""
    add(
        "--n-jobs",
        type=int,
        default=1,
        metavar="N",
        help=f"number of {what} in parallel; default: %(default)s",
    )


def add_encoder(add):
    """Add the option of the encoder of a model."""
    add(
        "--encoder",
        metavar="NAME_OR_FOLDER",
        help="the pretrained encoder that the model needs, as in train: it takes the place of the "
        "one that the file of the model names; the card of the model names it, too",
    )


def add_skip_errors(add):
    """Add the option that leaves out recordings that cannot be read."""
    add(
        "--skip-errors",
        action="store_true",
        help="leave out recordings that do not exist or cannot be read, which all outputs say; "
        "default: say which they are, and train nothing",
    )


def add_allow(add):
    """Add the option of what a loaded model may use besides its input."""
    add(
        "--allow",
        nargs="+",
        default=[],
        metavar="NAME",
        help="what the model may use besides recordings; without it, the folder or hub name of a "
        "pretrained encoder in a model's file is refused (encoder), as is a configuration of "
        "openSMILE (config), and the device of the training is reset to the CPU (device)",
    )


def check_positive(options, *names):
    """Raise an error unless numbers, if given, are at least 1."""
    for name in names:
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1")


def check_folder(path, option="--out"):
    """Raise an error if the path of an output folder is something else."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{option} {path} is not a folder")


def read_columns(options):
    """Return the names of columns by role, as `load_table` takes them."""
    columns = {role: name or None for role, name in options.columns or ()}
    if columns.get("raters"):
        columns["raters"] = columns["raters"].split(",")
    return columns or None


def load_own(recordings, options, *, classes=None, may_be_unrated=False):
    """Load a corpus from tables of one's own.

    Parameters
    ----------
    recordings : str
        A table, or a folder of recordings.
    options : argparse.Namespace
        With the options of `add_table_options`.
    classes : list of str, default=None
        Target classes where the options name none.
    may_be_unrated : bool, default=False
        Whether to take recordings without any answers, too. Their ratings are empty.

    Returns
    -------
    Bunch
    """
    settings = {
        "root": options.root,
        "columns": read_columns(options),
        "target_classes": options.classes or classes,
    }
    hint = explain_files("--classes", options.classes)
    if hint:
        raise UsageError(f"--classes must be labels{hint}")
    folders = [table for table in options.ratings or () if Path(table).expanduser().is_dir()]
    if folders:
        raise UsageError(
            f"--ratings must be tables, and {join_names(folders, most=3)} is a folder: write "
            "folders of recordings before the option"
        )
    labels = {spelling: label or None for spelling, label in options.labels or ()}
    with in_words_of_options():
        if may_be_unrated and options.ratings is None:
            if not has_answers(recordings, settings["columns"]):
                return load_unrated(recordings, **settings)
        return datasets.load_table(recordings, options.ratings, labels=labels or None, **settings)


def find_root(recordings, options):
    """Return the folder that the files in a table are named relative to."""
    path = Path(recordings).expanduser()
    return options.root or (path if path.is_dir() else path.parent)


def list_columns(data):
    """Return the columns of a corpus that may group its recordings, the usual ones first."""
    front = [name for name in ("speaker", "session") if name in data]
    no_groups = {"file", "signal", "start", "end", "channel", *front}
    return join_names([*front, *(name for name in data if name not in no_groups)])


def _parse_pair(text):
    name, is_pair, value = text.partition("=")
    if not is_pair or not name:
        hint = ": write files and folders before the option" if Path(text).exists() else ""
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text!r}{hint}")
    return name, value
