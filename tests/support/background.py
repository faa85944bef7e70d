"""What works in the background, made to stand still: pauses that a test ends, answers it gives."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from router.control.directory import Means
from router.control.probe import Aim, Site
from router.control.rhythm import Rhythm
from router.tasks import TaskOwner

Told = tuple[str, dict[str, Any]]

_TURNS = 30
"""Passes of the loop in which everything that can go on without a pause's end has gone on."""


async def settle() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class Pauses:
    """A sleep that lasts until the test says that it is over."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._over: list[asyncio.Event] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        over = asyncio.Event()
        self._over.append(over)
        await over.wait()

    async def end(self) -> None:
        """Let everyone who sleeps go on, until all sleep again."""
        await settle()
        sleeping, self._over = self._over, []
        for over in sleeping:
            over.set()
        await settle()


class Names:
    """A resolver: what it answers stands in `known`; whoever is in `silent` gets no answer."""

    def __init__(self, **known: Sequence[str] | Exception) -> None:
        self.known: dict[str, Sequence[str] | Exception] = {**known}
        self.silent: set[str] = set()
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host in self.silent:
            await asyncio.Event().wait()
        answer = self.known.get(host, OSError("no such name"))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Patients:
    """Endpoints that are probed: `ill` says what is wrong with which address."""

    def __init__(self) -> None:
        self.ill: dict[str, str] = {}
        self.probed: defaultdict[str, int] = defaultdict(int)
        self.aims: list[Aim] = []

    async def probe(self, site: Site, aim: Aim) -> str:
        self.probed[site.name] += 1
        self.aims.append(aim)
        return self.ill.get(site.address, "")


def rhythm(pauses: Pauses, roll: float = 0.5) -> Rhythm:
    return Rhythm(lambda: roll, pauses.sleep)


class World:
    """Name servers, backends and time, for whoever looks for endpoints."""

    def __init__(self) -> None:
        self.names = Names()
        self.patients = Patients()
        self.pauses = Pauses()

    def means(self, tasks: TaskOwner) -> Means:
        """Find endpoints here."""
        return Means(self.names.resolve, self.patients.probe, rhythm(self.pauses), tasks)


@contextmanager
def owner() -> Iterator[TaskOwner]:
    """Own tasks; one that dies fails the test."""
    deaths: list[BaseException] = []
    yield TaskOwner(lambda _, error: deaths.append(error))
    assert deaths == []


@contextmanager
def events() -> Iterator[list[Told]]:
    """Collect what the control plane says of itself, as (name, fields)."""
    told: list[Told] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append((record.getMessage(), dict(vars(record)["fields"])))

    handler, logger = Collect(), logging.getLogger("gray_router")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield told
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
