"""The data plane of one process: what all its connections share, and how it changes.

A new snapshot is compiled first and swapped in by one assignment: a request is decided by one
snapshot, whole.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Final, NamedTuple

from router.http1.lines import Lines
from router.http1.replies import NOT_READY, TOO_MANY_CONNECTIONS
from router.http1.reply_head import ReplyHeads
from router.model import Variant
from router.proxy.access_log import Entry, access_log
from router.proxy.counters import ServiceCounters
from router.proxy.deadlines import TICK, Deadlines
from router.proxy.dialing import Dialer
from router.proxy.downstream import Downstream
from router.proxy.given import Given
from router.proxy.listener import Listener
from router.proxy.outbox import Outbox
from router.proxy.permits import Permits
from router.proxy.pool import Pool
from router.proxy.ports import Client
from router.proxy.recalls import Recalls
from router.proxy.serving import Route, Serving, make_route, reply_lines
from router.proxy.shadow.shadowing import Shadowing, Surface
from router.proxy.targets import AddressBook
from router.proxy.upstream import Surroundings
from router.routing.capacity import most_clients
from router.routing.snapshot import HeaderPolicy, ListenerTls, Service, Snapshot, Upstream
from router.tasks import TaskOwner
from router.tls import server_context
from router.wire.counting import CONNECTIONS, LOG_LINES_DROPPED, REFUSED
from router.wire.messages import AiSeen, Ejected, Locate, Telemetry

LAST_LINES_WITHIN: Final = 1.0
"""Seconds that the end waits for the access log's last lines."""


class PoolKey(NamedTuple):
    """What a pool is made of; where all of it stays the same the pool goes on."""

    service: str
    variant: Variant
    upstream: Upstream
    has_fallback: bool
    headers: HeaderPolicy
    is_for_copies: bool = False


