"""One tour from nothing to its exit code: processes, traffic, view, judgement, no trace left."""

import asyncio
import secrets
import signal
import tempfile
import time
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console

from router.demo.bayes import NaiveBayes
from router.demo.children import Child, free_ports
from router.demo.client import Admin, HelpDesk
from router.demo.findings import findings
from router.demo.plan import Plan
from router.demo.rules import KeywordRules
from router.demo.scene import Ports, RouterCommand, installed_router, scene
from router.demo.summary import summary
from router.demo.tally import Tally
from router.demo.tour import Tour
from router.errors import DemoError
from router.model import Variant
from router.tasks import TaskOwner

MODELS: Final = {KeywordRules.name: Variant.LEGACY, NaiveBayes.name: Variant.AI}
LOOKS_PER_SECOND: Final = 8
ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

HELD: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130


class Display(Protocol):
    """Shows a tour while it runs."""

    def begins(self, plan: Plan, ports: Ports, tally: Tally) -> None:
        """The scene stands, the first customer is about to come."""
        ...

    def looks(self, now: float) -> None:
        """Some time has passed."""
        ...

    def step_ends(self, number: int) -> None:
        """A step of the walk is over."""
        ...

    def ends(self) -> None:
        """The walk is over, or broken off: leave the terminal as it was."""
        ...


def run(
    plan: Plan, display: Display, console: Console, router: RouterCommand = installed_router
) -> int:
    """Go through ``plan`` and return the exit code; what went wrong is on the console."""
    tally = Tally(plan, MODELS)
    console.print("Starting two ticket classifiers, and the router in front of them …")
    try:
        asyncio.run(_until_done_or_told_to_stop(plan, tally, display, router))
    except asyncio.CancelledError:
        console.print("Stopped. Nothing is left running.")
        return INTERRUPTED
    except DemoError as error:
        console.print(
            f"The demo cannot go on. {error}", markup=False, highlight=False, soft_wrap=True
        )
        return FAILED
    problems = findings(tally)
    console.print(summary(tally, problems))
    return FAILED if problems else HELD


async def _until_done_or_told_to_stop(
    plan: Plan, tally: Tally, display: Display, router: RouterCommand
) -> None:
    """Run the tour; the first signal cancels it, and then all that was started ends in order."""
    loop = asyncio.get_running_loop()
    work = asyncio.ensure_future(_tour(plan, tally, display, router))

    def stop() -> None:
        if not work.cancelling():
            work.cancel()

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, stop)
    await work


async def _tour(plan: Plan, tally: Tally, display: Display, router: RouterCommand) -> None:
    ports, token = Ports(*free_ports(4)), secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="gray-router-demo-") as directory:
        async with (
            scene(Path(directory), ports, plan.seed, router, token) as children,
            HelpDesk(ports.proxy_url, time.perf_counter) as desk,
            Admin(ports.admin_url, token) as admin,
        ):
            tour = Tour(
                plan, tally, desk, admin, clock=time.perf_counter, on_step=display.step_ends
            )
            display.begins(plan, ports, tally)
            try:
                await _watched(tour, display, children)
            finally:
                display.ends()


async def _watched(tour: Tour, display: Display, children: tuple[Child, ...]) -> None:
    """Return when the tour is over; raise what ended it early, be it its own or a child's death."""
    over = asyncio.Event()
    deaths: list[BaseException] = []

    def on_death(_: str, error: BaseException) -> None:
        deaths.append(error)
        over.set()

    async def walk() -> None:
        await tour.run(owner)
        over.set()

    owner = TaskOwner(on_death)
    for child in children:
        owner.spawn(child.until_it_dies(), child.name)
    owner.spawn(_keep_looking(display), "view")
    owner.spawn(walk(), "tour")
    try:
        await over.wait()
    finally:
        await owner.close()
    if deaths:
        raise deaths[0]


async def _keep_looking(display: Display) -> None:
    while True:
        display.looks(time.perf_counter())
        await asyncio.sleep(1 / LOOKS_PER_SECOND)
