"""A replay, put together: what the config says, where requests come from, what is told of it."""

import asyncio
import gzip
import os
import secrets
import signal
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from router.compare.judge import Judge
from router.compare.ledger import Coverage
from router.compare.pair import Asked, Pair
from router.compare.rules import CompareRules
from router.compare.verdict import Judged
from router.comparer.judging import Judging, Weighted
from router.comparer.phases import Phases
from router.control.api.divergence_views import Wanted, answers_view
from router.control.comparisons import Seen
from router.errors import RecordingError, UsageError
from router.model import ALL
from router.replay.goreplay import read_goreplay
from router.replay.jsonl import read_json_lines
from router.replay.run import Played, Replay
from router.replay.sending import Backends
from router.replay.vault import read_vault
from router.routing.snapshot import Sends, Service, Shadow
from router.settings.compile import compile_snapshot
from router.settings.compile_shadow import compile_rules
from router.settings.load import load_settings
from router.settings.schema import Settings
from router.store.opening import open_records
from router.tasks import TaskOwner
from router.vault import Vault

VAULT: Final = "vault"
LOOK: Final = 0.2
"""Seconds between two looks at how far it is."""

_UNUSED_KEY: Final = bytes(32)
"""Nothing is drawn here: all of a recording is asked."""

Progress = Callable[[Played], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be replayed, and of whom it is asked."""

    service: str
    shadow: Shadow
    rules: CompareRules
    settings: Settings
    source: str
    folder: Path


def task_of(config: Path, service: str | None, source: str) -> Task:
    """Read the config; raise `SettingsError`, or `UsageError` where nobody is meant."""
    settings = load_settings(config, os.environ)
    names = [each.name for each in settings.services]
    name = service or (names[0] if len(names) == 1 else None)
    if name not in names:
        raise UsageError(f"--service is one of {', '.join(names)}")
    compiled = compile_snapshot(settings, {}, 0, _UNUSED_KEY).services[names.index(name)]
    rules = compile_rules(settings)[name]
    return Task(name, _shadow(compiled), rules, settings, source, config.parent)


def _shadow(service: Service) -> Shadow:
    """Return by which limits copies go; without `shadow` in the config by its defaults."""
    if service.shadow is not None:
        return service.shadow
    return Shadow(Sends.BOTH, ALL, _UNUSED_KEY, service.legacy, service.ai)


def replayed(task: Task, rate: float, progress: Progress) -> Played:
    """Replay it; Ctrl-C ends it early, and what came until then counts."""
    return asyncio.run(_replayed(task, rate, progress))


async def _replayed(task: Task, rate: float, progress: Progress) -> Played:
    deaths: list[BaseException] = []
    owner = TaskOwner(lambda _, error: deaths.append(error))
    async with Backends(task.shadow, time.monotonic) as backends:
        replay = Replay(
            task.service,
            task.shadow,
            backends,
            _judge(task),
            rate=rate,
            clock=time.monotonic,
            now=time.time,  # noqa: TID251 - a command is where the clock comes in
            request_ids=_request_id,
        )
        walking = owner.spawn(replay.run(_requests(task), owner), "replay")
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, walking.cancel)
        while not walking.done() and not deaths:
            await asyncio.wait([walking], timeout=LOOK)
            progress(replay.played)
        await owner.close()
    if deaths:
        raise deaths[0]
    return replay.played


def _judge(task: Task) -> Callable[[Pair], Judged]:
    judging = Judging(
        {task.service: Judge(task.rules)},
        Phases(task.settings.proxy.headers.prefix),
        lambda _: None,
        time.process_time,
        _ignore,
    )
    return lambda pair: judging.judge([Weighted(pair, 1)])[0].judged


def _request_id() -> bytes:
    return f"replay-{secrets.token_hex(12)}".encode()


def _ignore(_: Exception) -> None:
    """It is counted as an error of its pair."""


# Where requests come from...


def _requests(task: Task) -> AsyncIterator[Asked]:
    return _of_vault(task) if task.source == VAULT else _of_file(task)


async def _of_vault(task: Task) -> AsyncIterator[Asked]:
    keys, place = task.settings.records.opening_keys, task.settings.store
    if not keys:
        raise RecordingError("the config names no records.key: without it there is no vault")
    records = open_records(place.url, task.folder, prefix=place.prefix)
    try:
        async for asked in read_vault(records, Vault(keys, secrets.token_bytes), task.service):
            yield asked
    finally:
        await records.close()


async def _of_file(task: Task) -> AsyncIterator[Asked]:
    try:
        with _opened(task.source) as file:
            for asked in _reader(task)(file):
                yield asked
    except OSError as error:
        raise RecordingError(f"{task.source}: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise RecordingError(f"{task.source} is cut off, or packed by nobody") from error


def _opened(source: str) -> IO[bytes]:
    if source.endswith(".gz"):
        return cast("IO[bytes]", gzip.open(source))
    return Path(source).open("rb")


def _reader(task: Task) -> Callable[[IO[bytes]], Iterator[Asked]]:
    if task.source.removesuffix(".gz").endswith(".gor"):
        return read_goreplay
    return lambda file: read_json_lines(file, task.service)


# What is told of it...


def report(task: Task, played: Played) -> dict[str, Any]:
    """Say what came of it, as `GET …/divergences` says it of users' requests."""
    tally = played.tally
    left_out = {**played.left_out, **tally.errors}
    coverage = Coverage(played.read, tally.pairs - sum(tally.errors.values()), left_out)
    seen = Seen(("replay",), "replay", tally, coverage, "replay")
    view = answers_view(task.service, seen, Wanted(), [], None).model_dump(mode="json")
    lost = {f"{variant} {loss}": count for (variant, loss), count in played.lost.items()}
    about = {"source": task.source, "is_whole": played.is_whole, "sent": played.sent, "lost": lost}
    return {**view, "replay": about}
