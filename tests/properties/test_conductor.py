"""What holds however changes and rollbacks interleave over a store that is slow, full or away.

Every change asks for a share of its own, so that it can be told from all others where it is served.
`make laws` tries 10,000 sequences.
"""

import asyncio
from dataclasses import replace

from hypothesis import given, settings, strategies as st

from router.errors import GrayRouterError, StoreUnavailableError
from router.release.state import Release, Status
from router.store.memory import MemoryStore
from router.store.port import stand_of
from tests.support.ledgers import Machine
from tests.support.releases import SOMEBODY, HeardWorkers, Router, begun, router_of, to
from tests.support.sequences import SEQUENCES
from tests.support.stored import entry_of

TURNS = 40
"""Passes of the loop in which everything has gone on that does not wait for the store."""

steps = st.lists(
    st.sampled_from(
        ["change", "change", "roll back", "hang", "answer", "fill", "empty", "elsewhere", "wait"]
    ),
    max_size=14,
)


class Story:
    """One router, and what was asked of it."""

    def __init__(self) -> None:
        self.router: Router = begun(router_of(HeardWorkers(), Release("support")))
        self.asked: list[asyncio.Future[object]] = []
        self.before: dict[int, int] = {}
        """By share: the epoch that was seen when it was asked for."""
        self.served: list[tuple[int, int, int]] = []
        """(epoch, revision, share), as it was published."""

    @property
    def machine(self) -> Machine:
        return self.router.machine

    def note(self) -> None:
        """Look at what was published since the last look."""
        heard, self.router.workers.heard[:] = list(self.router.workers.heard), []
        for snapshot in heard:
            (service,) = snapshot.services
            self.served.append((service.epoch, service.revision, service.share))

    async def step(self, what: str) -> None:
        match what:
            case "change":
                self.change()
            case "roll back":
                self.roll_back()
            case "hang":
                self.machine.store.may_answer.clear()
            case "answer":
                self.machine.store.may_answer.set()
            case "fill":
                self.machine.store.error = StoreUnavailableError("store: away")
            case "empty":
                self.machine.store.error = None
            case "elsewhere":
                await self.roll_back_elsewhere()
            case _:
                await settle()
        await asyncio.sleep(0)
        self.note()

    def change(self) -> None:
        share = len(self.before) + 1
        epoch = self.before[share * 100] = self.router.conductor.release("support").epoch
        order = self.router.conductor.carry_out(to(share, epoch=epoch))
        self.asked.append(asyncio.ensure_future(order))

    def roll_back(self) -> None:
        calling = self.router.conductor.roll_back(["support"], SOMEBODY, "")
        self.asked.append(asyncio.ensure_future(calling))

    async def roll_back_elsewhere(self) -> None:
        """Write a rollback as another program does, which this router has not heard of."""
        shelf = self.machine.shelf
        stored = shelf.releases["support"]
        later = replace(
            Release("support", Status.ROLLED_BACK),
            epoch=stored.epoch + 1,
            revision=stored.revision + 1,
        )
        await MemoryStore(shelf).put_newer(later, entry=entry_of(later))

    async def end(self) -> list[object]:
        self.machine.store.error = None
        self.machine.store.may_answer.set()
        outcomes = await asyncio.gather(*self.asked, return_exceptions=True)
        for newest in await self.machine.ledger.catch_up():
            self.router.conductor.keeping.follow(newest)
        await settle()
        await self.machine.ledger.catch_up()
        self.note()
        return outcomes


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@settings(max_examples=SEQUENCES)
@given(steps)
def test_nothing_is_served_again_that_a_rollback_has_ended(what: list[str]) -> None:
    asyncio.run(told(what))


async def told(what: list[str]) -> None:
    story = Story()
    ledger = story.machine.ledger
    try:
        await tell(story, what)
    finally:  # each has a thread of its own
        await ledger.close()
        await story.machine.ledger.close()


async def tell(story: Story, what: list[str]) -> None:
    for step in what:
        await story.step(step)
    outcomes = await story.end()
    check_served(story)
    assert all(isinstance(o, GrayRouterError) or not isinstance(o, BaseException) for o in outcomes)
    served = story.router.conductor.release("support")
    stored = story.machine.shelf.releases["support"]
    assert stand_of(stored) >= stand_of(served)
    if "elsewhere" not in what:
        assert stored == served
        found = await story.machine.restart()
        assert found.releases["support"] == served


def check_served(story: Story) -> None:
    stands = [(epoch, revision) for epoch, revision, _ in story.served]
    assert stands == sorted(stands)
    assert len(set(stands)) == len(stands)
    for epoch, _, share in story.served:
        assert not share or story.before[share] == epoch
