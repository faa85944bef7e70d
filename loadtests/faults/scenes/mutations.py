"""A thousand damaged configs over the running one: each is refused or applied, as a whole."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Final

import orjson

from loadtests.admin import OPERATED, AdminCallError
from loadtests.faults.caller import Wish
from loadtests.faults.damage import DAMAGES
from loadtests.faults.promise import Promise, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady
from router.settings.load import examine_text

MUTATIONS: Final = 1000
SEED: Final = 20
RATE: Final = 200.0
LINES: Final = 16
VICTIM: Final = """\
  - name: victim
    match: {{paths: ["/victim/*"], methods: [GET, POST], hosts: ["*.example.com"]}}
    legacy:
      endpoints: ["http://127.0.0.1:{legacy}"]
      connect_timeout: 2s
      pool: {{max_connections: 64, max_pending: 128, idle: 60s}}
      retry: {{attempts: 2, backoff: 50ms}}
    ai:
      endpoints: ["http://127.0.0.1:{ai}"]
      first_byte_timeout: 5s
    split:
      key: ["header:x-user-id", "cookie:session"]
      rules:
        - {{when: {{header: {{x-lane: ai}}}}, variant: ai}}
    release: {{stages: [5, 20, 50, 100]}}
    fallback: {{on: [connect], replay_buffer: 64KiB}}
"""
STEADY: Final = """\
proxy: {{listen: "127.0.0.1:{port}"}}
admin: {{listen: "127.0.0.1:{admin}", tokens: {tokens}}}
services:
  - name: {service}
    match: {{paths: ["/{service}/*"]}}
    legacy: {{endpoints: ["http://127.0.0.1:{legacy}"]}}
    ai: {{endpoints: ["http://127.0.0.1:{ai}"]}}
"""
"""It stays as it is in front of what is damaged: whoever uses it may notice nothing."""


@dataclass(slots=True)
class Tally:
    """What became of the configs. `torn`: neither the old nor the new one, by the router's word."""

    refused: int = 0
    applied: int = 0
    torn: list[str] = field(default_factory=list[str])


async def play(stage: Stage) -> list[Promise]:
    """Write one after the other, and have each read at once."""
    await stage.service()
    await stage.service("victim")
    router = await stage.replica(admin=OPERATED)
    whole = [_text(stage, router), _victim(stage)]
    router.write_text(b"".join(whole))
    router.launch()
    await router.ready()
    tally = Tally()
    mutations = MUTATIONS // 20 if stage.is_quick else MUTATIONS
    traffic = Steady(router.door, [Wish(SERVICE), Wish(SERVICE, method="POST")], RATE)
    await traffic.open(LINES)
    async with traffic:
        dice = random.Random(SEED)
        for turn in range(mutations):
            text = whole[0] + DAMAGES[turn % len(DAMAGES)](whole[1], dice)
            await _write(router, text, tally)
        router.write_text(b"".join(whole))
        await router.reload()
        victim = traffic.ask(Wish("victim"))
    verdict = stage.judge(traffic)
    done = tally.refused + tally.applied
    return [
        holds(
            f"each of {mutations:,} configs is refused whole or applied whole",
            not tally.torn and done == mutations,
            f"{tally.refused} refused, {tally.applied} applied; {tally.torn[:3] or 'none torn'}",
        ),
        none("request to the undamaged service fails", verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        holds("the whole config serves again", not victim.has_failed, str(victim)),
    ]


async def _write(router: Router, text: bytes, tally: Tally) -> None:
    """Put a config in place, have it read, and compare with what it is by itself."""
    before = await router.config_hash()
    router.write_text(text)
    is_good = not (await asyncio.to_thread(examine_text, text, {}, "damaged.yaml")).problems
    try:
        report = await router.reload()
    except AdminCallError:
        tally.refused += 1
        if is_good or await router.config_hash() != before:
            tally.torn.append(f"refused, good: {is_good}: {text!r}")
        return
    tally.applied += 1
    if not (
        is_good and report["acknowledged"] and await router.config_hash() == report["config_hash"]
    ):
        tally.torn.append(f"applied, good: {is_good}: {text!r}")


def _text(stage: Stage, router: Router) -> bytes:
    ports = {variant: stage.origins[f"{SERVICE}-{variant}"].port for variant in ("legacy", "ai")}
    tokens = orjson.dumps(OPERATED["tokens"]).decode()
    return STEADY.format(
        port=router.port, admin=router.admin_port, tokens=tokens, service=SERVICE, **ports
    ).encode()


def _victim(stage: Stage) -> bytes:
    ports = {variant: stage.origins[f"victim-{variant}"].port for variant in ("legacy", "ai")}
    return VICTIM.format(**ports).encode()
