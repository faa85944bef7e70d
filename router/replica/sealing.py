"""What one replica says to another, and proof that it comes from one that knows the secret.

A message is sealed for one recipient, one moment and one use. A clock that was stepped must not
keep a rollback from being heard: what is refused for its time is answered with the recipient's,
sealed, and the sender seals it again for that. To repeat a rollback does nothing: whoever has
heard of it knows it.
"""

import enum
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

WINDOW: Final = 30.0
"""Seconds by which sender and recipient may differ, and for which a nonce is remembered, twice."""

_DOMAIN: Final = b"gray-router peer 1"


@dataclass(frozen=True, slots=True)
class Message:
    """kind: what the body means. at: Unix seconds. nonce: used once."""

    kind: str
    sender: str
    recipient: str
    at: float
    nonce: str
    body: bytes

    def canonical(self) -> bytes:
        """Write it in the one form that is signed: each part behind its length."""
        texts = (self.kind, self.sender, self.recipient, f"{self.at:.6f}", self.nonce)
        parts = (_DOMAIN, *(text.encode() for text in texts), self.body)
        return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


class Verdict(enum.StrEnum):
    """What comes of a sealed message."""

    ACCEPTED = "accepted"
    FORGED = "forged"
    MISDIRECTED = "misdirected"
    UNTIMELY = "untimely"
    REPEATED = "repeated"


def seal(message: Message, secret: bytes) -> str:
    """Return the signature: HMAC-SHA256, in hex."""
    return hmac.new(secret, message.canonical(), hashlib.sha256).hexdigest()


def is_sealed(message: Message, signature: str, secret: bytes) -> bool:
    """Compare in constant time. An empty secret seals nothing."""
    expected = seal(message, secret).encode()
    return bool(secret) and hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Nonces:
    """Those that were used, and when, in Unix seconds of whoever remembers them."""

    used: Mapping[str, float] = field(default_factory=dict[str, float])

    def later(self, now: float) -> "Nonces":
        """Forget what is untimely by now; also what a stepped clock has put into the future."""
        kept = {nonce: at for nonce, at in self.used.items() if abs(now - at) <= 2 * WINDOW}
        return replace(self, used=kept)

    def used_now(self, nonce: str, now: float) -> "Nonces":
        return replace(self, used={**self.used, nonce: now})


def judged(
    message: Message, signature: str, secret: bytes, *, me: str, now: float, nonces: Nonces
) -> tuple[Verdict, Nonces]:
    """Judge a message, and return what is remembered of it; who it is from comes first."""
    if not is_sealed(message, signature, secret):
        return Verdict.FORGED, nonces
    if message.recipient != me:
        return Verdict.MISDIRECTED, nonces
    if abs(now - message.at) > WINDOW:
        return Verdict.UNTIMELY, nonces
    known = nonces.later(now)
    if message.nonce in known.used:
        return Verdict.REPEATED, known
    return Verdict.ACCEPTED, known.used_now(message.nonce, now)


def retimed(message: Message, theirs: float, nonce: str) -> Message:
    """Return the message for the recipient's time, which it has sent under seal."""
    return replace(message, at=theirs, nonce=nonce)
