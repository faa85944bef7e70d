"""Whether the store answers; whoever asks it says so, and each turn is told once."""

import logging

from router.control.events import tell


class Reach:
    """Begins as if it did not answer, without a word of it."""

    def __init__(self) -> None:
        self._answers = False

    @property
    def answers(self) -> bool:
        return self._answers

    def begun(self) -> None:
        """It has answered for the first time."""
        self._answers = True

    def lost(self, why: str) -> None:
        if self._answers:
            self._answers = False
            tell("store_lost", level=logging.ERROR, error=why)

    def found(self) -> None:
        if not self._answers:
            self._answers = True
            tell("store_found")
