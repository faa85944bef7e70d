"""One answer, as far as it is kept: all of it up to a limit, beyond that its size and its hash."""

from hashlib import blake2b
from typing import Final

from router.compare.pair import Fields, Loss
from router.http1.reply_head import ReplyHead
from router.model import Variant

HASH_BYTES: Final = 16

NO_FIELDS: Final[Fields] = []


class Kept:
    """Bytes that are kept as they pass. `size` is how many there were.

    In one piece, since small pieces would take many times what they say. Most come in one.
    """

    __slots__ = ("_body", "_hasher", "_most", "size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._body: bytes | bytearray = b""
        self._hasher: blake2b | None = None
        self.size = 0

    @property
    def is_beyond(self) -> bool:
        return self._hasher is not None

    def take(self, payload: bytes) -> int:
        """Take more; return how many bytes more are held, less than none when all is let go of."""
        size = len(payload)
        if not self.size and size <= self._most:
            self.size = size
            self._body = payload
            return size
        return self._take_more(payload)

    def _take_more(self, payload: bytes) -> int:
        size = self.size = self.size + len(payload)
        if self._hasher is not None:
            self._hasher.update(payload)
            return 0
        if size > self._most:
            self._hasher = hasher = blake2b(self._body, digest_size=HASH_BYTES)
            hasher.update(payload)
            held, self._body = len(self._body), b""
            return -held
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += payload
        return len(payload)

    def read(self) -> bytes:
        """Return all of it, or nothing where it was too much."""
        body = self._body
        if not isinstance(body, bytes):
            self._body = body = bytes(body)
        return body

    def digest(self) -> bytes:
        """Return the hash of what was too much to be kept."""
        return b"" if self._hasher is None else self._hasher.digest()


class Capture(Kept):
    """One variant's answer. Times are of the worker's clock; `began` is when it was asked."""

    __slots__ = ("began", "ended", "fields", "first_byte", "is_whole", "loss", "status", "variant")

    variant: Variant

    def __init__(self, variant: Variant, most: int) -> None:
        # As `Kept` does: its constructor would be one call more, for two answers of each request.
        self._most = most
        self._body = b""
        self._hasher = None
        self.size = 0
        self.variant = variant
        self.began = 0.0
        self.first_byte = 0.0
        self.ended = 0.0
        self.status = 0
        self.fields = NO_FIELDS
        self.is_whole = False
        self.loss: Loss | None = None

    def begin(self, head: ReplyHead, now: float) -> None:
        """Take the answer's head."""
        self.status = head.status
        self.fields = head.fields
        self.first_byte = now

    def end(self, now: float, loss: Loss | None = None) -> None:
        """Take nothing more; loss: why it is not whole."""
        self.ended = now
        self.loss = loss
        self.is_whole = loss is None
