"""Parse the command line, and run the command."""

import sys

from sklearn_ser._cli import _describe, _evaluate, _listen, _predict, _train
from sklearn_ser._cli._messages import translate
from sklearn_ser._cli._options import Parser
from sklearn_ser._version import __version__


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str, default=None
        Command-line arguments; if None, those of the process.

    Returns
    -------
    int
        The exit status: 0, or 130 if the user stopped the command. Whatever the user can mend ends
        the process with status 2, and one line on stderr.
    """
    options = make_parser().parse_args(arguments)
    options.typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options.run(options)
    except (ImportError, OSError, ValueError) as error:
        options.parser.error(translate(_show(error)))
    except KeyboardInterrupt:
        again = "; the same command resumes" if options.resumes else ""
        print(f"stopped{again}", file=sys.stderr)
        return 130
    return 0


def make_parser():
    """Return the parser of all commands."""
    parser = Parser(
        prog="python -m sklearn_ser",
        description="Speech emotion recognition that learns from every rating.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (_describe, _train, _listen, _predict, _evaluate):
        command.add_parser(commands)
    return parser


def _show(error):
    """Return the message of an error, and notes on where it arose, in one line."""
    return " ".join(" ".join([str(error), *getattr(error, "__notes__", [])]).split())
