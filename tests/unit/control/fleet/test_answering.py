import asyncio

from router.control.fleet.answering import Answering
from tests.support.background import Told, owner, settle
from tests.support.peers import Workers, rolled_back, word

CALLED = (rolled_back(),)


async def test_what_is_told_twice_at_once_is_obeyed_once() -> None:
    workers = Workers("r1")
    workers.may_answer.clear()
    with owner() as tasks:
        answering = Answering(workers.obey, tasks)
        both = [asyncio.ensure_future(answering.answer(CALLED)) for _ in range(2)]
        await settle()
        workers.may_answer.set()
        assert await asyncio.gather(*both) == [(word("r1"),)] * 2
    assert workers.obeyed == [CALLED]


async def test_what_is_told_again_later_is_answered_as_it_stands_then() -> None:
    workers = Workers("r1", acked=1)
    with owner() as tasks:
        answering = Answering(workers.obey, tasks)
        assert await answering.answer(CALLED) == (word("r1", acked=1),)
        workers.acked = 2
        assert await answering.answer(CALLED) == (word("r1"),)


async def test_it_is_obeyed_to_its_end_also_if_whoever_told_it_is_gone() -> None:
    workers = Workers("r1")
    workers.may_answer.clear()
    with owner() as tasks:
        answering = Answering(workers.obey, tasks)
        gone = asyncio.ensure_future(answering.answer(CALLED))
        await settle()
        gone.cancel()
        await settle()
        other = asyncio.ensure_future(answering.answer(CALLED))
        await settle()
        workers.may_answer.set()
        assert await other == (word("r1"),)
    assert workers.obeyed == [CALLED]


async def test_a_bug_in_obeying_ends_no_router(told: list[Told]) -> None:
    workers = Workers("r1", failure=ZeroDivisionError("oh"))
    with owner() as tasks:
        answering = Answering(workers.obey, tasks)
        assert await answering.answer(CALLED) == ()
        workers.failure = None
        assert await answering.answer(CALLED) == (word("r1"),)
    assert [name for name, _ in told] == ["peer_failed"]
