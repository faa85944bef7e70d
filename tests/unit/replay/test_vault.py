import secrets
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from router.model import Variant
from router.replay.entries import Broken, Entry, Recorded
from router.replay.vault import OVER, PAGE, VaultReader
from router.store.memory_records import MemoryRecords
from router.store.records import Place, Sealed
from router.vault import Vault
from router.wire.frames import frame
from router.wire.pairs import encode_pairs
from tests.support.pairs_shown import answered, asked, pair_of
from tests.support.stored import NOON

KEY, FORMER, LOST = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
VAULT = Vault([KEY], secrets.token_bytes)
PAIR = pair_of(answered(Variant.LEGACY, b"{}"), answered(Variant.AI, b"{}"), asked(b'{"a": 1}'))


def sealed(
    number: int, service: str = "support", vault: Vault = VAULT, plain: bytes | None = None
) -> Sealed:
    plain = encode_pairs([PAIR]) if plain is None else plain
    text = vault.seal(plain, service, f"s{number:04}")
    return Sealed(f"s{number:04}", service, NOON + number, NOON + 1e6, (), text)


def reader(records: MemoryRecords, *keys: bytes) -> VaultReader:
    vault = Vault(keys or [KEY], secrets.token_bytes)
    return VaultReader(records, vault, "support", lambda: NOON + 1000)


async def read(it: VaultReader) -> list[Entry]:
    return [entry async for entry in it.entries()]


async def test_the_requests_of_a_service_come_as_they_were_asked() -> None:
    records = MemoryRecords()
    await records.keep([], [sealed(number) for number in range(1500)])
    await records.keep([], [sealed(5000, "orders")])
    entries = await read(reader(records))
    assert len(entries) == 1500
    assert entries[0] == Recorded(PAIR.request, "pair s0000", "support")


async def test_few_originals_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    records = MemoryRecords()
    await records.keep([], [sealed(number) for number in range(3 * PAGE)])
    held: list[int] = []
    everything = records.all_sealed

    async def counted(
        service: str, *, after: Place | None = None, limit: int = 1000
    ) -> Sequence[Sealed]:
        page = await everything(service, after=after, limit=limit)
        held.append(len(page))
        return page

    monkeypatch.setattr(records, "all_sealed", counted)
    assert len(await read(reader(records))) == 3 * PAGE
    assert held == [PAGE, PAGE, PAGE, 0]


async def test_an_empty_vault_has_none() -> None:
    it = reader(MemoryRecords())
    assert await read(it) == []
    assert it.share is None


async def test_how_far_it_is_is_told_by_the_time_of_what_was_kept() -> None:
    records = MemoryRecords()
    await records.keep([], [sealed(number) for number in (0, 250, 2000)])
    it = reader(records)
    assert [it.share async for _ in it.entries()] == [0.0, 0.25, 1.0]


async def test_what_former_keys_have_sealed_is_read_beside_what_the_newest_has() -> None:
    records = MemoryRecords()
    before = Vault([FORMER], secrets.token_bytes)
    await records.keep([], [sealed(1, vault=before), sealed(2)])
    assert len([it for it in await read(reader(records, KEY, FORMER)) if type(it) is Recorded]) == 2


async def test_what_no_key_opens_is_said_with_the_names_of_keys_and_the_rest_goes_on() -> None:
    records = MemoryRecords()
    lost = Vault([LOST], secrets.token_bytes)
    await records.keep([], [sealed(1, vault=lost), sealed(2)])
    broken, opened = await read(reader(records))
    assert isinstance(opened, Recorded)
    assert isinstance(broken, Broken)
    assert broken.place == "pair s0001"
    assert lost.names[0] in broken.why
    assert f"those here are {VAULT.names[0]}" in broken.why


async def test_what_was_changed_is_said_and_the_rest_goes_on() -> None:
    records = MemoryRecords()
    changed = replace(sealed(1), id="s0003")
    await records.keep([], [changed, sealed(2)])
    broken, opened = await read(reader(records))
    assert broken == Broken(
        "pair s0003", "this was changed after it was sealed, or belongs elsewhere"
    )
    assert isinstance(opened, Recorded)


async def test_an_original_that_holds_no_pair_is_said_and_nothing_of_it_is_repeated() -> None:
    records = MemoryRecords()
    plain = frame(msgspec.msgpack.encode([{"sk-secret-4711": 1, "request": "sk-secret-4711"}]))
    await records.keep([], [sealed(1, plain=plain), sealed(2)])
    broken, opened = await read(reader(records))
    assert broken == Broken("pair s0001", "it holds no pair that this version reads")
    assert isinstance(opened, Recorded)


async def test_an_original_whose_time_is_over_is_not_asked_again() -> None:
    records = MemoryRecords()
    over, ends = (replace(sealed(n), expires=NOON + 1000 - n) for n in (1, 0))
    await records.keep([], [over, ends, sealed(2)])
    *broken, opened = await read(reader(records))
    assert broken == [Broken("pair s0000", OVER), Broken("pair s0001", OVER)]
    assert opened == Recorded(PAIR.request, "pair s0002", "support")


async def test_an_original_whose_time_ends_while_it_is_replayed_is_not_asked_again() -> None:
    records = MemoryRecords()
    await records.keep([], [replace(sealed(n), expires=NOON + 1001) for n in (1, 2)])
    times = iter([NOON + 1000, NOON + 1000, NOON + 1001])
    vault = Vault([KEY], secrets.token_bytes)
    first, second = await read(VaultReader(records, vault, "support", lambda: next(times)))
    assert isinstance(first, Recorded)
    assert second == Broken("pair s0002", OVER)
