from collections.abc import Callable
from dataclasses import replace

from router.store.port import KEPT_FOR, Answered, Passed, Repeated, Saved, Store
from tests.support.stored import NOON, entry_of, release_at

FIRST = release_at(0, 1, share=500)
SECOND = release_at(0, 2, share=2000)
ANSWER = Answered("ada/key-1", "a1b2", 200, b'{"revision":1}', NOON)


async def test_an_unknown_key_was_not_answered(store: Store) -> None:
    assert await store.recall("ada/key-1", NOON) is None


async def test_an_answer_is_kept_with_the_change_that_it_answers(
    another: Callable[[], Store],
) -> None:
    store = another()
    saved = await store.compare_and_set(
        FIRST, based_on=None, entry=entry_of(FIRST), answered=ANSWER
    )
    assert isinstance(saved, Saved)
    await store.close()
    assert await another().recall(ANSWER.key, NOON) == ANSWER


async def test_a_request_that_comes_again_changes_nothing_and_finds_its_answer(
    store: Store,
) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST), answered=ANSWER)
    again = replace(ANSWER, body=b"{}", at=NOON + 5)
    repeated = await store.compare_and_set(
        SECOND, based_on=(0, 1), entry=entry_of(SECOND), answered=again
    )
    assert repeated == Repeated(ANSWER)
    assert (await store.load()).releases == {"support": FIRST}
    assert (await store.head()).sequence == 1


async def test_a_change_that_is_refused_leaves_its_key_free(store: Store) -> None:
    refused = await store.compare_and_set(
        SECOND, based_on=(0, 1), entry=entry_of(SECOND), answered=ANSWER
    )
    assert refused == Passed(None)
    assert await store.recall(ANSWER.key, NOON) is None


async def test_a_later_answer_takes_the_place_of_an_earlier_one(store: Store) -> None:
    await store.remember(ANSWER)
    complete = replace(ANSWER, status=202, body=b'{"missing":["worker-2"]}')
    await store.remember(complete)
    assert await store.recall(ANSWER.key, NOON) == complete


async def test_a_key_is_known_for_a_day(store: Store) -> None:
    await store.remember(ANSWER)
    assert await store.recall(ANSWER.key, NOON + KEPT_FOR - 1) == ANSWER
    assert await store.recall(ANSWER.key, NOON + KEPT_FOR) is None


async def test_after_a_day_a_key_may_be_used_again(store: Store) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST), answered=ANSWER)
    tomorrow = replace(ANSWER, at=NOON + KEPT_FOR)
    saved = await store.compare_and_set(
        SECOND, based_on=(0, 1), entry=entry_of(SECOND), answered=tomorrow
    )
    assert isinstance(saved, Saved)
    assert await store.recall(ANSWER.key, NOON + KEPT_FOR) == tomorrow


async def test_what_is_too_old_is_forgotten_when_something_new_is_kept(store: Store) -> None:
    await store.remember(ANSWER)
    await store.remember(replace(ANSWER, key="ada/key-2", at=NOON + KEPT_FOR))
    assert await store.recall(ANSWER.key, NOON) is None


async def test_a_key_may_be_what_a_header_may_be(store: Store) -> None:
    odd = replace(ANSWER, key="ada/\udcff\x00'; DROP TABLE answer")
    await store.remember(odd)
    assert await store.recall(odd.key, NOON) == odd
    assert await store.recall("ada/", NOON) is None
