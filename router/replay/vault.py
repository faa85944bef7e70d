"""The vault: whole pairs that a router has kept under lock and key, of which the requests count."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from router.compare.pair import Pair
from router.errors import UnknownKeyError, VaultError, WireError
from router.replay.entries import Broken, Entry, Recorded
from router.store.records import Records, Sealed, place_of
from router.vault import Vault
from router.wire.pairs import PairDecoder

PAGE: Final = 32
"""Originals that are asked for at once: one may be of a megabyte."""

OVER: Final = "its time is over, so it is not asked again"


class VaultReader:
    """Goes through the originals of a service, from the oldest on.

    ``wall``: Unix seconds. Nothing says how many there are, but they end where time does, and so
    it is known how far it is.
    """

    def __init__(
        self, records: Records, vault: Vault, service: str, wall: Callable[[], float]
    ) -> None:
        self._records = records
        self._vault = vault
        self._service = service
        self._wall = wall
        self._until = wall()
        self._from: float | None = None
        self._at = 0.0

    @property
    def share(self) -> float | None:
        """Say how far it is; None as long as nothing was found."""
        if self._from is None:
            return None
        span = self._until - self._from
        return min(1.0, (self._at - self._from) / span) if span > 0 else 1.0

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield the requests that were kept, and what does not open; raise `StoreError`."""
        after = None
        while page := await self._records.all_sealed(self._service, after=after, limit=PAGE):
            for sealed in page:
                self._at = sealed.at
                if self._from is None:
                    self._from = sealed.at
                for entry in self._opened(sealed):
                    yield entry
            after = place_of(page[-1])

    def _opened(self, sealed: Sealed) -> list[Entry]:
        place = f"pair {sealed.id}"
        if sealed.expires <= self._wall():  # whoever prunes has not been there since
            return [Broken(place, OVER)]
        try:
            opened = self._vault.open(sealed.text, sealed.service, sealed.id)
            pairs: list[Pair] = [pair for batch in PairDecoder().feed(opened) for pair in batch]
        except UnknownKeyError as error:
            return [Broken(place, f"{error}; those here are {', '.join(self._vault.names)}")]
        except VaultError as error:
            return [Broken(place, str(error))]
        except WireError:  # what it says may name what it has found, and that is content
            return [Broken(place, "it holds no pair that this version reads")]
        return [Recorded(pair.request, place, self._service) for pair in pairs]
