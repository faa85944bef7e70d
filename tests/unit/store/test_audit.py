import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from router.errors import StoreDamagedError
from router.store.audit import (
    BEGIN,
    Broken,
    Head,
    Intact,
    Link,
    event_of,
    forge,
    head_of,
    unplaced,
    verify,
)
from tests.support.stored import entry_of, refusal_of, release_at

LINKS = 5


def chain(service: str = "support") -> list[Link]:
    links: list[Link] = []
    for revision in range(1, LINKS + 1):
        head = head_of(links[-1]) if links else Head()
        links.append(forge(entry_of(release_at(0, revision, service=service)), head)[1])
    return links


async def verdict(links: Sequence[Link], head: Head | None = None) -> Intact | Broken:
    async def after(sequence: int) -> Sequence[Link]:
        following = (link for link in links if link.sequence > sequence)
        return list(itertools.islice(following, 2))

    return await verify(after, head or head_of(links[-1]))


def forged(link: Link, **fields: object) -> Link:
    """Change an event as somebody does who knows how its hash is made."""
    text = orjson.dumps({**orjson.loads(link.text), **fields}, option=orjson.OPT_SORT_KEYS)
    return replace(link, text=text, hash=hashlib.sha256(text).hexdigest())


def test_an_event_can_be_checked_with_other_tools() -> None:
    _, link = forge(refusal_of("support", "größer"), Head())
    fields = orjson.loads(link.text)
    again = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    assert hashlib.sha256(again).hexdigest() == link.hash
    assert fields["previous"] == BEGIN
    assert fields["from"] == "10.0.0.9"


def test_a_link_is_read_as_the_event_that_it_was() -> None:
    event, link = forge(entry_of(release_at(0, 1), release_at(0, 0)), Head())
    assert event_of(link) == event


def test_a_link_that_is_none_is_damage() -> None:
    with pytest.raises(StoreDamagedError, match="audit event 3"):
        event_of(Link(3, "support", b"{}", BEGIN))


async def test_a_whole_chain_is_intact_and_names_its_end() -> None:
    links = chain()
    assert await verdict(links) == Intact(Head(LINKS, links[-1].hash))
    assert await verdict([], Head()) == Intact(Head())


@pytest.mark.parametrize("number", range(1, LINKS + 1))
async def test_an_event_that_was_changed_is_named(number: int) -> None:
    links = chain()
    changed = links[number - 1]
    links[number - 1] = replace(changed, text=changed.text.replace(b"ada.lovelace", b"nobody"))
    assert await verdict(links) == Broken(number, "it was changed")


@pytest.mark.parametrize("number", range(1, LINKS))
async def test_an_event_that_was_changed_together_with_its_hash_is_betrayed_by_the_next(
    number: int,
) -> None:
    links = chain()
    links[number - 1] = forged(links[number - 1], who="nobody")
    assert await verdict(links) == Broken(number + 1, "it does not follow the event before it")


async def test_a_last_event_that_was_changed_together_with_its_hash_is_not_the_noted_end() -> None:
    links = chain()
    noted = head_of(links[-1])
    links[-1] = forged(links[-1], who="nobody")
    because = "it is not the event with which the log ended"
    assert await verdict(links, noted) == Broken(LINKS, because)


@pytest.mark.parametrize("number", range(1, LINKS))
async def test_an_event_that_was_taken_out_is_named(number: int) -> None:
    links = chain()
    del links[number - 1]
    assert await verdict(links) == Broken(number, "it is missing")


@pytest.mark.parametrize("number", range(1, LINKS + 1))
async def test_a_chain_that_was_cut_off_is_betrayed_by_its_noted_end(number: int) -> None:
    links = chain()
    noted = head_of(links[-1])
    because = "it is missing, and so is all that followed"
    assert await verdict(links[: number - 1], noted) == Broken(number, because)


async def test_an_event_that_was_put_in_is_named() -> None:
    links = chain()
    foreign = chain("billing")
    links[2:3] = [foreign[2]]
    assert await verdict(links) == Broken(3, "it does not follow the event before it")


async def test_an_event_that_is_no_event_is_named() -> None:
    links = chain()
    links[1] = forged(links[1], who=17)
    assert await verdict(links) == Broken(2, "it cannot be read")


async def test_an_event_that_is_filed_under_another_service_is_named() -> None:
    links = chain()
    links[3] = replace(links[3], service="billing")
    assert await verdict(links) == Broken(4, "it stands in another's place")


async def test_events_that_came_after_the_noted_end_are_not_judged() -> None:
    links = chain()
    noted = head_of(links[2])
    links[3] = replace(links[3], text=b"garbage")
    assert await verdict(links, noted) == Intact(noted)


def test_an_event_without_a_place_has_number_0_and_follows_none() -> None:
    event = unplaced(entry_of(release_at(1, 2)))
    assert (event.sequence, event.previous, event.service) == (0, BEGIN, "support")
