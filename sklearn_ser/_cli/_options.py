"""Options that several commands share, and the parser that reports errors in one line."""

import argparse
import textwrap
from pathlib import Path

from sklearn_ser import datasets
from sklearn_ser._cli._messages import in_words_of_options
from sklearn_ser.utils._messages import join_names

# Options that are about a table of one's own, and meaningless for a corpus of the package.
OF_TABLES = ("ratings", "columns", "labels", "classes")


class UsageError(ValueError):
    """An error in what the user asked for."""


class Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line."""

    def error(self, message):
        """Write the message to stderr, and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {message}\n")


def add_command(commands, name, run, *, help, description, example, resumes=False):
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
    resumes : bool, default=False
        Whether the command keeps finished work when it is stopped.

    Returns
    -------
    Parser
    """
    parser = commands.add_parser(
        name,
        help=help,
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
    add(
        "--columns",
        nargs="+",
        type=_parse_pair,
        metavar="ROLE=NAME",
        help="names of columns where they are unusual; roles: file, start, end, channel, speaker, "
        "session, rater, label, and raters=NAME,NAME,... for one column per rater; ROLE= means "
        "that there is none",
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


def add_resources(add, what):
    """Add the option of parallel work."""
    add(
        "--n-jobs",
        type=int,
        default=1,
        metavar="N",
        help=f"number of {what} in parallel; default: %(default)s",
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


def load_own(recordings, options, *, classes=None):
    """Load a corpus from tables of one's own.

    Parameters
    ----------
    recordings : str
        A table, or a folder of recordings.
    options : argparse.Namespace
        With the options of `add_table_options`.
    classes : list of str, default=None
        Target classes where the options name none.

    Returns
    -------
    Bunch
    """
    columns = {role: name or None for role, name in options.columns or ()}
    if columns.get("raters"):
        columns["raters"] = columns["raters"].split(",")
    labels = {spelling: label or None for spelling, label in options.labels or ()}
    with in_words_of_options():
        return datasets.load_table(
            recordings,
            options.ratings,
            root=options.root,
            columns=columns or None,
            labels=labels or None,
            target_classes=options.classes or classes,
        )


def list_columns(data):
    """Return the columns of a corpus that may group its recordings, the usual ones first."""
    front = [name for name in ("speaker", "session") if name in data]
    no_groups = {"file", "signal", "start", "end", "channel", *front}
    return join_names([*front, *(name for name in data if name not in no_groups)])


def _parse_pair(text):
    name, is_pair, value = text.partition("=")
    if not is_pair or not name:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text!r}")
    return name, value
