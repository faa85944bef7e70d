"""`--watch`: the same look each second, until Ctrl-C."""

import sys
import time
from collections.abc import Callable
from typing import Final

from router.cli.exit_codes import Exit
from router.cli.output import show
from router.errors import AdminError

EVERY: Final = 1.0
"""Seconds."""

_CLEAR: Final = "\x1b[H\x1b[2J\x1b[3J"
"""Cursor to the corner, screen and what scrolled out of it empty."""


def watch(look: Callable[[], str], *, is_terminal: bool) -> int:
    """Show what ``look`` returns; on a terminal in place of what was there before.

    A router that does not answer is said so, and looked at again: it may be starting anew.
    """
    try:
        while True:
            try:
                seen = look()
            except AdminError as error:
                seen = str(error)
            if is_terminal:
                sys.stdout.write(_CLEAR)
            show(seen)
            time.sleep(EVERY)
    except KeyboardInterrupt:
        return Exit.DONE
