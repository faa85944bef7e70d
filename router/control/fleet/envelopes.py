"""A sealed message as it travels, and the seal of one replica.

Where replicas share no secret, certificates alone say who may speak (mutual TLS); the seal is then
made with a key that is none, and still binds each answer to its question.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from router.control.fleet.messages import Name, read
from router.errors import PeerMessageError
from router.replica.sealing import Message, is_sealed, seal

TLS_ALONE: Final = b"gray-router: certificates say who may speak"
"""What seals where there is no secret."""

_LATEST: Final = 1e11
"""Unix seconds; a few thousand years from now."""


class _Envelope(msgspec.Struct, frozen=True):
    kind: Name
    sender: Name
    recipient: Name
    at: Annotated[float, msgspec.Meta(ge=0, le=_LATEST)]
    nonce: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]
    body: bytes
    seal: Annotated[str, msgspec.Meta(min_length=64, max_length=64)]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message, and what is to prove whose it is; nobody has looked yet whether it does."""

    message: Message
    signature: str


def opened(text: bytes) -> Sealed:
    """Read an envelope; raise `PeerMessageError` where there is none."""
    found = read(text, _Envelope, "an envelope")
    message = Message(found.kind, found.sender, found.recipient, found.at, found.nonce, found.body)
    return Sealed(message, found.seal)


@dataclass(frozen=True, slots=True)
class Seal:
    """One replica's. name: its own. clock: Unix seconds. nonce: another text each time."""

    name: str
    key: bytes = field(repr=False)
    clock: Callable[[], float]
    nonce: Callable[[], str]

    @property
    def proves_by_itself(self) -> bool:
        """Whether it takes a secret to make it, so that no certificate is needed beside it."""
        return self.key != TLS_ALONE

    def message(self, kind: str, recipient: str, body: bytes) -> Message:
        """Write to a replica, as of now."""
        return Message(kind, self.name, recipient, self.clock(), self.nonce(), body)

    def reply(self, asked: Message, kind: str, body: bytes = b"") -> Message:
        """Answer: it bears the nonce of what was asked, so that it is no answer to anything else.

        It is as of our own time, which a sender may need who was late.
        """
        return Message(kind, self.name, asked.sender, self.clock(), asked.nonce, body)

    def close(self, message: Message) -> bytes:
        """Write the envelope."""
        fields = (message.sender, message.recipient, message.at, message.nonce, message.body)
        return msgspec.json.encode(_Envelope(message.kind, *fields, seal(message, self.key)))

    def answer_in(self, text: bytes, asked: Message) -> Message:
        """Return the answer to what we asked; raise `PeerMessageError` for what is none."""
        found = opened(text)
        message = found.message
        if not is_sealed(message, found.signature, self.key):
            raise PeerMessageError("the answer is not sealed with our secret")
        expected = (asked.recipient, self.name, asked.nonce)
        if (message.sender, message.recipient, message.nonce) != expected:
            raise PeerMessageError("the answer belongs to another question")
        return message
