import pytest

from router.control.recording import Recording
from router.errors import OvertakenError
from router.store.memory_records import MemoryRecords
from router.store.records import Limits, Minute, Sampled, Sealed, Total, Wanted
from router.store.stream import Held, Settled
from router.wire import comparing as wire
from router.wire.comparing import Compared, Counted, Sample
from tests.support.fake_stream import FakeStream
from tests.support.stored import NOON

MINUTE = int(NOON // 60)
EVER = 1e12


def recording(records: MemoryRecords) -> Recording:
    return Recording(records, lambda: Limits(max_age=100.0))


async def test_counts_stay_by_who_counted_and_in_which_era() -> None:
    records = MemoryRecords()
    counted = [
        Counted("support", "7", MINUTE, 0, NOON, b"m"),
        Counted("support", "7", None, 0, NOON, b"t"),
        Counted("support", "7", None, 1, NOON + 1, b"u"),
    ]
    for _ in range(2):
        await recording(records).add(Compared(1, counted=counted), "abc-1")
    assert await records.minutes("support", since=0, until=EVER) == [
        Minute("support", "7", MINUTE, "abc-1-0", b"m")
    ]
    assert await records.totals("support") == [
        Total("support", "7", "abc-1-0", NOON, b"t"),
        Total("support", "7", "abc-1-1", NOON + 1, b"u"),
    ]


async def test_a_sample_stays_and_its_original_where_there_is_one() -> None:
    records = MemoryRecords()
    about = (("/a", "value"),), b"text", (b"digest",)
    sealed = Sample("1", "support", "7", NOON, "full", *about, b"ciphertext")
    plain = Sample("2", "support", "7", NOON, "diff", *about)
    await recording(records).add(Compared(1, samples=[sealed, plain]), "abc-1")
    found = await records.samples(Wanted("support"))
    assert found.samples == [
        Sampled("2", "support", "7", NOON, "diff", about[0], about[2], b"text"),
        Sampled("1", "support", "7", NOON, "full", about[0], about[2], b"text"),
    ]
    assert await records.all_sealed("support") == [
        Sealed("1", "support", NOON, NOON + 100, (b"digest",), b"ciphertext")
    ]


async def test_counts_of_the_stream_are_kept_as_its_messages_are_let_go_of() -> None:
    records, stream = MemoryRecords(), FakeStream()
    counted = [Counted("support", "7", None, 0, NOON, b"t")]
    told = Compared(4, counted, settled=wire.Settled("reader", 3, [("1-0", 300, 2)]))
    await Recording(records, Limits, stream).add(told, "abc-1")
    assert stream.settled == [Settled("reader", 4, 3, [Held("1-0", 300, 2)])]
    assert stream.totals == [Total("support", "7", "abc-1-0", NOON, b"t")]
    assert await records.totals("support") == []


async def test_nothing_is_shown_of_what_another_comparer_has_taken_over() -> None:
    records, stream = MemoryRecords(), FakeStream(is_another_s=True)
    sample = Sample("1", "support", "7", NOON, "diff", (), b"text")
    told = Compared(4, samples=[sample], settled=wire.Settled("reader", 3, [("1-0", 300, 2)]))
    with pytest.raises(OvertakenError, match="or the store has lost it"):
        await Recording(records, Limits, stream).add(told, "abc-1")
    assert (await records.samples(Wanted("support"))).samples == []
    await Recording(records, Limits, stream).add(Compared(5, samples=[sample]), "abc-1")
    assert len((await records.samples(Wanted("support"))).samples) == 1
