"""By what a caller is found again who is to be forgotten: never by the key itself."""

import hashlib
from typing import Final

DIGEST_BYTES: Final = 16


class Callers:
    """Turns a caller's key, or the id of a request, into what stands beside a record.

    secret: 32 random bytes that all replicas share. Who has it and the records can try out whether
    somebody they think of is among them, and read nobody out of them.
    """

    __slots__ = ("_hasher",)

    def __init__(self, secret: bytes) -> None:
        self._hasher = hashlib.blake2b(key=secret, digest_size=DIGEST_BYTES, person=b"gray-caller")

    def digest(self, key: bytes) -> bytes:
        """Return what a caller's key, or a request's id, is found by."""
        hasher = self._hasher.copy()
        hasher.update(key)
        return hasher.digest()
