"""Pairs on their way from a worker to the comparer, sans-I/O: frames of msgpack, a batch in each.

A batch of eight costs a worker 1.5 µs a pair. Whoever owns the socket feeds the `PairDecoder` with
whatever chunks arrive; it survives any chunking.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from router.compare.pair import Answer, Asked, Pair
from router.errors import WireError
from router.wire.frames import Frames, frame

MAX_BATCH: Final = 16 * 1024 * 1024
"""Bytes. Sixty bodies of the default `max_body` fit; whoever sends makes batches much smaller."""

PAIR_OVERHEAD: Final = 1024
"""Bytes that a pair takes beside its header fields and bodies, roughly."""

FIELD_OVERHEAD: Final = 120
"""Bytes that a header field takes beside what it says: a tuple and two objects."""

Row = Mapping[str, object]
"""A pair as its field names and values, parts likewise; what is left out has its default.

Who makes one for each request saves 7 µs: a frozen dataclass checks each field that it is given.
"""

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Pair])


def encode_pairs(batch: Sequence[Pair] | Sequence[Row]) -> bytes:
    """Return the frame of ``batch``; raise `WireError` where that is too large."""
    body = _encoder.encode(batch)
    if len(body) > MAX_BATCH:
        raise WireError(f"a batch of pairs has {len(body)} bytes, at most {MAX_BATCH} fit")
    return frame(body)


def held_bytes(pair: Pair) -> int:
    """Return about how much memory a pair takes: what bounded buffers count."""
    held = PAIR_OVERHEAD + len(pair.request.target) + _held_by(pair.request)
    held += sum(map(len, pair.callers))
    for answer in (pair.legacy, pair.ai, pair.legacy_repeat, pair.ai_repeat):
        if answer is not None:
            held += _held_by(answer)
    return held


def _held_by(part: Asked | Answer) -> int:
    said = sum(len(name) + len(value) for name, value in part.fields)
    return len(part.body) + FIELD_OVERHEAD * len(part.fields) + said


class PairDecoder:
    """Collects chunks and gives back whole batches. After a `WireError` it is of no more use."""

    __slots__ = ("_frames",)

    def __init__(self) -> None:
        self._frames = Frames(MAX_BATCH)

    def feed(self, chunk: bytes) -> Iterator[list[Pair]]:
        """Take ``chunk`` and yield every batch that it completes."""
        return map(_decode, self._frames.feed(chunk))


def _decode(body: bytes) -> list[Pair]:
    try:
        return _decoder.decode(body)
    # UnicodeDecodeError (a ValueError) and RecursionError are not wrapped by msgspec.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(f"a frame holds no pairs: {error}") from error
