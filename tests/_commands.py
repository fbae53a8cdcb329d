"""Run commands that must fail."""

import pytest

from sklearn_ser._cli import main


def fail(arguments, capsys):
    """Return the one line that a command ends with."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(list(map(str, arguments)))
    assert stopped.value.code == 2
    # After a progress bar.
    said = capsys.readouterr().err
    line = said[said.rindex("python -m sklearn_ser") :]
    assert line.count("\n") == 1
    assert line.endswith("\n")
    return line
