import pytest

from router.store import port
from router.store.audit import Head, Intact, verify
from router.store.port import Saved, Store
from tests.support.stored import NOON, entry_of, refusal_of, release_at

FIRST = release_at(0, 1, share=500)
SECOND = release_at(1, 2)


async def test_an_event_says_who_did_what_from_where_and_why(store: Store) -> None:
    await store.put_newer(SECOND, entry=entry_of(SECOND, FIRST, why="wrong answers"))
    (event,) = (await store.events()).events
    assert (event.sequence, event.at, event.who) == (1, NOON + 2, "ada.lovelace")
    assert (event.origin, event.command, event.service) == ("127.0.0.1", "rollback", "support")
    assert event.why == "wrong answers"
    assert event.old is not None
    assert event.new is not None
    assert (event.old["share"], event.new["share"]) == (500, 0)
    assert (event.accepted, event.refused) == (True, None)


async def test_a_command_that_was_refused_is_noted_as_such(store: Store) -> None:
    noted = await store.append(refusal_of("support", "it is paused"))
    (event,) = (await store.events()).events
    assert event == noted
    assert (event.accepted, event.refused) == (False, "it is paused")
    assert (event.old, event.new) == (None, None)


async def test_what_comes_back_is_what_was_noted(store: Store) -> None:
    saved = await store.put_newer(FIRST, entry=entry_of(FIRST, why="größer 増やす \x00 \n"))
    assert isinstance(saved, Saved)
    assert list((await store.events()).events) == [saved.event]


async def test_a_name_that_is_no_text_is_noted_as_far_as_it_goes(store: Store) -> None:
    await store.append(refusal_of("supp\udce9rt"))
    (event,) = (await store.events(service="supp?rt")).events
    assert event.service == "supp?rt"
    assert await verify(store.links, await store.head()) == Intact(await store.head())


async def test_pages_are_read_from_the_newest_to_the_oldest(store: Store) -> None:
    for number in range(1, 8):
        await store.append(refusal_of("support", str(number)))
    read: list[str | None] = []
    sizes: list[int] = []
    before: int | None = None
    while True:
        page = await store.events(before=before, limit=3)
        read += [event.refused for event in page.events]
        sizes.append(len(page.events))
        before = page.following
        if before is None:
            break
    assert read == ["7", "6", "5", "4", "3", "2", "1"]
    assert sizes == [3, 3, 1]


async def test_a_page_that_ends_with_the_first_event_has_none_after_it(store: Store) -> None:
    for _ in range(4):
        await store.append(refusal_of("support"))
    page = await store.events(limit=2)
    assert page.following is not None
    assert (await store.events(before=page.following, limit=2)).following is None


async def test_events_that_come_meanwhile_do_not_shift_the_pages(store: Store) -> None:
    for number in range(1, 5):
        await store.append(refusal_of("support", str(number)))
    page = await store.events(limit=2)
    await store.append(refusal_of("support", "5"))
    page = await store.events(before=page.following, limit=2)
    assert [event.refused for event in page.events] == ["2", "1"]


@pytest.mark.parametrize(("cursor", "older", "later"), [(10**30, 1, 0), (-(10**30), 0, 1)])
async def test_a_cursor_may_be_any_number(
    store: Store, cursor: int, older: int, later: int
) -> None:
    await store.append(refusal_of("support"))
    assert len((await store.events(before=cursor)).events) == older
    assert len((await store.events(service="support", before=cursor)).events) == older
    assert len(await store.links(cursor)) == later


async def test_the_events_of_one_service_have_pages_of_their_own(store: Store) -> None:
    for number in range(1, 4):
        await store.append(refusal_of("support", str(number)))
        await store.append(refusal_of("billing", str(number)))
    page = await store.events(service="billing", limit=2)
    assert [event.refused for event in page.events] == ["3", "2"]
    page = await store.events(service="billing", before=page.following, limit=2)
    assert [event.refused for event in page.events] == ["1"]
    assert page.following is None
    assert list((await store.events(service="sales")).events) == []


@pytest.mark.parametrize("asked", [0, -5])
async def test_a_page_has_at_least_one_event(store: Store, asked: int) -> None:
    await store.append(refusal_of("support"))
    assert len((await store.events(limit=asked)).events) == 1


async def test_no_page_is_longer_than_the_longest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "LONGEST_PAGE", 3)
    for _ in range(8):
        await store.append(refusal_of("support"))
    assert len((await store.events(limit=10**9)).events) == 3
    assert len(await store.links(0, 10**9)) == 3
    assert isinstance(await verify(store.links, await store.head()), Intact)


async def test_the_chain_holds_over_changes_refusals_and_rollbacks(store: Store) -> None:
    assert await verify(store.links, await store.head()) == Intact(Head())
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    await store.append(refusal_of("support"))
    await store.put_newer(SECOND, entry=entry_of(SECOND))
    head = await store.head()
    assert head.sequence == 3
    assert await verify(store.links, head) == Intact(head)


async def test_each_event_names_the_one_before(store: Store) -> None:
    for _ in range(3):
        await store.append(refusal_of("support"))
    links = await store.links(0)
    events = (await store.events()).events
    assert [link.sequence for link in links] == [1, 2, 3]
    assert [event.previous for event in reversed(events)] == [
        Head().hash,
        links[0].hash,
        links[1].hash,
    ]
    assert [link.sequence for link in await store.links(1, 1)] == [2]
