"""Descriptors 0 to 2 belong to stdin, stdout and stderr, also where nobody has opened them.

Whoever starts us may have closed them (`>&-`). The next file or socket that is opened would get
their number, and our log would be written into it: into a client's connection, say.
"""

import os
import sys
from pathlib import Path
from typing import Final

STDOUT: Final = 1
STDERR: Final = 2


def hold_stdio() -> None:
    """Open /dev/null for each of them that is closed; before anything else is opened."""
    for descriptor in (0, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            # It gets the lowest free number, which is this one: those below are open by now.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    # Python has no such streams then. What is to be shown must not seem to have been: the one that
    # stands in for stdout refuses whatever is printed. For stderr nobody is left to be told.
    if sys.__stdout__ is None:
        sys.stdout = Path(os.devnull).open("r")  # noqa: SIM115 - open to the end
    if sys.__stderr__ is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open to the end
