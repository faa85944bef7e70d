"""Pairs under seal, as they wait in the stream: bodies, header fields and targets, all of it.

What is sealed for one store and service opens for no other, and nothing from the vault opens here.
"""

from collections.abc import Callable, Sequence
from typing import Final

from router.compare.pair import Pair
from router.errors import UnreadableError, VaultError, WireError
from router.vault import STREAMED, Vault
from router.wire.pairs import PairDecoder, encode_pairs


class Seals:
    """``place``: what the keys of the store begin with. ``entropy`` gives so many random bytes."""

    def __init__(self, keys: Sequence[bytes], entropy: Callable[[int], bytes], place: str) -> None:
        self._entropy: Final = entropy
        self._place: Final = place
        self.renew(keys)

    def renew(self, keys: Sequence[bytes]) -> None:
        """Seal with the first of these from now on, and open with any."""
        self._vault = Vault(keys, self._entropy, STREAMED)

    def seal(self, service: str, pairs: Sequence[Pair]) -> bytes:
        """Return the pairs of one service under seal; raise `WireError` where they are too much."""
        return self._vault.seal(encode_pairs(pairs), self._place, service)

    def open(self, service: str, sealed: bytes) -> list[Pair]:
        """Return the pairs that were sealed for this service; raise `UnreadableError`."""
        try:
            plain = self._vault.open(sealed, self._place, service)
            pairs = [pair for batch in PairDecoder().feed(plain) for pair in batch]
        except (VaultError, WireError) as error:
            raise UnreadableError(_why(error)) from error
        if any(pair.service != service for pair in pairs):
            raise UnreadableError("it holds pairs of another service")
        return pairs


def _why(error: VaultError | WireError) -> str:
    """What the decoder says may name what it has found, and that is content."""
    if isinstance(error, VaultError):
        return str(error)
    return "it holds no pairs that this version reads"
