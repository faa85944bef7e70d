"""What a scene plays on: processes, backends, routers, and at its end nobody left behind."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from typing import Any, Final, Self

from loadtests import family
from loadtests.faults.book import Verdict, Visit, judge
from loadtests.faults.disk import Disk, LimitedFiles, SmallDisk
from loadtests.faults.origin import Origin
from loadtests.faults.patience import expect, until
from loadtests.faults.serving import Router, Settings
from loadtests.faults.traffic import Traffic, asks_of
from loadtests.ground import Ground, GroundError, Started

SERVICE: Final = "answers"
SEED: Final = 6
KILLED_WITHIN: Final = 10.0
"""Seconds in which a killed process is gone, on a machine that is busy."""


class LeftBehindError(Exception):
    """A process outlived its router."""


class Stage:
    """Use it as a context; a scene gets one of its own."""

    def __init__(self, *, is_quick: bool, seed: int = SEED) -> None:
        self.is_quick: Final = is_quick
        self.seed: Final = seed
        """Of what is drawn where a scene may be played with any dice."""
        self.ground: Final = Ground()
        self.origins: Final[dict[str, Origin]] = {}
        self.routers: Final[list[Router]] = []
        self.means: Final = contextlib.AsyncExitStack()
        """What a scene has opened besides; it is closed when no router is left."""
        self._helpers: Final[set[int]] = set()

    def seconds(self, full: float) -> float:
        """Return how long something takes in this run."""
        return full / 4 if self.is_quick else full

    def helper(self, name: str, argv: list[str], *, port: int) -> None:
        """Start a server of the scene's own; it ends with the stage."""
        self._helpers.add(self.ground.start(name, argv, port=port).pid)

    def beside(self, name: str, argv: list[str]) -> Started:
        """Start a program of the scene's own, and do not wait; it ends with the stage."""
        started = self.ground.spawn(name, argv)
        self._helpers.add(started.pid)
        return started

    async def disk(self, router: Router) -> Disk:
        """Give a router that is not started yet a disk of its own, where one can be had."""
        folder = router.state_dir
        disk = SmallDisk(self.ground, folder)
        self._helpers.add(disk.pid)
        try:
            await expect("the disk", disk.is_there)
        except GroundError as why:
            print(why)
            folder.rmdir()
            return LimitedFiles(router)
        router.inside = disk.entrance
        return disk

    async def origin(self, name: str, **where: Any) -> Origin:
        """Open a backend; its name begins with its service's and a dash."""
        origin = self.origins[name] = Origin(name, **where)
        await origin.open()
        return origin

    async def service(self, name: str = SERVICE, **more: Any) -> Settings:
        """Open two backends and return the settings of a service in front of them."""
        legacy, ai = await self.origin(f"{name}-legacy"), await self.origin(f"{name}-ai")
        return service(name, legacy, ai, **more)

    async def router(self, services: Sequence[Settings] = (), **more: Any) -> Router:
        """Start a router, by default in front of one service."""
        router = await self.replica(services, **more)
        router.launch()
        await router.ready()
        return router

    async def replica(self, services: Sequence[Settings] = (), **more: Any) -> Router:
        """Write a router's config, and start nothing yet."""
        router = Router(self.ground, services or [await self.service()], **more)
        self.routers.append(router)
        return router

    def visits(self) -> list[Visit]:
        """Return what all backends saw."""
        return [visit for origin in self.origins.values() for visit in origin.visits]

    def judge(self, *traffics: Traffic) -> Verdict:
        """Lay what these clients saw beside what the backends saw."""
        asks = asks_of(*traffics)
        own = {ask.number for ask in asks}
        return judge(asks, [visit for visit in self.visits() if visit.number in own])

    def left(self) -> list[family.Member]:
        """Return who of a router's processes is alive, whoever their parents are by now."""
        return family.living(self.ground.sessions - self._helpers)

    async def nobody_left(self, limit: float) -> float | None:
        """Wait until no process of a router is there; return the seconds, None if some stay."""
        return await until(lambda: not self.left(), limit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            await asyncio.gather(*(router.stop() for router in self.routers))
            for origin in self.origins.values():
                origin.close()
        finally:
            left = self.left()
            for member in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.pid, signal.SIGKILL)
            await self.nobody_left(KILLED_WITHIN)
            await self.means.aclose()
            self.ground.__exit__()
        if left and kind is None:
            raise LeftBehindError(f"outlived their router: {[member.pid for member in left]}")


def service(name: str, legacy: Origin, ai: Origin, **more: Any) -> Settings:
    """Write a service that is sticky by its callers; `x-lane` chooses a variant."""
    rules = [
        {"when": {"header": {"x-lane": variant}}, "variant": variant}
        for variant in ("ai", "legacy")
    ]
    return {
        "name": name,
        "match": {"paths": [f"/{name}/*"]},
        "legacy": {"endpoints": [f"http://{legacy.host}:{legacy.port}"]},
        "ai": {"endpoints": [f"http://{ai.host}:{ai.port}"]},
        "split": {"key": ["header:x-user-id"], "rules": rules},
        **more,
    }
