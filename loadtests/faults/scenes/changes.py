"""Certificates, the config, a name's address and the health of endpoints change under load."""

import asyncio
import os
import time
from collections.abc import Coroutine
from typing import Any, Final

from loadtests.admin import OPERATED
from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.certificates import Secret, serving, trusting
from loadtests.faults.hosts import Hosts
from loadtests.faults.origin import HEALTH, Origin
from loadtests.faults.patience import POLL, TooLongError, expect
from loadtests.faults.promise import Promise, at_most, none
from loadtests.faults.serving import Router, Settings
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Door, Steady
from tests.support.certificates import Authority, Certificate

RATE: Final = 200.0
FRESH_RATE: Final = 10.0
LINES: Final = 8
NAME: Final = "legacy.example.com"
NOTICED: Final = 10.0
"""Seconds within which each change has to be in force."""
OTHER_ADDRESS: Final = "127.0.0.2"
QUIET: Final = 0.5
"""Seconds without a request after which an endpoint is left out; it had many in that time."""
CHECKED: Final = {
    "path": HEALTH,
    "interval": "200ms",
    "timeout": "1s",
    "healthy_after": 1,
    "unhealthy_after": 2,
}
LEFT_OUT: Final = {"consecutive": 2, "base": "2s"}
GETS: Final = [Wish(SERVICE)]
BOTH: Final = [Wish(SERVICE), Wish(SERVICE, method="POST")]


class World:
    """A router behind TLS, in front of TLS, and everything around it that may change."""

    def __init__(self, stage: Stage) -> None:
        folder = stage.ground.directory
        self.authority: Final = Authority(folder)
        self.next_authority: Final = Authority(folder, "next-authority")
        self.trusted: Final = folder / "ca.pem"
        self.hosts: Final = Hosts(folder)
        self.secret: Final = Secret(folder / "listener")
        self.backend_tls: Final = serving(self.issue("backend", self.authority))
        self.stage: Final = stage
        self.here: Origin
        self.there: Origin
        self.ai: list[Origin]
        self.router: Router

    def issue(self, what: str, authority: Authority) -> Certificate:
        return authority.issue(f"DNS:{what}.example.com", "DNS:localhost", f"DNS:{NAME}")

    async def begin(self) -> None:
        """Open the backends, start the router."""
        stage = self.stage
        self.secret.renew(self.issue("first", self.authority))
        self.trusted.write_text(self.authority.pem)
        self.hosts.point(NAME, "127.0.0.1")
        self.here = await stage.origin(f"{SERVICE}-here", tls=self.backend_tls)
        self.there = await stage.origin(
            f"{SERVICE}-there", host=OTHER_ADDRESS, port=self.here.port, tls=self.backend_tls
        )
        self.ai = [await stage.origin(f"{SERVICE}-ai{number}") for number in range(2)]
        folder = self.secret.folder
        tls = {"cert": str(folder / "tls.crt"), "key": str(folder / "tls.key")}
        self.router = await stage.replica(
            [self.service()], proxy={"workers": 2, "tls": tls}, admin=OPERATED
        )
        self.router.environment = self.hosts.environment(os.environ)
        self.router.launch()
        await self.router.ready()
        await self.router.set_percent(SERVICE, 50)

    def service(self, patience: int = 30) -> Settings:
        legacy: Settings = {
            "endpoints": [f"https://{NAME}:{self.here.port}"],
            "tls": {"ca": str(self.trusted)},
            "first_byte_timeout": f"{patience}s",
        }
        ai: Settings = {
            "endpoints": [f"http://127.0.0.1:{origin.port}" for origin in self.ai],
            "health": CHECKED,
            "ejection": LEFT_OUT,
        }
        split = {"key": ["header:x-user-id"]}
        return {"name": SERVICE, "legacy": legacy, "ai": ai, "split": split}

    @property
    def door(self) -> Door:
        return Door(self.router.port, tls=trusting(self.authority))


