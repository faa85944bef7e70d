from router.compare.ledger import dump_ledger
from router.compare.tally import Tally
from router.compare.verdict import Judged, Verdict
from router.control.comparisons import Comparisons
from router.store.memory_records import MemoryRecords
from tests.support.recorded import minute_of, total_of
from tests.support.stored import NOON


def counted(pairs: int) -> bytes:
    tally = Tally()
    for _ in range(pairs):
        tally.add(Judged("support", "7", NOON, Verdict()))
    return tally.dump()


def reading(records: MemoryRecords) -> Comparisons:
    return Comparisons(records, lambda: NOON + 600)


async def test_the_newest_phase_is_shown_and_the_others_are_named() -> None:
    records = MemoryRecords()
    await records.count(
        [],
        [
            total_of(counted(5), phase="6", at=NOON),
            total_of(counted(7), phase="7/gpt-x", at=NOON + 60),
            total_of(dump_ledger({"paired": 9}), phase="7", replica="r1/ledger", at=NOON + 90),
        ],
    )
    seen = await reading(records).seen("support", None, None)
    assert (seen.phases, seen.phase, seen.covered_phase) == (("7/gpt-x", "6"), "7/gpt-x", "7")
    assert seen.tally.pairs == 7
    assert (seen.coverage.eligible, seen.coverage.compared) == (9, 7)


async def test_replicas_and_starts_of_them_add_up() -> None:
    records = MemoryRecords()
    rows = [total_of(counted(2), replica=name) for name in ("r1", "r1-again", "r2")]
    ledgers = [total_of(dump_ledger({"paired": 2}), replica=f"{n}/ledger") for n in ("r1", "r2")]
    await records.count([], [*rows, *ledgers])
    seen = await reading(records).seen("support", None, None)
    assert seen.tally.pairs == 6
    assert seen.coverage.eligible == 6


async def test_a_phase_that_is_asked_for_has_all_that_it_is_divided_into() -> None:
    records = MemoryRecords()
    phases = ("7", "7/gpt-x", "7/gpt-x/v2", "70")
    await records.count([], [total_of(counted(1), phase=phase) for phase in phases])
    assert (await reading(records).seen("support", "7", None)).tally.pairs == 3
    assert (await reading(records).seen("support", "7/gpt-x", None)).tally.pairs == 2
    assert (await reading(records).seen("support", "8", None)).tally.pairs == 0


async def test_coverage_is_of_all_that_a_phase_of_the_release_is_divided_into() -> None:
    records = MemoryRecords()
    rows = [total_of(counted(4), phase=phase) for phase in ("7/a", "7/b")]
    ledger = total_of(dump_ledger({"paired": 8, "budget": 2}), replica="r1/ledger")
    await records.count([], [*rows, ledger])
    seen = await reading(records).seen("support", "7/a", None)
    assert seen.tally.pairs == 4
    assert (seen.coverage.eligible, seen.coverage.compared) == (10, 8)


async def test_since_a_time_only_its_minutes_count() -> None:
    records = MemoryRecords()
    await records.count([minute_of(n, counted(n)) for n in (1, 2, 3)], [])
    seen = await reading(records).seen("support", None, NOON + 120)
    assert seen.tally.pairs == 5


async def test_where_nothing_was_compared_the_ledger_still_says_why() -> None:
    records = MemoryRecords()
    ledger = total_of(dump_ledger({"too_large": 8}), replica="r1/ledger")
    await records.count([], [ledger])
    seen = await reading(records).seen("support", None, None)
    assert (seen.phases, seen.phase, seen.coverage.eligible) == ((), "7", 8)
    nothing = await reading(MemoryRecords()).seen("support", None, None)
    assert (nothing.phase, nothing.coverage.eligible) == (None, 0)


async def test_minutes_are_told_apart_by_phase() -> None:
    records = MemoryRecords()
    rows = [
        minute_of(1, counted(1), phase="7"),
        minute_of(1, counted(2), phase="8"),
        minute_of(1, counted(4), phase="8", replica="r2"),
        minute_of(2, counted(8), phase="8"),
        minute_of(2, dump_ledger({}), phase="8", replica="r1/ledger"),
    ]
    await records.count(rows, [])
    seen = await reading(records).minutes("support", None, NOON)
    assert [(it.minute - int(NOON // 60), it.phase, it.tally.pairs) for it in seen] == [
        (1, "7", 1),
        (1, "8", 6),
        (2, "8", 8),
    ]


async def test_the_last_minutes_are_counted_whatever_their_phase() -> None:
    records = MemoryRecords()
    rows = [minute_of(n, counted(1), phase=str(n)) for n in range(11)]
    ledgers = [minute_of(9, dump_ledger({"paired": 3}), replica="r1/ledger")]
    await records.count([*rows, *ledgers], [])
    tally = await reading(records).lately("support", 300)
    assert tally.pairs == 6
