"""A replay, put together: what the config says, where requests come from, who watches it."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from router.compare.rules import CompareRules
from router.errors import RecordingError, StoreError, UsageError
from router.model import ALL
from router.release.state import Release
from router.replay.choosing import Choosing
from router.replay.judging import custom_of, judge_of
from router.replay.limits import Costs, Pace
from router.replay.played import Played
from router.replay.run import Replay, Rules, Senses
from router.replay.sending import Backends
from router.replay.sources import Source, source_of
from router.routing.snapshot import Sends, Service, Shadow, Snapshot
from router.settings.compile import compile_snapshot
from router.settings.compile_shadow import compile_rules
from router.settings.load import load_settings
from router.settings.schema import Settings
from router.tasks import TaskOwner

LOOK: Final = 0.2
"""Seconds between two looks at how far it is."""

_UNUSED_KEY: Final = bytes(32)
"""Nothing is drawn here: all of a recording is asked."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for. is_any: whatever `match` says. most_cost: in USD."""

    rate: float
    is_any: bool = False
    most_cost: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be replayed, and of whom it is asked."""

    service: str
    shadow: Shadow
    rules: CompareRules
    settings: Settings
    snapshot: Snapshot
    source: str
    folder: Path


class Watching(Protocol):
    """Whoever looks on. share: of the recording, None where that is not known."""

    def look(self, played: Played, share: float | None) -> None: ...
    def tell(self, line: str) -> None: ...


def task_of(config: Path, service: str | None, source: str) -> Task:
    """Read the config; raise `SettingsError`, or `UsageError` where nobody is meant."""
    settings = load_settings(config, os.environ)
    names = [each.name for each in settings.services]
    name = service or (names[0] if len(names) == 1 else None)
    if name not in names:
        raise UsageError(f"--service is one of {', '.join(names)}")
    # However few requests a router copies, and be it none: its limits hold.
    releases: Mapping[str, Release] = {name: Release(name, shadow=ALL)}
    snapshot = compile_snapshot(settings, releases, 0, _UNUSED_KEY)
    shadow = _shadow(snapshot.services[names.index(name)])
    return Task(
        name, shadow, compile_rules(settings)[name], settings, snapshot, source, config.parent
    )


def _shadow(service: Service) -> Shadow:
    """Return by which limits copies go; without `shadow` in the config by its defaults."""
    if service.shadow is not None:
        return service.shadow
    return Shadow(Sends.BOTH, ALL, _UNUSED_KEY, service.legacy, service.ai)


def replayed(task: Task, wishes: Wishes, watching: Watching) -> Played:
    """Replay it; Ctrl-C ends it early, and what came until then counts."""
    return asyncio.run(_replayed(task, wishes, watching))


async def _replayed(task: Task, wishes: Wishes, watching: Watching) -> Played:
    headers = task.snapshot.headers
    judge = judge_of(task.service, task.rules, headers.prefix)
    async with (
        Backends(task.shadow, headers, time.monotonic) as backends,
        custom_of(task.rules, watching.tell) as custom,
    ):
        choosing = Choosing(
            task.snapshot.services,
            task.service,
            task.shadow,
            backends.may_ask,
            is_any=wishes.is_any,
        )
        replay = Replay(
            task.service,
            task.shadow,
            backends,
            Rules(choosing.reason, judge, custom),
            Senses(time.monotonic, _wall, _request_id),
            pace=Pace(wishes.rate, task.shadow.per_second),
            costs=Costs(wishes.most_cost, task.shadow.cost_per_hour),
        )
        source = source_of(task.source, task.service, task.settings, task.folder, _wall)
        await _walk(replay, source, watching)
    return replay.played


async def _walk(replay: Replay, source: Source, watching: Watching) -> None:
    """Go through all of it, or as far as it goes: what came until then is never thrown away."""
    deaths: list[BaseException] = []
    owner = TaskOwner(lambda _, error: deaths.append(error))
    walkers = TaskOwner(_ignore)
    walking = walkers.spawn(replay.run(source.entries(), owner), "replay")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, walking.cancel)
    while not walking.done() and not deaths:
        await asyncio.wait([walking], timeout=LOOK)
        watching.look(replay.played, source.share)
    walking.cancel()
    try:
        await walking
    except asyncio.CancelledError:
        pass
    except (RecordingError, StoreError) as error:
        if not replay.played.sent:
            raise
        replay.played.stopped = str(error)
    finally:
        await owner.close()
    if deaths:
        raise deaths[0]


def _wall() -> float:
    return time.time()  # noqa: TID251 - a command is where the clock comes in


def _ignore(_: str, __: BaseException) -> None:
    """Whoever waits for the walk hears why it ended."""


def _request_id() -> bytes:
    return f"replay-{secrets.token_hex(12)}".encode()
