"""Messages to bytes and back, sans-I/O: frames of msgpack.

The body is `[tag, fields]`, where the tag is the message's class name. Whoever owns the socket
feeds the `Decoder` with whatever chunks arrive; it survives any chunking.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from router.errors import WireError
from router.wire.comparing import CompareBy, Compared, Finish, FromComparer, Kept, ToComparer
from router.wire.frames import Frames, frame
from router.wire.messages import (
    Accept,
    Accepting,
    Applied,
    Apply,
    Drain,
    Hello,
    Lease,
    Leaving,
    Locate,
    Telemetry,
    ToSupervisor,
    ToWorker,
)

Message = ToWorker | ToSupervisor | ToComparer | FromComparer

MAX_FRAME: Final = 16 * 1024 * 1024
"""Bytes. A snapshot of thousands of services fits; a length read from garbage does not."""

_KINDS: Final = (
    Accept, Accepting, Applied, Apply, Drain, Hello, Lease, Leaving, Locate, Telemetry,
    CompareBy, Compared, Finish, Kept,
)  # fmt: skip
_decoders: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {
    kind.__name__: msgspec.msgpack.Decoder(kind) for kind in _KINDS
}
_envelope: Final = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_encoder: Final = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """Return the frame of ``message``."""
    try:
        body = _encoder.encode((type(message).__name__, message))
    except (TypeError, ValueError, OverflowError) as error:
        raise WireError(f"{type(message).__name__} cannot be sent: {error}") from error
    if len(body) > MAX_FRAME:
        raise WireError(f"{type(message).__name__} has {len(body)} bytes, at most {MAX_FRAME} fit")
    return frame(body)


class Decoder:
    """Collects chunks and gives back whole messages. After a `WireError` it is of no more use."""

    __slots__ = ("_frames",)

    def __init__(self) -> None:
        self._frames = Frames(MAX_FRAME)

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Take ``chunk`` and yield every message that it completes."""
        return map(_decode, self._frames.feed(chunk))


def _decode(body: bytes) -> Message:
    try:
        tag, fields = _envelope.decode(body)
        message: Message = _decoders[tag].decode(fields)
    except KeyError as error:
        raise WireError(f"no message is called {error}") from error
    # UnicodeDecodeError (a ValueError) and RecursionError are not wrapped by msgspec.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(f"a frame holds no message of ours: {error}") from error
    return message
