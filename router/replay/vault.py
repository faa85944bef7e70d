"""The vault: whole pairs that a router has kept under lock and key, of which the requests count."""

from collections.abc import AsyncIterator

from router.compare.pair import Asked
from router.errors import RecordingError, VaultError, WireError
from router.store.records import Records, place_of
from router.vault import Vault
from router.wire.pairs import PairDecoder


async def read_vault(records: Records, vault: Vault, service: str) -> AsyncIterator[Asked]:
    """Yield the requests that were kept, the oldest first; raise `RecordingError`, `StoreError`."""
    after = None
    while page := await records.all_sealed(service, after=after):
        for sealed in page:
            try:
                opened = vault.open(sealed.text, sealed.service, sealed.id)
                pairs = [pair for batch in PairDecoder().feed(opened) for pair in batch]
            except (VaultError, WireError) as error:
                raise RecordingError(f"pair {sealed.id} of the vault: {error}") from error
            for pair in pairs:
                yield pair.request
        after = place_of(page[-1])
