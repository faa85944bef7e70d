"""One request and what both variants answered to it, as the data plane captured it.

Bodies are as they were sent, encodings included; nothing is masked yet: a pair never leaves the
processes of this router unless it is encrypted. Names of header fields are lower-case.
"""

import enum
from dataclasses import dataclass, field

from router.model import Variant

Fields = list[tuple[bytes, bytes]]


class Loss(enum.StrEnum):
    """Why an answer is not whole."""

    UNREACHABLE = "unreachable"  # no byte of the request was sent
    TIMEOUT = "timeout"
    LOST = "lost"  # the connection ended
    MALFORMED = "malformed"  # what came was not an answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `size` is the body's; `body` is empty where that is beyond what is captured."""

    method: bytes
    target: bytes
    fields: Fields
    body: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one variant answered.

    fields: `x-gray-*` among them, hop-by-hop ones too. body: empty where `size` is beyond what is
    captured; then `digest` is the whole body's BLAKE2b-128, else it is empty. seconds and
    first_byte: from the sending of the request on. loss: None where it is whole; then what came
    before stands here.
    """

    variant: Variant
    status: int  # 0 where none came
    fields: Fields
    body: bytes
    size: int
    digest: bytes = b""
    seconds: float = 0.0
    first_byte: float = 0.0
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Both variants' answers to one request, and second answers where a variant was asked twice.

    phase: the release's. at: when the request came, in Unix seconds. served: whose answer the user
    got, None for a mirrored request. Repeats were sent at the same moment as the answers that they
    repeat. weight: how many sampled requests this one stands for, 1 unless pairs were sampled down.
    callers: keys of whoever asked that the request as it was copied does not bear: a cookie, say.
    Digests are made of them, and they go no further: into no sample and no original.
    """

    service: str
    request_id: bytes
    phase: int
    at: float
    request: Asked
    served: Variant | None
    legacy: Answer
    ai: Answer
    legacy_repeat: Answer | None = None
    ai_repeat: Answer | None = None
    weight: int = 1
    callers: tuple[bytes, ...] = field(default=(), repr=False)
