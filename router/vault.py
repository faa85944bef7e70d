"""The lock of the vault: bytes that only who has `records.key` can read, and nobody can move.

AES-256-GCM. Each message has a key of its own, BLAKE2b over 16 random bytes under the vault's key,
so that no number of messages uses a nonce twice. What a message belongs to (as a service and an id)
is bound into it: in another's place it does not open. What it was sealed with is named by a keyed
hash, from which nothing of the key can be read, so that a vault opens what an earlier key has
sealed for as long as it is told that key, too. What is sealed for one purpose opens for no other.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.errors import UnknownKeyError, VaultError

KEY_BYTES: Final = 32

_FORMAT: Final = b"\x01"
_ID_BYTES: Final = 8
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_FORMAT) + _ID_BYTES + _SALT_BYTES + _NONCE_BYTES
_TAG_BYTES: Final = 16

ORIGINALS: Final = b"gray-vault"
"""Purpose: whole pairs that a store keeps."""
STREAMED: Final = b"gray-stream"
"""Purpose: pairs on their way from one process to another."""


class Vault:
    """Seals with the first of its keys and opens with any. `entropy` gives so many random bytes.

    purpose: at most 16 bytes.
    """

    __slots__ = ("_entropy", "_keys", "_newest", "_purpose")

    def __init__(
        self,
        keys: Sequence[bytes],
        entropy: Callable[[int], bytes],
        purpose: bytes = ORIGINALS,
    ) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault has keys of {KEY_BYTES} bytes each, and one at least")
        self._purpose: Final = purpose
        self._keys: Final = {_id(key): key for key in keys}
        self._newest: Final = _id(keys[0])
        self._entropy: Final = entropy

    def __repr__(self) -> str:
        return f"Vault(…{len(self._keys)})"

    @property
    def names(self) -> tuple[str, ...]:
        """Return what its keys are called where people read it, the one that seals first."""
        return tuple(key.hex() for key in self._keys)

    def seal(self, plain: bytes, *bound: str) -> bytes:
        """Encrypt ``plain`` as what belongs to ``bound``."""
        salt, nonce = self._entropy(_SALT_BYTES), self._entropy(_NONCE_BYTES)
        head = _FORMAT + self._newest + salt + nonce
        cipher = self._cipher(self._keys[self._newest], salt)
        return head + cipher.encrypt(nonce, plain, _bound(head, bound))

    def open(self, sealed: bytes, *bound: str) -> bytes:
        """Return what was sealed for ``bound``; raise `VaultError`."""
        head, text = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        if len(text) < _TAG_BYTES or not head.startswith(_FORMAT):
            raise VaultError("this was sealed by no version that this one knows")
        key = self._keys.get(head[1 : 1 + _ID_BYTES])
        if key is None:
            raise UnknownKeyError(head[1 : 1 + _ID_BYTES].hex())
        salt, nonce = head[-_NONCE_BYTES - _SALT_BYTES : -_NONCE_BYTES], head[-_NONCE_BYTES:]
        try:
            return self._cipher(key, salt).decrypt(nonce, text, _bound(head, bound))
        except InvalidTag:
            raise VaultError("this was changed after it was sealed, or belongs elsewhere") from None

    def _cipher(self, key: bytes, salt: bytes) -> AESGCM:
        return AESGCM(
            hashlib.blake2b(salt, key=key, digest_size=KEY_BYTES, person=self._purpose).digest()
        )


def _id(key: bytes) -> bytes:
    return hashlib.blake2b(key=key, digest_size=_ID_BYTES, person=b"gray-key-id").digest()


def _bound(head: bytes, bound: Sequence[str]) -> bytes:
    """Lengths keep ("a", "bc") apart from ("ab", "c")."""
    words = [word.encode("utf-8", "surrogateescape") for word in bound]
    return head + b"".join(len(word).to_bytes(4, "big") + word for word in words)
