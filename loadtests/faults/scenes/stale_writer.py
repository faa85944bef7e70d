"""A thousand fail-overs that lose what was written: may an older version undo a rollback?

A server that takes over stands where it stood as a replica: it lacks what was written last, though
that was acknowledged. Here one server is put back to where it stood, which takes no time.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from loadtests.faults.network import Network
from loadtests.faults.patience import TooLongError
from loadtests.faults.promise import Promise, holds
from loadtests.faults.redis import Alone
from loadtests.faults.stage import Stage
from loadtests.faults.writers import SERVICE, Writer
from router.model import BasisPoints
from router.redis_address import read_redis_url
from router.release.state import Called
from router.store.redis import RedisStore
from router.store.redis_scripts import Keys
from router.store.redis_server import Limits, RedisServer

FAIL_OVERS: Final = 1000
SEED: Final = 23
WRITERS: Final = 3
OF_ONE_STORE: Final = 50
"""Fail-overs, before the next store is begun: an audit log that grows takes time to be copied."""
HEARS: Final = 0.5
"""How likely somebody else hears of the rollback before it is lost."""
APART: Final = 0.3
"""How likely somebody who knows of no rollback begins one."""
ROUNDS: Final = 20
"""Renewals by everybody, in which all have to agree."""
SHARES: Final = (500, 2000, 5000, 10_000)
COPY: Final = """
for _, key in ipairs(redis.call('KEYS', ARGV[2] .. '*')) do
    redis.call('DEL', key)
end
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
    redis.call('COPY', key, ARGV[2] .. string.sub(key, #ARGV[1] + 1))
end
"""


@dataclass(slots=True)
class Story:
    """What came of all fail-overs. lost: how many lost the rollback itself.

    raised: raises by writers that did not know of it, taken by a store that did not either.
    """

    fail_overs: int = 0
    lost: int = 0
    raised: int = 0
    undone: list[str] = field(default_factory=list[str])


async def play(stage: Stage) -> list[Promise]:
    """Fail over again and again, in the middle of raises and of a rollback."""
    network = await stage.means.enter_async_context(Network())
    redis = Alone(stage, network)
    await redis.open()
    drawn, story = random.Random(SEED), Story()
    wanted = OF_ONE_STORE if stage.is_quick else FAIL_OVERS
    while story.fail_overs < wanted:
        await _one_store(redis.url, f"gray{story.fail_overs}", drawn, story)
    return [
        holds(
            f"in {wanted:,} fail-overs no rollback is undone by an older version",
            not story.undone and story.lost > 0 and story.raised > 0,
            f"{len(story.undone)} undone; {story.lost} fail-overs lost the rollback itself, and "
            f"{story.raised} raises were taken in ignorance of it"
            + "".join(f"; {each}" for each in story.undone[:3]),
        )
    ]


@dataclass(frozen=True, slots=True)
class Copy:
    """The keys of a store as they were at some moment."""

    server: RedisServer
    prefix: str

    async def take(self) -> None:
        """Remember them."""
        await self._put(self.prefix, f"was:{self.prefix}")

    async def put_back(self) -> None:
        """Forget whatever was written since."""
        await self._put(f"was:{self.prefix}", self.prefix)

    async def _put(self, source: str, target: str) -> None:
        await self.server.read(("EVAL", COPY, 0, source, target))


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part in a fail-over: one calls, one raises, one may or may not hear of it."""

    caller: Writer
    raiser: Writer
    other: Writer

    @property
    def all(self) -> Sequence[Writer]:
        return self.caller, self.raiser, self.other


async def _one_store(url: str, prefix: str, drawn: random.Random, story: Story) -> None:
    server = RedisServer(read_redis_url(url), Path(), Limits())
    keys = Keys(prefix)
    writers = [Writer(f"writer-{number}", RedisStore(server, keys)) for number in range(WRITERS)]
    copy = Copy(server, keys(""))
    for _ in range(OF_ONE_STORE):
        await _fail_over(copy, Cast(*drawn.sample(writers, WRITERS)), drawn, story)
    await server.close()


async def _fail_over(copy: Copy, cast: Cast, drawn: random.Random, story: Story) -> None:
    """Raise, raise once more, roll back, forget what came last, and have everybody go on."""
    await cast.raiser.raise_to(_share(drawn, cast.raiser))
    await _settle(cast)
    acts: list[Callable[[], Awaitable[object]]] = [
        partial(cast.raiser.raise_to, _share(drawn, cast.raiser)),
        cast.caller.roll_back,
    ]
    acts.insert(drawn.randint(0, len(acts)), copy.take)
    for act in acts:
        await act()
    called = cast.caller.served.rollbacks[-1]
    if drawn.random() < HEARS:
        await cast.other.renew()
    await copy.put_back()
    story.fail_overs += 1
    story.lost += not (await cast.caller.store.load()).releases[SERVICE].knows(called)
    going_on = [cast.caller.renew()]
    going_on += [_go_on(each, called, drawn, story) for each in (cast.raiser, cast.other)]
    drawn.shuffle(going_on)
    await asyncio.gather(*going_on)
    await _settle(cast)
    _look(cast, called, story)


async def _go_on(writer: Writer, called: Called, drawn: random.Random, story: Story) -> None:
    """Raise upon what it has seen last, unless that is the rollback; then see what stands.

    It may have rolled back by itself before that: apart from each other two begin the same epoch,
    and so a later revision alone does not say that somebody knew.
    """
    for _ in range(2):
        if not writer.served.knows(called) and drawn.random() < APART:
            await writer.roll_back()
        if not writer.served.knows(called):
            story.raised += await writer.raise_to(_share(drawn, writer))
        await writer.renew()


async def _settle(cast: Cast) -> None:
    """Renew by turns until all agree with what is stored."""
    for _ in range(ROUNDS):
        for writer in cast.all:
            await writer.renew()
        stored = (await cast.caller.store.load()).releases.get(SERVICE)
        if all(writer.served == stored for writer in cast.all):
            return
    raise TooLongError(f"not in {ROUNDS} renewals: one release in all writers")


def _look(cast: Cast, called: Called, story: Story) -> None:
    served = cast.caller.served
    if served.share or not served.knows(called):
        story.undone.append(f"{served.status} at {served.share / 100:g} % after {called}")


def _share(drawn: random.Random, writer: Writer) -> BasisPoints:
    return BasisPoints(drawn.choice([share for share in SHARES if share != writer.served.share]))
