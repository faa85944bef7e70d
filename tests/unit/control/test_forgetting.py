from router.compare.callers import Callers
from router.control.caller import Caller
from router.control.forgetting import Forgetting
from router.store.memory_records import MemoryRecords
from router.store.records import Removed
from tests.support.recorded import sampled, sealed_of

SECRET = bytes(range(32))
ADA = Callers(SECRET).digest(b"ada-4711")


GRACE = Caller("grace", "10.0.0.1", "token")


class Notes:
    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str, str]] = []

    async def note_done(self, caller: Caller, command: str, service: str, why: str) -> None:
        self.taken.append((caller.name, command, service, why))


async def test_whoever_is_forgotten_is_noted_by_a_digest_and_not_by_the_key() -> None:
    records, notes = MemoryRecords(), Notes()
    await records.keep([sampled(1, callers=(ADA,))], [sealed_of(1, callers=(ADA,))])
    forgetting = Forgetting(records, notes, lambda: SECRET)
    removed = await forgetting.forget(GRACE, "ada-4711", None)
    assert removed == Removed(samples=1, sealed=1)
    assert notes.taken == [("grace", "forget", "", f"{ADA.hex()}: 1 samples, 1 originals")]


async def test_a_caller_is_forgotten_in_one_service() -> None:
    records, notes = MemoryRecords(), Notes()
    await records.keep([sampled(1, callers=(ADA,)), sampled(2, callers=(ADA,), service="billing")])
    forgetting = Forgetting(records, notes, lambda: SECRET)
    await forgetting.forget(GRACE, "ada-4711", "billing")
    assert await records.sample("sample-1") is not None
    assert notes.taken[0][2] == "billing"
