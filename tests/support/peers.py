"""Replicas that speak to each other: what each knows, the ways between them, and what they obey."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from router.control.clocks import Clocks
from router.control.encryption import GuardedTls
from router.control.fleet.messages import Call, Words
from router.control.fleet.peers import Peering, Peers
from router.control.fleet.words import Tell, Word
from router.control.listening import listen, local_address
from router.errors import PeerError, StoreUnavailableError
from router.model import Address
from router.release.state import Called, Release, Status
from router.replica.membership import Presence
from router.tasks import TaskOwner
from tests.support.certificates import Certificate
from tests.support.releases import NOON

KEY = "a-key-that-all-replicas-share-32"
WORKERS = 2

SOON = 5.0
"""Seconds for an answer on a busy machine."""


def replica(name: str, advertise: str = "") -> Presence:
    """Return what a replica says of itself; its instance is its name and a 1."""
    return Presence(name, f"{name}-1", WORKERS, advertise, "0.1.0", "abc")


def rolled_back(service: str = "support", epoch: int = 1, reason: str = "") -> Release:
    """Return the release of a service whose rollbacks were called one after the other."""
    rollbacks = tuple(Called(number, f"by ana {number}") for number in range(1, epoch + 1))
    return Release(
        service,
        Status.ROLLED_BACK,
        epoch=epoch,
        revision=epoch,
        updated_at=NOON,
        by="ana",
        reason=reason,
        rollbacks=rollbacks,
    )


def word(name: str, service: str = "support", acked: int = WORKERS) -> Word:
    """Return what a replica says when this many of its workers serve by a rollback."""
    return Word(f"{name}-1", name, service, WORKERS, acked, 1.5, None, 0, in_store=False)


@dataclass
class Company:
    """Who one replica is, and whom it knows."""

    own: Presence
    known: list[Presence] = field(default_factory=list[Presence])
    heard_of: list[Presence] = field(default_factory=list[Presence])
    meetings: asyncio.Queue[Presence] = field(default_factory=asyncio.Queue[Presence])

    @property
    def me(self) -> str:
        return self.own.instance

    def members(self) -> Sequence[Presence]:
        return (self.own, *self.known)

    def presence(self) -> Presence:
        return self.own

    def met(self, presence: Presence) -> None:
        self.heard_of.append(presence)
        self.meetings.put_nowait(presence)


@dataclass
class Workers:
    """Those of one replica. `acked`: how many serve by what was called once it is obeyed."""

    name: str
    acked: int = WORKERS
    obeyed: list[tuple[Release, ...]] = field(default_factory=list[tuple[Release, ...]])
    failure: Exception | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def obey(self, releases: Sequence[Release]) -> tuple[Word, ...]:
        self.obeyed.append(tuple(releases))
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return tuple(word(self.name, release.service, self.acked) for release in releases)


class Radio:
    """Pub/sub: whatever is called out comes to all who listen; `is_away`: to nobody."""

    def __init__(self) -> None:
        self.is_away = False
        self.said: list[bytes] = []
        self.is_heard = asyncio.Event()
        self._ears: list[asyncio.Queue[bytes | None]] = []

    async def call_out(self, text: bytes) -> int:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        self.said.append(text)
        for ear in self._ears:
            ear.put_nowait(text)
        return len(self._ears)

    async def calls(self) -> AsyncGenerator[bytes]:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        ear = asyncio.Queue[bytes | None]()
        self._ears.append(ear)
        self.is_heard.set()
        try:
            while (text := await ear.get()) is not None:
                yield text
        finally:
            self._ears.remove(ear)
        raise StoreUnavailableError("the connection is lost")

    def hang_up(self) -> None:
        for ear in self._ears:
            ear.put_nowait(None)


class Line:
    """The direct way: `answers` says what each instance answers, or why there is no answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Call]] = []
        self.answers: dict[str, Words | Exception] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def reaches(self, peer: Presence) -> bool:
        return bool(peer.advertise)

    async def ask(self, peer: Presence, call: Call) -> Words:
        self.asked.append((peer.instance, call))
        await self.may_answer.wait()
        answer = self.answers.get(peer.instance, PeerError("refused"))
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Clock:
    """Unix seconds of one machine; it may be stepped."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Peer:
    """A replica as others reach it: a real listener, a real client, and workers that obey."""

    company: Company
    workers: Workers
    clock: Clock
    peers: Peers

    @property
    def presence(self) -> Presence:
        return self.company.own

    @property
    def url(self) -> str:
        return f"{self.presence.advertise}/v1/rollback"

    @property
    def way(self) -> Tell:
        """How others are told, as whoever rolls back knows it."""
        return self.peers.outreach

    async def tell(self, other: "Peer", release: Release | None = None) -> Word:
        """Tell of a rollback, and return the first word that comes back."""
        (said,) = await self.tell_all(other, release or rolled_back())
        return said

    async def tell_all(self, other: "Peer", *releases: Release) -> list[Word]:
        """Tell of rollbacks, and return a word upon each."""
        words = asyncio.Queue[Word]()
        self.way.call(releases, [other.presence], words.put_nowait)
        async with asyncio.timeout(SOON):
            return [await words.get() for _ in releases]

    async def fail_to_tell(self, other: "Peer") -> str:
        """Tell of a rollback in vain, and return why."""
        call = Call("call-1", self.presence, (rolled_back(),))
        try:
            await self.peers._line.ask(other.presence, call)
        except PeerError as error:
            return str(error)
        raise AssertionError("it was heard")


@dataclass
class Trust:
    """What replicas are known by."""

    key: str = KEY
    own: Certificate | None = None
    authority: str = ""

    @property
    def tls(self) -> GuardedTls | None:
        if self.own is None:
            return None
        return GuardedTls(self.own.certificate, self.own.key, self.authority)


class Town:
    """Some peers on this machine, from `async with` to its end."""

    def __init__(self, tasks: TaskOwner, radio: Radio | None = None) -> None:
        self._tasks = tasks
        self._radio = radio
        self._stack = AsyncExitStack()
        self.peers: list[Peer] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def settle(self, name: str, trust: Trust | None = None) -> Peer:
        """Have one more, who knows all that are there, as they know him."""
        trust = trust or Trust()
        listener = listen(Address("127.0.0.1", 0), "replica.listen")
        port = local_address(listener).port
        scheme = "http" if trust.tls is None else "https"
        own = replica(name, f"{scheme}://127.0.0.1:{port}")
        company, workers, clock = Company(own), Workers(name), Clock()
        peers = Peers(
            name,
            Peering(Address("127.0.0.1", port), own.advertise, trust.tls, trust.key),
            company,
            self._radio,
            obey=workers.obey,
            clocks=Clocks(clock, asyncio.get_running_loop().time, lambda: 0.0),
            tasks=self._tasks,
        )
        peer = Peer(company, workers, clock, peers)
        for other in self.peers:
            other.company.known.append(own)
            company.known.append(other.presence)
        await self._stack.enter_async_context(peers.serving(listener))
        self._stack.push_async_callback(peers.close)
        self.peers.append(peer)
        return peer
