import secrets
from collections.abc import AsyncIterator

import pytest

from router.compare.pair import Asked
from router.errors import RecordingError
from router.model import Variant
from router.replay.vault import read_vault
from router.store.memory_records import MemoryRecords
from router.store.records import Sealed
from router.vault import Vault
from router.wire.pairs import encode_pairs
from tests.support.pairs_shown import answered, asked, pair_of
from tests.support.stored import NOON

KEY = bytes(range(32))
VAULT = Vault([KEY], secrets.token_bytes)
PAIR = pair_of(answered(Variant.LEGACY, b"{}"), answered(Variant.AI, b"{}"), asked(b'{"a": 1}'))


def sealed(number: int, service: str = "support") -> Sealed:
    text = VAULT.seal(encode_pairs([PAIR]), service, f"s{number:04}")
    return Sealed(f"s{number:04}", service, NOON + number, NOON + 1e6, (), text)


async def read(requests: AsyncIterator[Asked]) -> list[Asked]:
    return [request async for request in requests]


async def test_the_requests_of_a_service_come_as_they_were_asked() -> None:
    records = MemoryRecords()
    await records.keep([], [sealed(number) for number in range(1500)])
    await records.keep([], [sealed(5000, "orders")])
    requests = await read(read_vault(records, VAULT, "support"))
    assert len(requests) == 1500
    assert requests[0] == PAIR.request


async def test_an_empty_vault_has_none() -> None:
    assert await read(read_vault(MemoryRecords(), VAULT, "support")) == []


async def test_what_another_key_has_sealed_is_named() -> None:
    records = MemoryRecords()
    await records.keep([], [sealed(7)])
    with pytest.raises(RecordingError, match="pair s0007 of the vault"):
        await read(read_vault(records, Vault([bytes(32)], secrets.token_bytes), "support"))
