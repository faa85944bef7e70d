"""Tells every member of a rollback, by pub/sub and directly at once, until each has confirmed it.

Nothing here decides anything: who is a member says the fleet, and what follows from a word says
whoever called. A rollback that is told twice changes nothing, so whoever is in doubt is told again.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Sequence,
    Set as AbstractSet,
)
from dataclasses import dataclass, field
from typing import Final, Protocol

from router.control.events import tell
from router.control.fleet.answering import Answering
from router.control.fleet.messages import Call, Words, hear, parted, say
from router.control.fleet.words import Heard, Word
from router.errors import PeerError, PeerMessageError, StoreError
from router.release.state import Release
from router.replica.joining import join
from router.replica.membership import Presence
from router.tasks import TaskOwner

RETRY_EVERY: Final = 1.0
"""Seconds after which whoever has not confirmed is told again."""

LISTEN_AGAIN: Final = (0.1, 2.0)
"""Seconds before pub/sub is listened to again: the first time, and at most."""

LISTEN_ANEW: Final = 30.0
"""Seconds after which it is listened to on another connection: one that only ever listens does not
notice that a network in between has forgotten it."""

MOST_SAID: Final = 256
"""Messages whose words are still awaited."""


class Others(Protocol):
    """Who else there is (`Fleet`)."""

    @property
    def me(self) -> str: ...
    def members(self) -> Sequence[Presence]: ...
    def presence(self) -> Presence: ...
    def met(self, presence: Presence) -> None: ...


class Radio(Protocol):
    """Where all replicas hear each other (`Meeting`)."""

    async def call_out(self, text: bytes) -> int: ...
    def calls(self) -> AsyncGenerator[bytes]: ...


class Line(Protocol):
    """A way to one replica (`PeerClient`)."""

    def reaches(self, peer: Presence) -> bool: ...
    async def ask(self, peer: Presence, call: Call) -> Words: ...


@dataclass(eq=False, slots=True)
class Errand:
    """Rollbacks that members are told of. owed: by instance, the services without its word."""

    releases: tuple[Release, ...]
    heard: Heard
    owed: dict[str, set[str]]

    def hear(self, word: Word) -> None:
        """Take a word upon these services, or upon a later rollback of them."""
        if all(release.service != word.service for release in self.releases):
            return
        if word.acked >= word.workers and word.instance in self.owed:
            self.owed[word.instance].discard(word.service)
        self.heard(word)

    def owes(self, instance: str) -> bool:
        return bool(self.owed.get(instance))

    def keep_to(self, instances: AbstractSet[str]) -> None:
        """Forget those that have confirmed, and whoever is no member any more."""
        self.owed = {
            name: services for name, services in self.owed.items() if services and name in instances
        }


@dataclass(frozen=True, slots=True)
class Ways:
    """How others are reached. radio: None where no store is shared. name: another one each time."""

    radio: Radio | None
    line: Line
    name: Callable[[], str]
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)


class Outreach:
    """`call` whenever services were rolled back here; `run` for ever."""

    def __init__(self, others: Others, answering: Answering, ways: Ways, tasks: TaskOwner) -> None:
        self._others = others
        self._answering = answering
        self._ways = ways
        self._tasks = tasks
        self._errands: list[Errand] = []
        self._said: OrderedDict[str, tuple[Errand, ...]] = OrderedDict()
        self._silent: set[str] = set()
        self._is_saying = False

    # Calling...

    def call(self, releases: Sequence[Release], to: Sequence[Presence], heard: Heard) -> None:
        """Tell these members at once, and again until each has confirmed or is none any more.

        ``heard`` is told every word, also more than one of a member.
        """
        services = [release.service for release in releases]
        owed = {each.instance: set(services) for each in to if each.instance != self._others.me}
        errand = Errand(tuple(releases), heard, owed)
        self._errands.append(errand)
        self._tasks.spawn(self._say((errand,)), "call")
        for peer in to:
            if errand.owes(peer.instance) and self._ways.line.reaches(peer):
                self._tasks.spawn(self._ask(peer, (errand,)), "call")

    async def run(self) -> None:
        """Listen, answer, and tell again whoever has not confirmed; until cancelled."""
        await asyncio.gather(self._listen(), self._go_on())

    async def _go_on(self) -> None:
        while True:
            await self._ways.pause(RETRY_EVERY)
            members = self._others.members()
            instances = {each.instance for each in members}
            self._silent &= instances
            for errand in self._errands:
                errand.keep_to(instances)
            self._errands = [errand for errand in self._errands if errand.owed]
            if self._errands and not self._is_saying:
                self._tasks.spawn(self._say(tuple(self._errands)), "call")
            for peer in members:
                self._ask_again(peer)

    def _ask_again(self, peer: Presence) -> None:
        errands = tuple(errand for errand in self._errands if errand.owes(peer.instance))
        if errands and self._ways.line.reaches(peer):
            self._tasks.spawn(self._ask(peer, errands), "call")

    async def _say(self, errands: tuple[Errand, ...]) -> None:
        """Tell all who listen; where that fails the direct way is left, and the next time."""
        if self._ways.radio is None:
            return
        self._is_saying = True
        try:
            for part in parted(_together(errands)):
                call = self._ways.name()
                self._said[call] = errands
                if len(self._said) > MOST_SAID:
                    self._said.popitem(last=False)
                await self._ways.radio.call_out(say(Call(call, self._others.presence(), part)))
        except StoreError:
            return  # whoever listens, or renews, tells of it
        finally:
            self._is_saying = False

    async def _ask(self, peer: Presence, errands: tuple[Errand, ...]) -> None:
        """Tell one member directly: each time on a connection that nobody waits on."""
        try:
            for part in parted(_together(errands)):
                call = Call(self._ways.name(), self._others.presence(), part)
                self._take(await self._ways.line.ask(peer, call), errands)
        except PeerError as error:
            self._note_silence(peer, str(error))
        else:
            self._note_voice(peer)

    def _take(self, words: Words, errands: Iterable[Errand]) -> None:
        self._others.met(words.presence)
        for word in words.words:
            for errand in errands:
                errand.hear(word)

    def _note_silence(self, peer: Presence, why: str) -> None:
        """Say it when it begins, and not with each attempt."""
        if peer.instance not in self._silent:
            self._silent.add(peer.instance)
            tell(
                "peer_unreachable",
                level=logging.WARNING,
                replica=peer.replica,
                address=peer.advertise,
                because=why,
            )

    def _note_voice(self, peer: Presence) -> None:
        if peer.instance in self._silent:
            self._silent.discard(peer.instance)
            tell("peer_reached", replica=peer.replica, address=peer.advertise)

    # Listening...

    async def _listen(self) -> None:
        radio = self._ways.radio
        if radio is None:
            return
        first, longest = LISTEN_AGAIN
        wait = first
        while True:
            if await self._has_heard(radio):
                wait = first
            else:
                await self._ways.pause(wait)
                wait = min(2 * wait, longest)

    async def _has_heard(self, radio: Radio) -> bool:
        """Listen until the connection is lost, or it is time for another one; say if it was any."""
        has_heard = False
        try:
            async with asyncio.timeout(LISTEN_ANEW):
                async for text in radio.calls():
                    has_heard = True
                    self._hear(text)
        except TimeoutError:
            return True
        except StoreError:
            return has_heard
        return False

    def _hear(self, text: bytes) -> None:
        try:
            message = hear(text)
        except PeerMessageError as error:
            tell("call_garbled", level=logging.WARNING, because=str(error))
            return
        if message is None or message.presence.instance == self._others.me:
            return
        if isinstance(message, Call):
            self._tasks.spawn(self._answer(message), "call")
        else:
            self._take(message, self._said.get(message.call, ()))

    async def _answer(self, call: Call) -> None:
        self._others.met(call.presence)
        words = await self._answering.answer(call.releases)
        said = say(Words(call.call, self._others.presence(), words))
        if self._ways.radio is not None:
            with contextlib.suppress(StoreError):  # who called asks again
                await self._ways.radio.call_out(said)


def _together(errands: Iterable[Errand]) -> tuple[Release, ...]:
    """Return what is to be told of all of these: of each service the rollback that knows most."""
    found: dict[str, Release] = {}
    for release in (release for errand in errands for release in errand.releases):
        known = found.get(release.service)
        found[release.service] = release if known is None else join(known, release)
    return tuple(found.values())
