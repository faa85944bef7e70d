"""1,500 clients that send their headers byte by byte: who notices, what do they cost, how long?"""

import asyncio
from collections.abc import Iterator
from typing import Final

from loadtests import family
from loadtests.family import KIB
from loadtests.faults.caller import Wish
from loadtests.faults.certificates import trusting
from loadtests.faults.dripping import Crowd, shaking_hands
from loadtests.faults.promise import Promise, at_most, holds, none, p99
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Door, Steady, seconds_of
from tests.support.certificates import Authority

CLIENTS: Final = 1500
OVER_TLS: Final = 500
RATE: Final = 200.0
LINES: Final = 16
P99_MS: Final = 5.0
CUT_AFTER: Final = 15.0
KIB_EACH: Final = 5.0
KIB_EACH_OVER_TLS: Final = 60.0
KIB_EACH_HANDSHAKE: Final = 96.0
"""More, since OpenSSL has its buffers until the handshake is over."""


async def play(stage: Stage) -> list[Promise]:
    """Let them drip while others ask."""
    router = await stage.router()
    crowd = Crowd(router.door, _some(stage, CLIENTS), _pids(router))
    others = await _ask_meanwhile(router.door, crowd)
    verdict = stage.judge(others)
    return [
        none("other request fails", verdict.failed, verdict.asked),
        at_most("p99 of the others", p99(seconds_of(others.asks)) * 1000, P99_MS, "ms"),
        *_cut("header", crowd),
        at_most("memory of each", crowd.bytes_each / KIB, KIB_EACH, "KiB"),
    ]


async def play_over_tls(stage: Stage) -> list[Promise]:
    """Let half of them drip their headers, and half of them their handshakes."""
    authority = Authority(stage.ground.directory)
    shown = authority.issue("DNS:localhost")
    tls = {"cert": str(shown.certificate_path), "key": str(shown.key_path)}
    router = await stage.router(proxy={"tls": tls})
    door = Door(router.port, tls=trusting(authority))
    clients = _some(stage, OVER_TLS)
    headers = Crowd(door, clients, _pids(router))
    handshakes = Crowd(router.door, clients, _pids(router), shaking_hands)
    others = [await _ask_meanwhile(door, headers), await _ask_meanwhile(door, handshakes)]
    verdict = stage.judge(*others)
    return [
        none("other request fails", verdict.failed, verdict.asked),
        *_cut("header", headers),
        at_most("memory of each", headers.bytes_each / KIB, KIB_EACH_OVER_TLS, "KiB"),
        _all_cut("handshake", handshakes),
        at_most("memory of each", handshakes.bytes_each / KIB, KIB_EACH_HANDSHAKE, "KiB"),
    ]


def _some(stage: Stage, clients: int) -> int:
    return clients // 10 if stage.is_quick else clients


def _pids(router: Router) -> list[int]:
    return [member.pid for member in family.members(router.supervisor.pid)]


async def _ask_meanwhile(door: Door, crowd: Crowd) -> Steady:
    others = Steady(door, [Wish(SERVICE), Wish(SERVICE, method="POST")], RATE)
    await others.open(LINES)
    async with others:
        await asyncio.sleep(1.0)
        await crowd.play(CUT_AFTER + 1.0)
    return others


def _cut(what: str, crowd: Crowd) -> Iterator[Promise]:
    yield _all_cut(what, crowd)
    everybody = len(crowd.dripping)
    yield holds("they are told why: 408", crowd.told == everybody, f"{crowd.told} were told")


def _all_cut(what: str, crowd: Crowd) -> Promise:
    cut, everybody = crowd.cut_after, len(crowd.dripping)
    return holds(
        f"every dripped {what} is cut within {CUT_AFTER:g} s",
        len(cut) == everybody and max(cut) <= CUT_AFTER,
        f"{len(cut)} of {everybody} cut, the last after {max(cut, default=0.0):.1f} s",
    )
