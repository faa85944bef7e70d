"""What replicas tell each other of what they have counted, once a second.

Each has a sheet of its own with a line for each service, and hears of the others' lines that have
changed since it has looked last. A sheet is forgotten with its replica.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, runtime_checkable

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Line(msgspec.Struct, frozen=True, array_like=True):
    """What one replica has counted of one service.

    epoch, phase: of the share that `answers` have been given by; gist: since the replica started.
    """

    service: str
    epoch: int
    phase: int
    answers: tuple[Count, ...]
    gist: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines that have changed. number: grows with each writing. layout: what the numbers mean."""

    number: int
    layout: int
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Tallied:
    """before: the number of our own sheet that was found, 0 for none: then all of it is missing.

    others: by instance, what has changed of those that have a sheet.
    """

    before: int
    others: Mapping[str, Sheet] = field(default_factory=dict[str, Sheet])


@runtime_checkable
class Tallying(Protocol):
    """A store that replicas share (`RedisStore`)."""

    async def tally(
        self, instance: str, sheet: Sheet, known: Mapping[str, int], *, keep: float
    ) -> Tallied:
        """Write down what has changed, to be kept for ``keep`` seconds; return what others have.

        ``known``: the instances to look for, with the number of the sheet that was seen last.
        """
        ...