class Worker:
    """One process's data plane. It is the `Owner` of its client connections."""

    def __init__(self, tasks: TaskOwner, given: Given) -> None:
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._given: Final = given
        # What requests ask for lies here itself: one look-up less, for each of them.
        self.clock: Final = given.clock
        self.wall_clock: Final = given.wall_clock
        self.mint_request_id: Final = given.mint_request_id
        self._below, self._boot_clock = given.below, given.boot_clock
        self._memory = given.memory
        self._log = access_log(given.log, self._drop_lines)
        self._most_connections = given.descriptors // 2
        self.deadlines: Final = Deadlines(self._loop, given.clock)
        self.outbox: Final = Outbox(self._loop.call_soon)
        self.serving: Serving = Serving(Snapshot(0, ()), ())
        self.draining = False
        self.lease_until = 0.0
        """Until then AI may be asked, by the `boot_clock`; 0 where that was noticed to be over."""
        self.looked = 0.0
        self.date = b""
        self.held = 0
        self._connections: set[Client] = set()
        self._turned_away: set[Client] = set()
        self._listener = Listener(
            self._loop, tasks, lambda: Downstream(self), self.clock, lambda: self._has_room
        )
        self._permits = Permits()
        self._recalls = Recalls(self._loop, self.clock, self._connections, self._mask)
        self._shadowing = Shadowing(self, self._surface())
        self._counters: dict[str, ServiceCounters] = {}
        self._pools: dict[PoolKey, Pool] = {}
        self._addresses = AddressBook()
        self._all_gone = asyncio.Event()
        self._ticking: asyncio.TimerHandle | None = None

    # Life...

    def begin(self) -> None:
        """Let time pass: from now on deadlines are kept and the date is right."""
        self.deadlines.start()
        self._each_tick()

    def hold(self, sockets: Mapping[int, Sequence[socket.socket]]) -> None:
        """Take over the listening sockets of these slots; nobody is accepted yet."""
        self._listener.hold(sockets)

    async def accept(self, slots: Iterable[int]) -> list[int]:
        """Accept clients on the sockets of exactly these slots; return those that it is then."""
        await self._listener.accept(slots)
        return sorted(self._listener.slots)

    def apply(self, snapshot: Snapshot) -> None:
        """Serve by this snapshot from now on; pools and counters go on where they can."""
        recalled = self._permits.renew(snapshot.services)
        let_go = self._permits.hold(snapshot.services)
        if not self.lease_until:  # nobody comes any more who would notice that it is over
            recalled += self._permits.replace(let_go)
        self._serve(snapshot, recalled)

    def extend(self, until: float) -> None:
        """Ask AI until then. 0: its share was never confirmed, so that nothing holds on either."""
        if until > self._boot_clock() or self.lease_until:  # what is known to be over stays so
            self.lease_until = until
        was_leased = until > 0
        if self._permits.was_leased is not was_leased:
            self._permits.was_leased = was_leased
            self._permits.hold(self.serving.snapshot.services)
            if not was_leased:
                self._give_up_ai()

    def _serve(self, snapshot: Snapshot, recalled: list[Service]) -> None:
        """recalled: the services whose permits have been withdrawn by now."""
        pools: dict[PoolKey, Pool] = {}
        lines = reply_lines(snapshot.headers)

        def pool_of(key: PoolKey) -> Pool:
            pools[key] = found = self._pools.get(key) or self._make_pool(key, lines)
            return found

        routes = tuple(self._route(service, snapshot, pool_of) for service in snapshot.services)
        if snapshot.tls is not None:
            self._show(snapshot.tls, snapshot.limits.header_timeout)
        self.serving = Serving(snapshot, routes, self._given.rates)
        towards_backends = sum(pool.settings.max_connections for pool in pools.values())
        self._most_connections = most_clients(self._given.descriptors, towards_backends)
        outlived = [old for key, old in self._pools.items() if key not in pools]
        self._pools = pools
        for old in outlived:
            old.close()
        if recalled:
            self.outbox.flush()  # what has begun until now has left, whoever is told so
            self._recalls.recall(recalled)
            self._shadowing.taps.stop()

    def _route(
        self, service: Service, snapshot: Snapshot, pool_of: Callable[[PoolKey], Pool]
    ) -> Route:
        """Compile one service; pools are asked for by what they are made of."""
        headers, permit = snapshot.headers, self._permits.of(service.name)
        counters = self._counters_of(service.name)
        return make_route(
            service,
            headers,
            lambda service, variant: pool_of(_pool_key(service, variant, headers)),
            counters,
            permit=permit,
            mint=self._given.mint_cookie,
            shadow=self._shadowing.shadows(
                service,
                snapshot,
                lambda variant: pool_of(_copies_key(service, variant, headers)),
                counters=counters.shadow,
                permit=permit,
            ),
        )

    def _give_up_ai(self) -> None:
        """Nobody confirms AI's share: it may have been rolled back, so that is what we do."""
        self.lease_until = 0.0
        snapshot = self.serving.snapshot
        left = [each for each in snapshot.services if not self._permits.of(each.name).holds_on]
        self._serve(snapshot, self._permits.replace(left))

    def locate(self, said: Locate) -> None:
        """Send requests to these addresses from now on, whichever table asks for them."""
        pools = [
            (key.upstream.endpoints, pool)
            for key, pool in self._pools.items()
            if (key.service, key.variant) == (said.service, said.variant)
        ]
        self._addresses.learn(said, [each for endpoints, _ in pools for each in endpoints])
        for endpoints, pool in pools:
            pool.locate(self._addresses.targets(said.service, said.variant, endpoints))

    async def finish_accepting(self) -> None:
        """Accept who waits already, nobody more, and let go of the sockets."""
        self.draining = True
        await self._listener.finish()

    async def drain(self, seconds: float) -> int:
        """Accept nothing more and finish what is in flight; return how many had to be cut off.

        Event streams that still run in the end are ended in order.
        """
        await self.finish_accepting()
        for connection in list(self._connections):
            connection.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._listener.settled()  # who shakes hands still is a client already
                while self._connections:
                    self._all_gone.clear()
                    await self._all_gone.wait()
        cut = sum(connection.cut() for connection in list(self._connections))
        self.deadlines.stop()
        self._recalls.stop()
        self._shadowing.close()
        if self._ticking is not None:
            self._ticking.cancel()
        self._log.close(LAST_LINES_WITHIN)
        return cut

    def telemetry(self) -> Telemetry:
        """Say what the supervisor does not see otherwise."""
        return Telemetry(
            ejected=[
                Ejected(key.service, key.variant, out.endpoint, out.seconds)
                for key, pool in self._pools.items()
                if not key.is_for_copies
                for out in pool.out()
            ],
            is_full=self._listener.is_paused,
        )

    def ai_seen(self) -> dict[str, AiSeen]:
        """Say what each service's AI has had of this worker."""
        return {
            route.name: AiSeen(route.permit.last_begun, route.counters.ai_in_flight)
            for route in self.serving.routes
        }

    # Asked by connections and exchanges...

    def log(self, entry: Entry) -> None:
        """Have a line of the access log written, soon."""
        self._log.add(entry)

    def roll(self) -> int:
        """Roll a bucket for a caller without a key."""
        return self._below(10_000)

    def give_way(self, wanted: int) -> None:
        """Let go of so many bytes that no request needs: those that are kept for comparisons."""
        self._shadowing.taps.give_way(wanted)

    def count_refusal(self, code: str) -> None:
        self._memory.worker[REFUSED[code]] += 1

    def may_ask_ai(self) -> bool:
        """Tell whether AI's share was confirmed recently enough; the clock is read afresh."""
        self.looked = now = self._boot_clock()
        return now < self.lease_until

    def joined(self, connection: Client) -> None:
        """Take a client's connection in, or turn it away; accept nobody where no more fit."""
        if not self.serving.snapshot.version:
            self._turned_away.add(connection)
            connection.refuse_connection(NOT_READY)
        elif len(self._connections) >= self.serving.limits.connections:
            self._turned_away.add(connection)
            connection.refuse_connection(TOO_MANY_CONNECTIONS)
        else:
            self._connections.add(connection)
            self._memory.worker[CONNECTIONS] = len(self._connections)
            if self.draining:
                connection.drain()
        if not self._has_room:
            self._listener.pause()

    def left(self, connection: Client) -> None:
        self._turned_away.discard(connection)
        self._connections.discard(connection)
        self._memory.worker[CONNECTIONS] = len(self._connections)
        if not self._connections:
            self._all_gone.set()

    # Own...

    def _counters_of(self, service: str) -> ServiceCounters:
        counters = self._counters.get(service)
        if counters is None:
            counters = self._counters[service] = ServiceCounters(self._memory.service(service))
        return counters

    @property
    def _has_room(self) -> bool:
        """Whether descriptors are left for another client."""
        taken = len(self._connections) + len(self._turned_away) + self._listener.handshaking
        return taken < self._most_connections

    def _make_way(self) -> None:
        """Close a kept connection where another one to a backend would be one too many.

        Each pool knows its own limit alone. Clients take at most their part of the descriptors, and
        each needs one backend at a time: beyond that there is always one that is only kept.
        """
        pools = self._pools.values()
        left = self._given.descriptors - self._most_connections
        if pools and sum(pool.connections for pool in pools) >= left:
            max(pools, key=lambda pool: pool.kept).give_up_one()

    def _may_open(self) -> bool:
        """Tell whether there are descriptors for a connection that no client waits for."""
        pools = self._pools.values()
        left = self._given.descriptors - self._most_connections
        return sum(pool.connections for pool in pools) < left

    def _surface(self) -> Surface:
        return Surface(
            loop=self._loop,
            tasks=self._tasks,
            deadlines=self.deadlines,
            memory=self._given.rates,
            connect=self._given.connect_comparer,
            tell=self._given.on_shadow_error,
            may_open=self._may_open,
            below=self._below,
        )

    def _show(self, tls: ListenerTls, handshake_timeout: float) -> None:
        """Show clients this certificate from now on; connections that stand keep theirs.

        A context keeps a certificate for each type of key, so that another type would not replace
        the first: hence a new one.
        """
        self._listener.handshake_timeout = handshake_timeout
        if tls != self.serving.snapshot.tls:
            self._listener.speak_tls(server_context(tls))

    def _mask(self) -> bytes:
        return self._below(1 << 32).to_bytes(4, "big")

    def _drop_lines(self, number: int) -> None:
        self._memory.worker[LOG_LINES_DROPPED] += number

    def _each_tick(self) -> None:
        self._ticking = self._loop.call_later(TICK, self._each_tick)
        self._log.flush()
        if self.lease_until and not self.may_ask_ai():
            self._give_up_ai()
        if self._listener.is_paused and self._has_room:
            self._listener.resume()
        self.date = b"date: %b\r\n" % formatdate(self.wall_clock(), usegmt=True).encode()

    def _make_pool(self, key: PoolKey, lines: Lines) -> Pool:
        settings = key.upstream
        around = Surroundings(
            heads=ReplyHeads(lines),
            deadlines=self.deadlines,
            outbox=self.outbox,
            first_byte_timeout=settings.first_byte_timeout,
            idle_timeout=settings.idle_timeout,
        )
        pool = Pool(
            settings,
            Dialer(self._loop, settings, around).open,
            self._tasks,
            self.deadlines,
            clock=self.clock,
            below=self._below,
            is_last_resort=key.variant is Variant.LEGACY and not key.is_for_copies,
            has_fallback=key.has_fallback,
            make_way=_make_no_way if key.is_for_copies else self._make_way,
        )
        pool.locate(self._addresses.targets(key.service, key.variant, settings.endpoints))
        return pool


def _pool_key(service: Service, variant: Variant, headers: HeaderPolicy) -> PoolKey:
    is_ai = variant is Variant.AI
    settings = service.ai if is_ai else service.legacy
    return PoolKey(service.name, variant, settings, is_ai and service.fall_back_on_connect, headers)


def _copies_key(service: Service, variant: Variant, headers: HeaderPolicy) -> PoolKey:
    """Say of what the pool for copies is made: it has room for all that may be in flight."""
    shadow = service.shadow
    if shadow is None:
        raise ValueError(f"nothing of {service.name} is copied")
    settings = shadow.ai if variant is Variant.AI else shadow.legacy
    most = shadow.max_concurrency
    settings = replace(settings, max_connections=most, max_pending=most)
    return PoolKey(service.name, variant, settings, True, headers, is_for_copies=True)


def _make_no_way() -> None:
    """Copies are not sent where no descriptor is left: nobody has to make way for them."""
