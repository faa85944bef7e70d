"""The comparer's side of its talk with the supervisor: rules come, counts and samples go.

What was told is kept here until the supervisor says that it is kept there: sums replace what was
said of them before, samples have ids, so that saying it again does no harm. A `Compared` without a
number is nothing but the sign that we live.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from router.comparer.counting import MOST_TOLD, Key
from router.comparer.parcels import Parcel
from router.comparer.work import Work
from router.wire.channel import Channel
from router.wire.comparing import (
    CompareBy,
    Compared,
    Counted,
    Finish,
    Kept,
    Sample,
    Settled,
    StreamSeen,
)

SIGN_EVERY: Final = 0.5
"""Seconds between two signs of life. Every second one brings what is new."""

LAST_WORD: Final = 2.0
"""Seconds in which the supervisor may keep what we told at the end."""

_LOOK_AGAIN: Final = 0.05
"""Seconds between two looks whether everything is done, at the end."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told and is not kept yet."""

    number: int
    marks: dict[Key, int]
    samples: list[Sample]
    parcels: list[Parcel] = field(default_factory=list[Parcel])


class Service:
    """Made inside a running event loop.

    ``compare_by`` makes judges of rules. ``is_deserted``: whether nobody brings pairs any more.
    ``reader``: as whom we read the stream, where there is one.
    """

    def __init__(
        self,
        work: Work,
        channel: Channel,
        compare_by: Callable[[CompareBy], None],
        is_deserted: Callable[[], bool],
        reader: str = "",
    ) -> None:
        self._work = work
        self._channel = channel
        self._compare_by = compare_by
        self._is_deserted = is_deserted
        self._reader = reader
        self.stream: Callable[[], StreamSeen | None] = lambda: None
        self._number = 0
        self._told: Told | None = None
        self._settled = 0

    async def obey(self) -> float | None:
        """Obey the supervisor; return how many seconds are left to finish, None if it is gone."""
        while (message := await self._channel.receive()) is not None:
            match message:
                case CompareBy():
                    self._compare_by(message)
                case Kept(number):
                    self._keep(number)
                case Finish(timeout):
                    return timeout
                case _:
                    return None
        return None

    async def tell_again_and_again(self) -> None:
        """Tell what is new once a second, and that we live twice."""
        while True:
            await asyncio.sleep(SIGN_EVERY)
            if not self._channel.unsent:  # who does not listen is not flooded
                self.sign()
            await asyncio.sleep(SIGN_EVERY)
            self._work.look()
            if not self._channel.unsent:
                self.tell()

    def sign(self) -> None:
        """Say nothing but that we live."""
        self._channel.send(self._compared(0, [], []))

    def tell(self) -> None:
        """Say what is new, or that there is nothing to say."""
        if self._told is not None:
            self.sign()
            return
        work = self._work
        parcels = work.parcels.tell()
        # What was counted of a message is told whole: so it is kept as it is let go of.
        counted, marks = work.counting.untold(is_all=bool(parcels))
        samples = work.outbox.next()
        if not (counted or samples or parcels):
            self.sign()
            return
        number = self._number = self._number + 1
        self._told = Told(number, marks, samples, parcels)
        while len(counted) > MOST_TOLD:
            self._channel.send(Compared(number, counted[:MOST_TOLD], is_part=True))
            counted = counted[MOST_TOLD:]
        self._channel.send(self._compared(number, counted, samples, parcels))

    async def finish(self, within: float) -> None:
        """Judge what comes yet and what waits, and tell it."""
        await self._until(lambda: self._is_deserted() and self._work.is_idle, within)
        await self._until(self._is_told, LAST_WORD)

    async def hear_what_is_kept(self) -> None:
        """Heed nothing but that, at the end."""
        while isinstance(message := await self._channel.receive(), Kept):
            self._keep(message.number)

    def _compared(
        self,
        number: int,
        counted: list[Counted],
        samples: list[Sample],
        parcels: Sequence[Parcel] = (),
    ) -> Compared:
        work = self._work
        weights, cpu = work.told()
        messages = [(parcel.id, parcel.size, parcel.pairs) for parcel in parcels]
        return Compared(
            number,
            counted,
            samples,
            work.results,
            len(work.waiting),
            weights,
            cpu,
            settled=Settled(self._reader, self._settled, messages) if messages else None,
            stream=self.stream(),
        )

    def _is_told(self) -> bool:
        if self._told is None:
            self.tell()
        return self._told is None

    def _keep(self, number: int) -> None:
        told = self._told
        if told is not None and told.number == number:
            self._work.counting.keep(told.marks)
            self._work.outbox.keep(told.samples)
            self._work.parcels.settle(told.parcels)
            if told.parcels:
                self._settled = number
            self._told = None

    async def _until(self, is_done: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not is_done():
                    await _moment()
        except TimeoutError:
            return


async def _moment() -> None:
    await asyncio.sleep(_LOOK_AGAIN)
