"""A disk without a free byte: what is refused, what goes on, and what is remembered in the end."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from loadtests.admin import Answer
from loadtests.faults import manager
from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.disk import Disk
from loadtests.faults.falls import LONGEST, last_begun
from loadtests.faults.manager import Rollback
from loadtests.faults.memory import STORE, read_memory
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise, all_of, at_most, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import all_killed_and_back, killed_and_back
from loadtests.faults.traffic import Steady, Traffic

RATE: Final = 200.0
LINES: Final = 16
SHARE: Final = 50.0
BEFORE: Final = 5
CHANGES: Final = 20
BETWEEN: Final = 0.5
"""Seconds for which everybody asks between two things that happen."""
STATE: Final = ("status", "percent", "epoch", "revision")
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Fill the disk, change, roll back, die and come back on it; then have room again."""
    router = await stage.replica(proxy={"workers": 2, "drain_timeout": "2s"})
    disk = await stage.disk(router)
    router.launch()
    await router.ready()
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    async with steady:
        for number in range(BEFORE):
            await manager.insist(router, SHARE - number)
        await asyncio.sleep(BETWEEN)
        await disk.fill()
        promises = await _changes_are_refused(router)
        rollback = await manager.roll_back(router)
        await asyncio.sleep(BETWEEN)
        await killed_and_back(router)
        await asyncio.sleep(BETWEEN)
        promises.append(_kept_in_the_journal(rollback))
        promises.append(await _holds(router, rollback, "when the supervisor is killed"))
    promises += _nobody_notices(stage, steady)
    await all_killed_and_back(router)
    async with Steady(router.door, WISHES, RATE):
        await asyncio.sleep(BETWEEN)
        promises.append(await _holds(router, rollback, "when every process is killed"))
        promises.append(_ended(stage, rollback))
        disk.free()
        await _takes_changes_again(stage, router)
    return [*promises, *await _is_remembered(router, disk)]


async def _changes_are_refused(router: Router) -> list[Promise]:
    before = await manager.release(router)
    answers = [await manager.attempt(router, SHARE + number) for number in range(CHANGES)]
    after = await manager.release(router)
    named = sum(map(_is_named, answers))
    return [
        all_of("changes are refused with 507 and a reason", named, CHANGES),
        holds(
            "nothing has changed by them",
            all(before[name] == after[name] for name in STATE),
            f"{before['percent']:g} % at revision {before['revision']}, then "
            f"{after['percent']:g} % at {after['revision']}",
        ),
    ]


def _is_named(answer: Answer) -> bool:
    is_refused = answer.status == HTTPStatus.INSUFFICIENT_STORAGE
    return is_refused and answer.data["code"] == "not_durable" and bool(answer.data["detail"])


def _kept_in_the_journal(rollback: Rollback) -> Promise:
    durable, complete = rollback.report["durable"], rollback.report["complete"]
    return holds(
        "a rollback is carried out and kept in the journal",
        durable == "journal" and complete,
        f"durable: {durable}, complete: {complete}",
    )


async def _holds(router: Router, rollback: Rollback, when: str) -> Promise:
    found = await manager.release(router)
    return holds(
        f"it holds {when}, and comes back on the full disk",
        (found["status"], manager.stand_of(found)) == ("rolled_back", rollback.stand),
        f"{found['status']} at {found['percent']:g} %, epoch {found['epoch']}",
    )


def _ended(stage: Stage, rollback: Rollback) -> Promise:
    last = last_begun(stage.origins[f"{SERVICE}-ai"].visits, rollback.called)
    return at_most("after all that, the last AI request began after the call", last, LONGEST, "s")


async def _takes_changes_again(stage: Stage, router: Router) -> None:
    ai = stage.origins[f"{SERVICE}-ai"].visits
    await manager.insist(router, SHARE)
    seen = len(ai)
    await expect("AI's share", lambda: len(ai) > seen)


def _nobody_notices(stage: Stage, traffic: Traffic) -> Sequence[Promise]:
    verdict = stage.judge(traffic)
    seen = dict(failures(verdict.failed))
    return [
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
    ]


async def _is_remembered(router: Router, disk: Disk) -> list[Promise]:
    """Read the store itself, once its router has ended."""
    await router.stop()
    memory = read_memory(disk.path(STORE))
    commands = [event["command"] for event in memory.events if event["accepted"]]
    return [
        holds(
            "with room again all is in the store: the rollback, and the change after it",
            commands[-2:] == ["rollback", f"set {SHARE:g}"],
            f"{len(commands)} changes, at last {', '.join(commands[-2:])}",
        ),
        holds(
            "the audit log's chain is unbroken",
            not memory.broken_at,
            f"{len(memory.events)} events, broken at {memory.broken_at or 'none'}",
        ),
    ]
