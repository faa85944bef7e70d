"""The release manager of a scene: moves releases, rolls back, and looks at its watch meanwhile.

Its watch is the monotonic clock that the backends' books have too.
"""

import asyncio
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from loadtests import admin
from loadtests.admin import Answer
from loadtests.faults.patience import POLL, TooLongError
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE

REASON: Final = "a fault scene"
TAKEN_WITHIN: Final = 10.0
"""Seconds in which a router takes changes again, whatever it has just gone through."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """One call. called: before there was a connection; answered: when the report was read."""

    called: float
    answered: float
    report: dict[str, Any]

    @property
    def seconds(self) -> float:
        return self.answered - self.called

    @property
    def stand(self) -> tuple[int, int]:
        """Its epoch and revision."""
        return self.report["epoch"], self.report["revision"]


async def roll_back(router: Router, service: str = SERVICE) -> Rollback:
    """Roll back, and hear what came of it."""
    return await asyncio.to_thread(_roll_back, router.admin, service)


def _roll_back(address: str, service: str) -> Rollback:
    called = time.monotonic()
    report = admin.command(address, service, "rollback", REASON)
    return Rollback(called, time.monotonic(), report)


async def attempt(
    router: Router, percent: float, *, based_on: int | None = None, service: str = SERVICE
) -> Answer:
    """Ask for a share, whatever the answer will be."""
    headers = {} if based_on is None else {"if-match": f'"{based_on}"'}
    body = {"percent": percent, "reason": REASON}
    path = f"{path_of(service)}/percent"
    return await asyncio.to_thread(admin.call, router.admin, "PUT", path, body, headers)


async def insist(router: Router, percent: float, service: str = SERVICE) -> None:
    """Ask for a share until every worker has it: after a fault one may still be on its way."""
    deadline = time.monotonic() + TAKEN_WITHIN
    while (answer := await attempt(router, percent, service=service)).status != HTTPStatus.OK:
        if time.monotonic() > deadline:
            raise TooLongError(f"{percent:g} % is not taken: {answer}")
        await asyncio.sleep(POLL)


async def move(router: Router, verb: str, service: str = SERVICE, **more: object) -> None:
    """Start it, pause it, or whatever the verb says."""

    def call() -> None:
        admin.command(router.admin, service, verb, REASON, **more)

    await asyncio.to_thread(call)


async def ask(router: Router, service: str, verb: str, **more: object) -> Answer:
    """Ask for it, whatever the answer will be."""
    path, body = f"{path_of(service)}/{verb}", {"reason": REASON, **more}
    return await asyncio.to_thread(admin.call, router.admin, "POST", path, body)


async def release(router: Router, service: str = SERVICE) -> dict[str, Any]:
    """Return the release as the router tells it."""
    return await asyncio.to_thread(admin.release, router.admin, service)


def path_of(service: str) -> str:
    """Return where the admin API has it."""
    return f"/api/v1/services/{service}"


def stand_of(told: dict[str, Any]) -> tuple[int, int]:
    """Return where a release stands: its epoch and revision."""
    return told["epoch"], told["revision"]
