"""Whether the store answers; whoever asks it says so, and each turn is told once."""

import logging

from router.control.events import tell


class Reach:
    """Begins as if it did not answer, without a word of it."""

    def __init__(self) -> None:
        self._answers = False
        self._trouble = ""

    @property
    def answers(self) -> bool:
        return self._answers

    @property
    def trouble(self) -> str:
        """Why it did not answer when it was asked last; empty where it did."""
        return self._trouble

    def begun(self) -> None:
        """It has answered for the first time."""
        self._answers = True

    def lost(self, why: str) -> None:
        self._trouble = why
        if self._answers:
            self._answers = False
            tell("store_lost", level=logging.ERROR, error=why)

    def found(self) -> None:
        self._trouble = ""
        if not self._answers:
            self._answers = True
            tell("store_found")
