from router.control.recording import Recording
from router.store.memory_records import MemoryRecords
from router.store.records import Limits, Minute, Sampled, Sealed, Total, Wanted
from router.wire.comparing import Compared, Counted, Sample
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
