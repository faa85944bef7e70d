"""The life of a supervisor: claim → take over → listen → start workers → serve → drain → end.

It owns the sockets and the processes. What it decides is in `conductor`, what it hears in
`broadcast`, who accepts where in `acceptors`.
"""

import asyncio
import contextlib
import logging
import os
import platform
import signal
import socket
import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from router import __version__
from router.control import history
from router.control.acceptors import Acceptors
from router.control.api.app import probe_app
from router.control.api.probes import Probes
from router.control.api.sites import Site, Sources, Told, admin_site, serving
from router.control.bookkeeping import Bookkeeping
from router.control.broadcast import Broadcast
from router.control.census import Census
from router.control.child import Start
from router.control.clocks import Clocks
from router.control.crew import Crew
from router.control.dead_letters import DeadLetters
from router.control.directory import Means
from router.control.door import Door
from router.control.encryption import context_of, renew
from router.control.endpoints import Endpoints
from router.control.events import events_dropped, tell
from router.control.fleet import fellowship
from router.control.life import DRAIN_SLACK, Offices
from router.control.listening import listen, local_address
from router.control.metrics import Readings
from router.control.obstacles import ill_legacy
from router.control.orphans import Orphans
from router.control.plan import Plan
from router.control.probe import probe
from router.control.rate_memory import make_rate_memory
from router.control.recent import Recent
from router.control.releasing import Releasing
from router.control.reload_report import Cause
from router.control.residence import Residence
from router.control.rhythm import Rhythm
from router.control.slots import Slots
from router.control.state_dir import Claim, open_control
from router.control.telemetry import Tallies, Totals
from router.control.webhooks import LAST_ATTEMPT, Telling, Webhooks
from router.release.refusals import Obstacle
from router.routing.snapshot import Snapshot
from router.tasks import TaskOwner
from router.wire.control_socket import remove_control

LAST_CALL: Final = 0.2
"""Seconds in which connections that are half made can still be accepted before a queue closes."""


