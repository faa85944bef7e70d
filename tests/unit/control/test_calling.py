import asyncio
from dataclasses import replace

import pytest

from router.control.calling import Acknowledgement, Call
from router.control.keeping import Kept
from router.control.orders import Acknowledged, ReplicaAcknowledged
from router.control.own_workers import Hearing
from router.control.reporting import Others
from router.release.state import Release
from router.store.ledger import Durability
from tests.support.background import settle
from tests.support.fleets import OTHER, THIRD, word_of

KEPT = Kept(Release("support"), Durability.STORE, ())


async def kept() -> tuple[Kept, ...]:
    return (KEPT,)


@pytest.fixture
async def call() -> Call:
    others = {"support": Others.of([OTHER]), "orders": Others.of([OTHER])}
    return Call(Hearing(0.0, 0.0), others, asyncio.ensure_future(kept()))


async def test_what_came_before_somebody_listened_is_told_first(call: Call) -> None:
    words = [Acknowledged("support", "r1", f"worker-{number}", 1.0) for number in (1, 2)]
    told: list[Acknowledgement] = []
    call.tell(words[0])
    call.listen(None)
    call.listen(told.append)
    call.tell(words[1])
    assert told == words


async def test_a_word_that_says_nothing_new_is_not_told_again(call: Call) -> None:
    told: list[Acknowledgement] = []
    call.listen(told.append)
    call.hear(word_of(OTHER, acked=1), 20.0)
    call.hear(word_of(OTHER), 30.0)
    call.hear(word_of(OTHER), 40.0)
    call.hear(word_of(OTHER, "elsewhere"), 50.0)
    assert told == [
        ReplicaAcknowledged("support", "r2", 2, 1, 20.0),
        ReplicaAcknowledged("support", "r2", 2, 2, 30.0),
    ]


async def test_whoever_joins_is_named_once_for_all_services(call: Call) -> None:
    assert call.join([OTHER, THIRD]) == (THIRD,)
    assert call.join([OTHER, THIRD]) == ()
    assert not call.others["orders"].are_complete


async def test_it_is_complete_once_all_have_spoken_of_every_service(call: Call) -> None:
    seen = [call.is_complete]
    news = asyncio.ensure_future(call.news(3600))
    await settle()
    call.hear(word_of(OTHER), 20.0)
    await asyncio.wait_for(news, 5)
    seen.append(call.is_complete)
    call.hear(word_of(OTHER, "orders"), 20.0)
    await asyncio.wait_for(call.news(3600), 5)
    await call.news(0.001)
    assert [*seen, call.is_complete] == [False, False, True]


async def test_whoever_leaves_meanwhile_is_waited_for_no_longer(call: Call) -> None:
    call.join([THIRD])
    call.hear(word_of(OTHER), 20.0)
    call.hear(word_of(OTHER, "orders"), 20.0)
    call.let_go([])
    assert not call.is_complete
    call.let_go([THIRD.instance, "somebody"])
    assert [row.replica for row in call.others["orders"].rows()] == ["r2"]
    assert all(others.are_complete for others in call.others.values())


async def test_what_the_journal_alone_has_the_store_does_not_know(call: Call) -> None:
    call.stored([replace(KEPT, durable=Durability.JOURNAL)], 50.0)
    assert [each.roll.stored_after for each in call.others.values()] == [None, None]
    call.stored([KEPT], 60.0)
    assert [each.roll.stored_after for each in call.others.values()] == [0.06, None]
