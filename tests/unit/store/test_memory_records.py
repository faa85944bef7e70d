from router.store.memory_records import MemoryRecords, RecordShelf
from tests.support.recorded import sampled


async def test_records_of_their_own_share_nothing() -> None:
    await MemoryRecords().keep([sampled(1)])
    assert await MemoryRecords().sample("sample-1") is None


async def test_records_upon_one_shelf_share_everything() -> None:
    shelf = RecordShelf()
    await MemoryRecords(shelf).keep([sampled(1)])
    assert await MemoryRecords(shelf).sample("sample-1") == sampled(1)
