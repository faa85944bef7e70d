"""The laws of records, which every store of them obeys."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from router.errors import StoreUnavailableError, UnknownKeyError
from router.store.evicting import FRAME
from router.store.records import Limits, Records, Removed, Sampled, Samples, Wanted, place_of
from router.vault import Vault
from tests.support.recorded import minute_of, sampled, sealed_of, total_of
from tests.support.stored import NOON

EVER = 1e12
DAY = 86_400.0
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ALL = Wanted("support", limit=1000)
PLENTY = Limits(max_age=EVER, max_count=10**6, max_bytes=10**12, minutes=EVER)


async def ids(records: Records, wanted: Wanted = ALL) -> list[str]:
    return [each.id for each in (await records.samples(wanted)).samples]


# Counts...


async def test_new_records_hold_nothing(records: Records) -> None:
    assert list(await records.minutes("support", since=0, until=EVER)) == []
    assert list(await records.totals("support")) == []
    assert await records.samples(ALL) == Samples([], None)
    assert await records.sample("sample-0") is None
    assert await records.sealed("sample-0") is None
    assert list(await records.all_sealed("support")) == []
    assert await records.prune(PLENTY, NOON) == Removed()


async def test_counts_are_kept_beyond_whoever_wrote_them(
    more_records: Callable[[], Records],
) -> None:
    first = more_records()
    await first.count([minute_of(0, b"\x00\xff")], [total_of(b"\xfe")])
    await first.close()
    again = more_records()
    assert await again.minutes("support", since=0, until=EVER) == [minute_of(0, b"\x00\xff")]
    assert await again.totals("support") == [total_of(b"\xfe")]


async def test_a_later_word_of_the_same_replica_takes_the_place_of_its_earlier_one(
    records: Records,
) -> None:
    await records.count([minute_of(0, b"1")], [total_of(b"1")])
    await records.count([minute_of(0, b"3")], [total_of(b"3", at=NOON + 1)])
    await records.count([minute_of(0, b"3")], [total_of(b"3", at=NOON + 1)])
    assert await records.minutes("support", since=0, until=EVER) == [minute_of(0, b"3")]
    assert await records.totals("support") == [total_of(b"3", at=NOON + 1)]


async def test_what_replicas_and_phases_count_stands_side_by_side(records: Records) -> None:
    told = [
        minute_of(0, b"a", phase="7", replica="r1"),
        minute_of(0, b"b", phase="7", replica="r2"),
        minute_of(0, b"c", phase="7/gpt-x", replica="r1"),
        minute_of(1, b"d", phase="7", replica="r1"),
    ]
    await records.count(list(reversed(told)), [])
    assert await records.minutes("support", since=0, until=EVER) == told


async def test_minutes_are_found_by_when_they_begin(records: Records) -> None:
    await records.count([minute_of(each) for each in range(4)], [])
    begin = minute_of(1).minute * 60
    found = await records.minutes("support", since=begin, until=begin + 120)
    assert found == [minute_of(1), minute_of(2)]
    assert await records.minutes("support", since=begin + 1, until=begin + 60) == []


async def test_counts_are_of_their_service(records: Records) -> None:
    await records.count([minute_of()], [total_of()])
    assert list(await records.minutes("suppor", since=0, until=EVER)) == []
    assert list(await records.totals("support2")) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("7", ["7", "7/gpt-x", "7/gpt-x/v3"]),
        ("7/gpt-x", ["7/gpt-x", "7/gpt-x/v3"]),
        ("7/gpt", []),
        ("7/%", []),
        (None, ["7", "7/gpt-x", "7/gpt-x/v3", "70"]),
    ],
)
async def test_a_phase_is_found_with_those_that_it_is_divided_into(
    records: Records, wanted: str | None, found: list[str]
) -> None:
    phases = ["7", "7/gpt-x", "7/gpt-x/v3", "70"]
    await records.count(
        [minute_of(phase=each) for each in phases], [total_of(phase=each) for each in phases]
    )
    await records.keep([sampled(n, phase=each) for n, each in enumerate(phases)])
    minutes = await records.minutes("support", phase=wanted, since=0, until=EVER)
    totals = await records.totals("support", phase=wanted)
    samples = (await records.samples(replace(ALL, phase=wanted))).samples
    assert [each.phase for each in minutes] == found
    assert [each.phase for each in totals] == found
    assert sorted(each.phase for each in samples) == found


async def test_totals_come_in_the_order_in_which_they_were_counted_last(records: Records) -> None:
    await records.count([], [total_of(phase="9", at=NOON), total_of(phase="8", at=NOON + 5)])
    assert [each.phase for each in await records.totals("support")] == ["9", "8"]


# Samples...


async def test_a_sample_comes_back_as_it_was_kept(more_records: Callable[[], Records]) -> None:
    kept = sampled(
        3, ("/a", "value"), ("header:x", "missing"), callers=(b"\x00" * 16, b"\xff" * 16)
    )
    first = more_records()
    await first.keep([kept])
    await first.close()
    again = more_records()
    assert await again.sample("sample-3") == kept
    assert await again.samples(ALL) == Samples([kept], None)


async def test_a_sample_that_is_kept_again_stands_once(records: Records) -> None:
    await records.keep([sampled(1, ("/a", "value"), ("/b", "type"))])
    again = sampled(1, ("/c", "extra"), text=b"again")
    await records.keep([again])
    assert await records.samples(ALL) == Samples([again], None)
    assert await ids(records, replace(ALL, field="/a")) == []
    assert await ids(records, replace(ALL, field="/c")) == ["sample-1"]


async def test_a_sample_shows_each_difference_once(records: Records) -> None:
    kept = sampled(1, ("/a", "value"), ("/a", "value"))
    await records.keep([kept])
    assert await records.samples(replace(ALL, field="/a")) == Samples([kept], None)


async def test_samples_come_page_by_page_the_newest_first(records: Records) -> None:
    at_once = [sampled(each, at=NOON) for each in range(3)]
    await records.keep([*at_once, sampled(7), sampled(8)])
    page = await records.samples(replace(ALL, limit=2))
    assert [each.id for each in page.samples] == ["sample-8", "sample-7"]
    assert page.following == place_of(sampled(7))
    page = await records.samples(replace(ALL, limit=2, before=page.following))
    assert [each.id for each in page.samples] == ["sample-2", "sample-1"]
    page = await records.samples(replace(ALL, limit=2, before=page.following))
    assert [each.id for each in page.samples] == ["sample-0"]
    assert page.following is None


async def test_a_page_that_ends_with_the_last_sample_has_none_after_it(records: Records) -> None:
    await records.keep([sampled(0), sampled(1)])
    assert (await records.samples(replace(ALL, limit=2))).following is None


@pytest.mark.parametrize(
    ("field", "change", "found"),
    [
        ("/a", None, ["sample-3", "sample-1"]),
        (None, "type", ["sample-3", "sample-2"]),
        ("/a", "type", ["sample-3"]),
        ("/b", "value", []),
        ("/c", None, []),
    ],
)
async def test_samples_are_found_by_field_and_change(
    records: Records, field: str | None, change: str | None, found: list[str]
) -> None:
    await records.keep(
        [
            sampled(1, ("/a", "value")),
            sampled(2, ("/b", "type")),
            sampled(3, ("/a", "type"), ("/a", "value")),
            sampled(4, ("/a", "value"), service="billing"),
        ]
    )
    assert await ids(records, replace(ALL, field=field, change=change)) == found


async def test_samples_are_found_page_by_page_among_others(records: Records) -> None:
    await records.keep([sampled(n, ("/a" if n % 2 else "/b", "value")) for n in range(10)])
    wanted = replace(ALL, field="/a", limit=2)
    found: list[str] = []
    while True:
        page = await records.samples(wanted)
        found += [each.id for each in page.samples]
        if page.following is None:
            break
        wanted = replace(wanted, before=page.following)
    assert found == [f"sample-{n}" for n in (9, 7, 5, 3, 1)]


async def test_samples_are_found_by_their_time(records: Records) -> None:
    await records.keep([sampled(each) for each in range(5)])
    wanted = replace(ALL, since=NOON + 1, until=NOON + 3)
    assert await ids(records, wanted) == ["sample-2", "sample-1"]


# Originals...


async def test_a_sealed_original_comes_back_as_it_was_kept(records: Records) -> None:
    kept = sealed_of(1, callers=(b"a" * 16,))
    await records.keep([sampled(1)], [kept])
    assert await records.sealed("sample-1") == kept


async def test_originals_of_former_and_newest_key_open_from_one_vault(records: Records) -> None:
    before, after = Vault([OLD], os.urandom), Vault([NEW, OLD], os.urandom)
    for number, vault in enumerate((before, after)):
        name = f"sample-{number}"
        text = vault.seal(b"pair %d" % number, "support", name)
        await records.keep([], [sealed_of(number, text=text)])
    kept = await records.all_sealed("support")
    assert [after.open(it.text, it.service, it.id) for it in kept] == [b"pair 0", b"pair 1"]
    with pytest.raises(UnknownKeyError, match=after.names[0]):
        before.open(kept[1].text, "support", "sample-1")


async def test_who_was_recorded_under_a_former_key_is_forgotten_without_it(
    records: Records,
) -> None:
    ada = b"a" * 16
    for number, key in enumerate((OLD, NEW)):
        text = Vault([key], os.urandom).seal(b"pair", "support", f"sample-{number}")
        await records.keep([], [sealed_of(number, callers=(ada,), text=text)])
    assert await records.forget([ada]) == Removed(sealed=2)
    assert list(await records.all_sealed("support")) == []


async def test_sealed_originals_are_gone_through_from_the_oldest_on(records: Records) -> None:
    kept = [sealed_of(each) for each in range(5)]
    await records.keep([], [*reversed(kept), sealed_of(9, service="billing")])
    first = await records.all_sealed("support", limit=3)
    assert first == kept[:3]
    assert await records.all_sealed("support", after=place_of(first[-1])) == kept[3:]
    assert await records.all_sealed("support", after=place_of(kept[-1])) == []


# Forgetting...


async def test_a_caller_is_forgotten_in_samples_and_originals(records: Records) -> None:
    ada, request, charles = b"a" * 16, b"r" * 16, b"c" * 16
    await records.keep(
        [sampled(1, callers=(ada, request)), sampled(2, callers=(charles,)), sampled(3)],
        [sealed_of(1, callers=(ada,)), sealed_of(4, callers=(request,)), sealed_of(5)],
    )
    assert await records.forget([ada, request]) == Removed(samples=1, sealed=2)
    assert await ids(records) == ["sample-3", "sample-2"]
    assert await records.sample("sample-1") is None
    assert [each.id for each in await records.all_sealed("support")] == ["sample-5"]
    assert await records.forget([ada, request]) == Removed()


async def test_a_caller_is_forgotten_in_one_service_alone_where_that_is_asked_for(
    records: Records,
) -> None:
    ada = b"a" * 16
    await records.keep([sampled(1, callers=(ada,)), sampled(2, service="billing", callers=(ada,))])
    assert await records.forget([ada], service="billing") == Removed(samples=1)
    assert await ids(records) == ["sample-1"]


async def test_a_sample_that_is_kept_again_is_forgotten_by_what_it_bears_now(
    records: Records,
) -> None:
    await records.keep([sampled(1, callers=(b"a" * 16,))])
    await records.keep([sampled(1, callers=(b"b" * 16,))])
    assert await records.forget([b"a" * 16]) == Removed()
    assert await records.forget([b"b" * 16]) == Removed(samples=1)


async def test_nobody_is_forgotten_by_nothing(records: Records) -> None:
    await records.keep([sampled(1, callers=(b"a" * 16,)), sampled(2)])
    assert await records.forget([]) == Removed()
    assert len(await ids(records)) == 2


# Ageing...


async def test_minutes_go_before_totals_do(records: Records) -> None:
    await records.count([minute_of(0), minute_of(1)], [total_of(), total_of(phase="8")])
    limits = replace(PLENTY, minutes=2 * DAY, max_age=30 * DAY)
    begin = minute_of(1).minute * 60
    assert await records.prune(limits, begin + 2 * DAY) == Removed(minutes=1)
    assert await records.minutes("support", since=0, until=EVER) == [minute_of(1)]
    await records.count([], [total_of(phase="8", at=NOON + 9)])
    assert await records.prune(limits, NOON + 1 + 30 * DAY) == Removed(minutes=1, totals=1)
    assert await records.totals("support") == [total_of(phase="8", at=NOON + 9)]


async def test_samples_and_originals_go_with_their_time(records: Records) -> None:
    await records.keep(
        [sampled(0), sampled(10)],
        [sealed_of(0), sealed_of(10), sealed_of(11, expires=NOON + 20)],
    )
    limits = replace(PLENTY, max_age=100.0)
    assert await records.prune(limits, NOON + 101) == Removed(samples=1, sealed=2)
    assert await ids(records) == ["sample-10"]
    assert [each.id for each in await records.all_sealed("support")] == ["sample-10"]


async def test_the_oldest_go_where_there_are_too_many(records: Records) -> None:
    await records.keep([sampled(n) for n in range(30)], [sealed_of(n) for n in range(12)])
    limits = replace(PLENTY, max_count=10)
    assert await records.prune(limits, NOON) == Removed(samples=20, sealed=2)
    assert await ids(records) == [f"sample-{n}" for n in range(29, 19, -1)]
    assert (await records.all_sealed("support"))[0].id == "sample-2"
    assert await records.prune(limits, NOON) == Removed()


async def test_what_shows_something_rare_stays_while_something_common_can_go(
    records: Records,
) -> None:
    common = [sampled(n, ("/a", "value")) for n in range(2, 40)]
    rare = [sampled(0, ("/b", "value")), sampled(1, ("/a", "value"), ("/a", "missing"))]
    await records.keep([*common, *rare])
    await records.prune(replace(PLENTY, max_count=10), NOON)
    found = await ids(records)
    assert len(found) == 10
    assert found[-2:] == ["sample-1", "sample-0"]


async def test_the_oldest_go_where_they_are_too_large_together(records: Records) -> None:
    size = 1000 - FRAME
    await records.keep(
        [sampled(n, text=bytes(size)) for n in range(4)],
        [sealed_of(n, text=bytes(size)) for n in range(4)],
    )
    assert await records.prune(replace(PLENTY, max_bytes=8000), NOON) == Removed()
    assert await records.prune(replace(PLENTY, max_bytes=7000), NOON) == Removed(
        samples=1, sealed=1
    )
    assert await records.prune(replace(PLENTY, max_bytes=4500), NOON) == Removed(
        samples=1, sealed=1
    )
    assert await ids(records) == ["sample-3", "sample-2"]


async def test_closed_records_say_so(records: Records) -> None:
    await records.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await records.sample("sample-0")


async def test_many_are_kept_and_found_at_once(records: Records) -> None:
    kept: list[Sampled] = [sampled(n, ("/a", "value"), ("/b", "type")) for n in range(1200)]
    await records.keep(kept)
    page = await records.samples(replace(ALL, limit=10_000))
    assert len(page.samples) == 1000
    rest = await records.samples(replace(ALL, limit=1000, before=page.following))
    assert [*page.samples, *rest.samples] == kept[::-1]
