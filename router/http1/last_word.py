"""What is said last in a stream of events or frames: where it fits, and nowhere else."""

from typing import Protocol


class Units(Protocol):
    """What a stream is made of: `Events` or `Frames`."""

    @property
    def is_between(self) -> bool:
        """Whether the last one is complete, and no other has begun."""
        ...

    def feed(self, data: bytes) -> None: ...

    def feed_to_end(self, data: bytes) -> int:
        """Feed, and return up to where the one goes that ends first; -1 where none does."""
        ...


class LastWord:
    """Passes a stream on, until a word is due that nothing follows."""

    __slots__ = ("_units", "_word", "is_said")

    def __init__(self, units: Units) -> None:
        self._units = units
        self._word = b""
        self.is_said = False

    @property
    def is_due(self) -> bool:
        return self._word != b""

    def say(self, word: bytes) -> bytes:
        """Return the word, if this is the place for it; else it comes as soon as it fits."""
        self._word = word
        self.is_said = self._units.is_between
        return word if self.is_said else b""

    def pass_on(self, data: bytes) -> bytes:
        """Return what goes on of this data: nothing behind the last word."""
        if self.is_said:
            return b""
        if not self._word:
            self._units.feed(data)
            return data
        end = self._units.feed_to_end(data)
        if end < 0:
            return data
        self.is_said = True
        return data[:end] + self._word
