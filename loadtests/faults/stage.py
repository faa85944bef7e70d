"""What a scene plays on: processes, backends, routers, and at its end nobody left behind."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Sequence
from typing import Any, Final, Self

from loadtests import family
from loadtests.faults.book import Verdict, Visit, judge
from loadtests.faults.origin import Origin
from loadtests.faults.patience import until
from loadtests.faults.serving import Router, Settings
from loadtests.faults.traffic import Traffic, asks_of
from loadtests.ground import Ground

SERVICE: Final = "answers"
PR_SET_CHILD_SUBREAPER: Final = 36


class LeftBehindError(Exception):
    """A process outlived its router."""


class Stage:
    """Use it as a context; a scene gets one of its own."""

    def __init__(self, *, is_quick: bool) -> None:
        self.is_quick: Final = is_quick
        self.ground: Final = Ground()
        self.origins: Final[dict[str, Origin]] = {}
        self.routers: Final[list[Router]] = []
        self._helpers: Final[list[int]] = []

    def seconds(self, full: float) -> float:
        """Return how long something takes in this run."""
        return full / 4 if self.is_quick else full

    def helper(self, name: str, argv: list[str], *, port: int) -> None:
        """Start a server of the scene's own; it ends with the stage."""
        self._helpers.append(self.ground.start(name, argv, port=port).pid)

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

    async def __aenter__(self) -> Self:
        # An orphan becomes our child then, also one whose parents we killed.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            for router in self.routers:
                await router.stop()
            for origin in self.origins.values():
                origin.close()
        finally:
            left = [member for member in strangers() if member.pid not in self._helpers]
            for member in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.pid, signal.SIGKILL)
            self.ground.__exit__()
            reap()
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


def strangers() -> list[family.Member]:
    """Return the living processes that descend from this one."""
    members = family.members(os.getpid())[1:]
    return [member for member in members if family.is_alive(member)]


async def nobody_left(limit: float) -> float | None:
    """Wait until no process descends from this one; return the seconds, None if some stay."""
    return await until(lambda: not strangers(), limit)


def reap() -> None:
    """Bury the orphans that became our children."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
