import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from router.control.effect import Answers
from router.control.fleet import counting
from router.control.fleet.counting import FRESH, MOST_KNOWN, Counting, Ours
from router.errors import StoreUnavailableError
from router.model import FallbackReason
from router.release.state import Release
from router.replica.membership import Presence
from router.store.tallying import Line, Sheet
from router.wire.counting import GIST_LAYOUT, GIST_LENGTH
from tests.support.sheets import Others

RELEASE = Release("support", epoch=1, phase=2)
ORDERS = Release("orders")
REASONS = tuple(FallbackReason)


def gist(count: int) -> tuple[int, ...]:
    return (count,) * GIST_LENGTH


def line(count: int, *, legacy: int = 0, ai: int = 0, phase: int = 2) -> Line:
    return Line("support", 1, phase, (legacy, ai, *[0] * len(REASONS)), gist(count))


class Replica:
    """A replica that counts, and a store in which others have counted."""

    def __init__(self) -> None:
        self.now = 100.0
        self.store = Others({})
        self.gists: dict[str, Sequence[int]] = {}
        self.releases = [RELEASE]
        self.since: dict[str, Answers] = {}
        self.members = [Presence("b", "i2")]
        ours = Ours(lambda: self.gists, lambda: self.releases, self.since.get)
        self.it = Counting(
            self.store,
            "i1",
            ours,
            lambda: self.members,
            clock=lambda: self.now,
            keep=lambda: 25.0,
        )
        self.number = 0

    async def second(self, **sheets: Sequence[Line]) -> None:
        self.now += 1
        self.number += 1
        self.store.sheets = {
            instance: Sheet(self.number, GIST_LAYOUT, lines) for instance, lines in sheets.items()
        }
        await self.it.exchange(self.store)

    @property
    def added(self) -> int | None:
        found = self.it.added.get("support")
        return None if found is None else found[0]


@pytest.fixture
def replica() -> Replica:
    return Replica()


# What is written...


async def test_a_line_is_written_when_it_has_changed(replica: Replica) -> None:
    replica.releases.append(ORDERS)
    await replica.second()
    await replica.second()
    replica.gists["support"] = gist(3)
    replica.since["support"] = Answers(7, 2, {REASONS[0]: 5})
    await replica.second()
    first, second, third = replica.store.written
    assert [each.service for each in first.lines] == ["support", "orders"]
    assert second.lines == []
    (changed,) = third.lines
    assert (changed.epoch, changed.phase, changed.gist) == (1, 2, gist(3))
    assert changed.answers == (7, 2, 5, *[0] * (len(REASONS) - 1))


async def test_a_sheet_that_was_lost_is_written_whole_again(replica: Replica) -> None:
    await replica.second()
    await replica.second()
    replica.store.before = 0  # it was emptied
    await replica.second()
    await replica.second()
    assert [len(sheet.lines) for sheet in replica.store.written] == [1, 0, 0, 1]


async def test_what_the_store_did_not_take_is_written_later(replica: Replica) -> None:
    replica.store.error = StoreUnavailableError("it is away")
    await replica.second()
    replica.store.error = None
    await replica.second()
    await replica.second()
    assert [len(sheet.lines) for sheet in replica.store.written] == [1, 0]


# What others add...


async def test_what_others_counted_before_they_were_seen_is_not_added(replica: Replica) -> None:
    await replica.second(i2=[line(100)])
    assert replica.it.added == {}
    await replica.second(i2=[line(103)])
    await replica.second(i2=[])
    assert replica.added == 3
    assert replica.store.asked[-1] == {"i2": 2}


async def test_all_that_any_of_them_adds_is_kept(replica: Replica) -> None:
    await replica.second(i2=[line(10)], i3=[line(20)])
    await replica.second(i2=[line(11)], i3=[line(22)])
    await replica.second(i3=[line(25)])  # i2 is gone
    await replica.second(i3=[line(25)], i4=[line(1)])  # and was started again
    await replica.second(i3=[line(25)], i4=[line(5)])
    assert replica.added == 1 + 5 + 4


async def test_a_service_that_another_has_first_is_added_whole(replica: Replica) -> None:
    await replica.second(i2=[])
    await replica.second(i2=[line(4)])
    assert replica.added == 4


async def test_what_falls_adds_nothing(replica: Replica) -> None:
    await replica.second(i2=[line(10)])
    await replica.second(i2=[line(3)])
    await replica.second(i2=[line(5)])
    assert replica.added == 2


async def test_what_another_version_counts_otherwise_is_left_out(replica: Replica) -> None:
    replica.store.sheets = {"i2": Sheet(1, GIST_LAYOUT + 1, [line(4)])}
    await replica.it.exchange(replica.store)
    assert (replica.it.answers(RELEASE), replica.it.replicas_counted) == (Answers(), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        Line("support", 1, 2, (1,), gist(1)),
        Line("support", 1, 2, (0,) * (2 + len(REASONS)), (1, 2)),
    ],
)
async def test_what_no_router_can_have_written_is_left_out(replica: Replica, wrong: Line) -> None:
    await replica.second(i2=[])
    await replica.second(i2=[wrong])
    assert (replica.added, replica.it.answers(RELEASE)) == (None, Answers())


# Answers...


async def test_answers_of_others_count_where_they_were_given_by_the_same_share(
    replica: Replica,
) -> None:
    await replica.second(
        i2=[line(0, legacy=3, ai=1)], i3=[line(0, legacy=1, ai=3)], i4=[line(0, ai=99, phase=1)]
    )
    assert replica.it.answers(RELEASE) == Answers(4, 4)
    assert replica.it.answers(replace(RELEASE, phase=3)) == Answers()
    assert replica.it.answers(ORDERS) == Answers()


async def test_what_one_that_went_away_has_answered_stays(replica: Replica) -> None:
    await replica.second(i2=[line(0, legacy=3, ai=1)])
    replica.members.clear()
    await replica.second()
    assert replica.it.answers(RELEASE) == Answers(3, 1)


async def test_as_many_are_remembered_as_a_bound_allows(replica: Replica) -> None:
    for number in range(MOST_KNOWN + 5):
        await replica.second(**{f"i{number}": [line(0, ai=1)]})
    assert replica.it.answers(RELEASE).ai == MOST_KNOWN


# How many...


async def test_it_is_known_how_many_replicas_the_figures_are_of(replica: Replica) -> None:
    await replica.second(i2=[], i3=[])
    assert replica.it.replicas_counted == 3
    replica.store.error = StoreUnavailableError("it is away")
    for _ in range(int(FRESH)):
        await replica.second()
    assert replica.it.replicas_counted == 1


async def test_a_sheet_that_stays_as_it_is_is_one_of_nobody(replica: Replica) -> None:
    await replica.second(i2=[])
    for _ in range(int(FRESH)):
        replica.now += 1
        await replica.it.exchange(replica.store)
    assert replica.it.replicas_counted == 1


async def test_it_goes_on_for_ever(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "EVERY", 0.001)
    running = asyncio.ensure_future(replica.it.run())
    while len(replica.store.written) < 3:  # noqa: ASYNC110 - what it writes is no event
        await asyncio.sleep(0.001)
    running.cancel()


async def test_alone_it_counts_nothing_of_others() -> None:
    ours = Ours(dict, list, lambda _: None)
    alone = Counting(None, "i1", ours, list, clock=lambda: 0.0, keep=lambda: 25.0)
    await alone.run()
    assert (alone.replicas_counted, alone.answers(RELEASE)) == (1, Answers())