class Supervisor:
    """Made inside a running event loop; `run` once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tasks = TaskOwner(self._on_death)
        self._seats = [f"worker-{number}" for number in range(1, plan.workers + 2)]
        self._acceptors = Acceptors(range(plan.workers))
        self._broadcast = Broadcast(self._seats, self._acceptors)
        self._claim = Claim(plan.state_dir)
        self._offices = Offices(
            self._broadcast,
            Tallies(self._keep_counts),
            Census(plan.state_dir, lambda: self._claim.is_held),
        )
        self._crew: Crew | None = None
        self._releasing = Releasing(
            plan,
            self._broadcast,
            self._offices.tallies.in_short,
            self._tasks,
            replace=self._replace,
            obstacles=self._obstacles,
            config_hash=lambda: self._reloader.standing.config_hash,
            is_ours=lambda: self._claim.is_held,
        )
        self._conductor = self._releasing.conductor
        self._books = Bookkeeping(
            plan,
            lambda: self._offices.tallies.totals().shadows,
            lambda: self._conductor.releases,
            lambda: self._claim.is_held,
        )
        telling = Telling(plan.replica, plan.roll, plan.clock)
        self._webhooks = Webhooks(plan.hooks, DeadLetters(plan.state_dir), telling)
        self._conductor.observe(self._webhooks.hear)
        means = Means(plan.resolve, probe, Rhythm(plan.roll), self._tasks)
        self._endpoints = Endpoints(means, self._broadcast.locate, self._broadcast.telemetry)
        self._probes = Probes(self._broadcast, self._readings)
        self._fellowship = fellowship.Fellowship(self._means_of_fellowship())
        self._recent = Recent(self._offices.tallies, plan.stopwatch, self._fellowship.added)
        self._reloader = plan.reloader(self._conductor, self._prepare, self._adopt)
        self._admin_tls: ssl.SSLContext | None = None
        self._has_begun = asyncio.Event()
        self._hangup = asyncio.Event()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._is_broken = False
        self._rates = -1

    async def run(self) -> bool:
        """Serve until told to stop; return whether the end was an orderly one."""
        plan = self._plan
        with contextlib.ExitStack() as held:
            held.enter_context(self._claim)
            sites, peers = self._sites(held), self._peers(held)
            door = Door(open_control(plan.state_dir), self._tasks)
            held.callback(door.close)
            self._rates = make_rate_memory()
            held.callback(os.close, self._rates)
            self._heed_signals()
            door.open()
            try:
                with contextlib.closing(await Orphans.found(plan.state_dir, door)) as orphans:
                    await self._serve(sites, peers, door, orphans)
                if self._claim.is_held:
                    remove_control(plan.state_dir)
            finally:
                await self._tasks.close()
                await self._fellowship.close()
                await self._releasing.close()
                await self._books.close()
                await self._webhooks.close(0 if self._hurry.is_set() else LAST_ATTEMPT)
        tell("stopped")
        return not self._is_broken

    def _keep_counts(self, totals: Totals) -> None:
        if self._claim.is_held:
            history.keep(self._claim.state_dir, totals)

    def _write_again(self) -> None:
        """Write all that lies in a folder that was made again."""
        self._offices.write_again()
        self._books.comparing.move()
        self._conductor.keeping.keep_again()

    # Starting...

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop_signal, number)
        loop.add_signal_handler(signal.SIGHUP, self._hangup.set)

    async def _serve(
        self,
        sites: Sequence[Site],
        peers: AbstractAsyncContextManager[None],
        door: Door,
        orphans: Orphans,
    ) -> None:
        plan = self._plan
        slots = Slots.opened(plan.listen, plan.workers, orphans.listeners)
        crew = self._crew = Crew(
            self._seats,
            door,
            self._offices,
            self._tasks,
            plan.stopwatch,
            comparing=self._books.comparing,
        )
        with contextlib.closing(slots):
            async with serving(sites), peers:
                above = orphans.version
                self._releasing.start(orphans.stands)
                self._books.begin()
                self._inherit(orphans)
                how = Start(plan.state_dir, slots.passed(), self._rates, plan.worker)
                crew.start(how, orphans)
                await self._endpoints.prepare(plan.watched)
                self._endpoints.watch(plan.watched)
                await self._releasing.begin(above)
                self._has_begun.set()
                self._fellowship.start(self._tasks)
                residence = Residence(
                    self._claim,
                    door,
                    self._write_again,
                    self._conductor.keeping.keep_displaced,
                )
                self._tasks.spawn(residence.keep(), "residence")
                self._tasks.spawn(self._endpoints.follow(), "ejections")
                self._tasks.spawn(self._recent.watch(), "recent")
                self._tasks.spawn(self._heed_hangups(), "hangups")
                self._tasks.spawn(self._reloader.watch(), "watch")
                self._books.start(self._tasks)
                taking_over = self._tasks.spawn(self._take_over(orphans, slots), "takeover")
                self._tasks.spawn(self._announce(slots, sites[0].listener), "announce")
                await self._stop.wait()
                taking_over.cancel()
                await self._drain(crew, slots)

    def _inherit(self, orphans: Orphans) -> None:
        """Go on counting where a predecessor was killed; whoever starts anew begins at zero."""
        state_dir = self._plan.state_dir
        self._books.inherit(has_orphans=not orphans.is_empty)
        if orphans.is_empty:
            history.forget(state_dir)
        else:
            self._offices.tallies.inherit(history.found(state_dir))

    def _sites(self, held: contextlib.ExitStack) -> tuple[Site, ...]:
        """Listen where operators are served: at `admin.listen` first."""
        plan = self._plan
        if plan.admin_tls is not None:
            self._admin_tls = context_of(plan.admin_tls)
        listener = held.enter_context(listen(plan.admin, "admin.listen"))
        admin = Site(admin_site(self._sources()), listener, self._admin_tls)
        if plan.health is None:
            return (admin,)
        beside = held.enter_context(listen(plan.health, "admin.health"))
        return admin, Site(probe_app(self._probes), beside)

    def _peers(self, held: contextlib.ExitStack) -> AbstractAsyncContextManager[None]:
        """Listen where other replicas are let in, if there can be any."""
        peers, address = self._releasing.peers, self._plan.peering.listen
        if peers is None or address is None:
            return contextlib.nullcontext()
        return peers.serving(held.enter_context(listen(address, "replica.listen")))

    def _means_of_fellowship(self) -> fellowship.Means:
        plan, releasing = self._plan, self._releasing
        return fellowship.Means(
            fleet=releasing.fleet,
            store=releasing.store,
            served=self._conductor.served,
            clocks=Clocks(plan.clock, plan.stopwatch, plan.boottime),
            lease=plan.lease,
            gists=lambda: self._recent.own,
            workers=self._broadcast.workers,
            post=self._webhooks.alert,
            trouble=lambda: releasing.custody.trouble,
        )

    def _sources(self) -> Sources:
        plan = self._plan
        return Sources(
            fellowship=self._fellowship,
            lease=plan.lease,
            conductor=self._conductor,
            drills=self._releasing.drills,
            store=self._releasing.store,
            probes=self._probes,
            reloads=self._reloader,
            told=lambda: Told(self._plan.access, self._plan.release_plans, self._plan.sticky),
            standing=lambda: self._reloader.standing,
            figures=self._recent.figures,
            gists=self._recent.now,
            endpoints=self._endpoints.states,
            workers=self._broadcast.workers,
            obstacles=self._obstacles,
            stopwatch=plan.stopwatch,
            appraisal=self._books.appraisal,
            records=self._books.records,
            caller_secret=self._books.caller_secret,
        )

    async def _take_over(self, orphans: Orphans, slots: Slots) -> None:
        """Once our workers accept, they are whom a successor looks for, and orphans may go."""
        await self._broadcast.covered()
        self._offices.census.open()
        slots.retire()
        await asyncio.sleep(LAST_CALL)
        orphans.drain(self._plan.drain_timeout)
        await self._broadcast.relieved()
        slots.close_retired()

    async def _announce(self, slots: Slots, admin: socket.socket) -> None:
        """Say it once everything serves: whoever started us waits for this line."""
        await self._broadcast.ready()
        tell(
            "ready",
            listen=[address.authority for address in slots.addresses],
            admin=local_address(admin).authority,
            pid=os.getpid(),
        )
        self._plan.notify("READY=1")

    # Serving...

    def _replace(self, worker: str) -> bool:
        return self._crew is not None and self._crew.replace(worker)

    def _obstacles(self, service: str) -> tuple[Obstacle, ...]:
        return (*ill_legacy(service, self._endpoints.states()), *self._fellowship.obstacles())

    def _readings(self) -> Readings:
        conductor, releases = self._conductor, self._conductor.releases
        totals = self._offices.tallies.totals()
        effective = {r.service: conductor.effective_percent(r.service, totals) for r in releases}
        return Readings(
            totals=totals,
            releases=releases,
            effective=effective,
            workers=self._broadcast.states(),
            version=__version__,
            python=platform.python_version(),
            full_workers=sum(word.is_full for word in self._broadcast.telemetry().values()),
            lease_remaining=self._releasing.fleet.lease_until - self._plan.boottime(),
            endpoints=self._endpoints.states(),
            config_is_current=not self._reloader.standing.is_refused,
            store_is_up=self._releasing.custody.is_up,
            replicas=self._fellowship.heard_and_silent(),
            leads=self._fellowship.leads(),
            times_to_zero=conductor.times_to_zero,
            events_dropped=events_dropped(),
            webhooks=self._webhooks.results,
            comparisons=self._books.comparing.comparisons(),
            stream=self._books.comparing.stream(),
            appraised=self._books.appraisal.all,
        )

    # Reloading...

    async def _heed_hangups(self) -> None:
        """Reload at SIGHUP; those that come while we do are one more."""
        while True:
            await self._hangup.wait()
            self._hangup.clear()
            tell("signal", signal="SIGHUP")
            await self._reloader.try_to_reload(Cause.SIGNAL)

    async def _prepare(self, plan: Plan) -> None:
        """Look for the endpoints of what runs next, once there is something that it follows."""
        await self._has_begun.wait()
        await self._endpoints.prepare(plan.watched)

    def _adopt(self, plan: Plan) -> Snapshot:
        """Serve by the plan that another config makes; what only a start can do is the same."""
        published = self._conductor.adopt(
            plan.compile, plan.release_plans, lambda: self._endpoints.watch(plan.watched)
        )
        self._webhooks.serve_by(plan.hooks)
        self._plan = plan
        self._books.serve_by(plan)
        if self._admin_tls is not None and plan.admin_tls is not None:
            renew(self._admin_tls, plan.admin_tls)
        if self._releasing.peers is not None and plan.peering.tls is not None:
            self._releasing.peers.renew(plan.peering.tls)
        return published

    # Stopping...

    def _on_stop_signal(self, number: int) -> None:
        if self._stop.is_set():
            self._hurry.set()
        tell("signal", signal=signal.Signals(number).name)
        self._stop.set()

    def _on_death(self, task: str, error: BaseException) -> None:
        tell("task_died", failure=error, task=task)
        self._is_broken = True
        self._stop.set()

    async def _drain(self, crew: Crew, slots: Slots) -> None:
        """Let the workers finish; whoever comes now is refused at once and tries elsewhere."""
        timeout = self._plan.drain_timeout
        tell("draining", timeout_seconds=timeout)
        self._plan.notify("STOPPING=1")
        self._probes.drain()
        self._conductor.drain()
        self._acceptors.close()
        slots.stop_newcomers()
        await self._hurried(LAST_CALL)
        self._offices.census.close()
        crew.drain(timeout)
        closing = self._tasks.spawn(self._close_when_empty(slots), "close")
        ended = self._tasks.spawn(crew.ended(), "drain")
        hurry = self._tasks.spawn(self._hurry.wait(), "hurry")
        await asyncio.wait(
            [hurry, ended], timeout=timeout + DRAIN_SLACK, return_when=asyncio.FIRST_COMPLETED
        )
        if not ended.done():
            tell("drain_cut", level=logging.WARNING)
            crew.kill()
        await ended
        closing.cancel()

    async def _close_when_empty(self, slots: Slots) -> None:
        """A queue that is closed resets whoever waits in it: first the workers accept them all."""
        await self._broadcast.deserted()
        slots.close()

    async def _hurried(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