async def play(stage: Stage) -> list[Promise]:
    """Change one thing after the other, each until it is in force."""
    world = World(stage)
    await world.begin()
    steady = Steady(world.door, BOTH, RATE)
    fresh = Steady(world.door, BOTH, FRESH_RATE, is_fresh=True)
    await steady.open(LINES)
    promises: list[Promise] = []
    async with steady, fresh:
        await expect("traffic everywhere", lambda: world.here.visits and world.ai[1].visits)
        world.hosts.point(NAME, OTHER_ADDRESS)
        pointed = time.monotonic()  # it is noticed when the name is looked up again
        promises.append(await _in_force("the listener's certificate", _renew_the_listener(world)))
        promises.append(await _in_force("a backend's certificate and CA", _renew_backend(world)))
        promises.append(await _in_force("a timeout of the config", _reload(world)))
        promises.append(await _in_force("an endpoint that says it is ill", _fall_ill(world.ai[0])))
        steady.wishes = fresh.wishes = GETS  # what happened to others is unknown, and so not safe
        await asyncio.sleep(QUIET)
        promises.append(await _in_force("an endpoint that is killed", _die(world.ai[1])))
        steady.wishes = fresh.wishes = BOTH
        await _move(world)
        promises.append(_kept("a name's address", world.there.visits[0].at - pointed))
    verdict = stage.judge(steady, fresh)
    seen = dict(failures(verdict.failed))
    return [
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked),
        none(
            "request is unseen or misdirected",
            [*verdict.unseen, *verdict.misdirected],
            verdict.asked,
        ),
        *promises,
    ]


async def _in_force(what: str, change: Coroutine[Any, Any, None]) -> Promise:
    began = time.monotonic()
    await change
    return _kept(what, time.monotonic() - began)


def _kept(what: str, seconds: float) -> Promise:
    return at_most(f"{what} changes: in force after", seconds, NOTICED, "s")


async def _renew_the_listener(world: World) -> None:
    """Replace the files, and wait until new clients are shown the new certificate."""
    before = await _shown(world.door)
    world.secret.renew(world.issue("second", world.authority))
    deadline = time.monotonic() + NOTICED
    while await _shown(world.door) == before:
        if time.monotonic() > deadline:
            raise TooLongError(f"not within {NOTICED:g} s: another certificate")
        await asyncio.sleep(POLL)


async def _shown(door: Door) -> bytes | None:
    _, writer = await asyncio.open_connection(
        door.host, door.port, ssl=door.tls, server_hostname="localhost"
    )
    certificate: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return certificate


async def _renew_backend(world: World) -> None:
    """Trust both authorities, show the next one's certificate, trust the next one alone."""
    await _trust(world, world.authority.pem + world.next_authority.pem)
    renewed = world.issue("renewed", world.next_authority)
    world.backend_tls.load_cert_chain(renewed.certificate_path, renewed.key_path)
    await _trust(world, world.next_authority.pem)


async def _trust(world: World, pem: str) -> None:
    """Have it trust these, and see it connect by them: a connection that stands proves nothing."""
    before = world.here.accepted + world.there.accepted
    world.trusted.write_text(pem)
    await world.router.reload()
    await expect(
        "a backend's new connection", lambda: world.here.accepted + world.there.accepted > before
    )
    await asyncio.sleep(QUIET)  # every worker needs one of its own


async def _reload(world: World) -> None:
    before = await world.router.config_hash()
    world.router.write({**world.router.settings, "services": [world.service(patience=40)]})
    await world.router.reload()
    if await world.router.config_hash() == before:
        raise TooLongError("a reload changed nothing")


async def _fall_ill(origin: Origin) -> None:
    """Let it be taken out, go, come back, and be taken in."""
    origin.is_well = False
    await _quiet(origin)
    origin.close()
    origin.is_well = True
    await origin.open()
    await _busy(origin)


async def _die(origin: Origin) -> None:
    """Let it go without a word, and come back."""
    origin.close()
    await asyncio.sleep(2 * QUIET)
    await origin.open()
    await _busy(origin)


async def _move(world: World) -> None:
    """Have nobody go any more to where the name was."""
    await _busy(world.there)
    await _quiet(world.here)
    world.here.close()
    await _busy(world.there)


async def _busy(*origins: Origin) -> None:
    now = time.monotonic()
    await expect(
        f"requests at {origins[-1].name}",
        lambda: any(origin.visits_since(now) for origin in origins),
        NOTICED,
    )


async def _quiet(origin: Origin) -> None:
    await expect(
        f"no more requests at {origin.name}",
        lambda: not origin.visits_since(time.monotonic() - QUIET),
        NOTICED,
    )
