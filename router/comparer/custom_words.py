"""What is said between the comparer and the process of a service's own function.

Frames of msgpack over a socket. The process speaks first: once it has the function, or has not.
Then each `Question` has its `Reply`.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from router.compare.custom import Question, Said
from router.wire.frames import frame

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of a question. Longer ones are not asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A verdict, or why there is none. detail: what was raised and where, never its text."""

    said: Said
    detail: str = ""


READY: Final = Reply("same")
"""Said by a process that has loaded the function."""


def encode(message: Question | Reply) -> bytes:
    """Return the frame of a message, or raise ValueError or RecursionError."""
    body = _encoder.encode(message)
    if len(body) > MOST_BYTES:
        raise ValueError("too long")
    return frame(body)


def question_of(body: bytes) -> Question:
    """Read the body of a frame."""
    return Question(**_documents.decode(body))


def reply_of(body: bytes) -> Reply:
    """Read the body of a frame, or raise ValueError: the function may write what it likes."""
    return _reply.decode(body)


_encoder: Final = msgspec.msgpack.Encoder()
_documents: Final = msgspec.msgpack.Decoder(dict[str, Any])  # msgspec knows no type of JSON
_reply: Final = msgspec.msgpack.Decoder(Reply)
