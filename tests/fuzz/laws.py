"""The laws of the border where bytes become messages. Whatever the bytes are:

1. Nothing is raised but `MalformedMessageError`.
2. However the bytes are cut, and whatever was read before them, the verdict is the same.
3. What is accepted is the same single message to h11 and httptools, which know nothing of us: as we
   write it anew, so that no backend can see more requests, or other ones, than we saw; and as it
   came in, unless they refuse it, so that no proxy before us passed on another one than we saw.
4. Nothing that speaks in our name, or was meant for us alone, is among the fields passed on.

The fuzzer looks for bytes that break one of them; `test_laws.py` holds all that was found so far to
them.
"""

import itertools
import random
import zlib
from collections.abc import Iterable

from tests.fuzz import witnesses
from tests.fuzz.reading import PREFIX, Read, Reader, Replies, Requests, reply_memory, request_memory
from tests.fuzz.witnesses import Seen

HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)

_REQUESTS_BEFORE = request_memory()
_REPLIES_BEFORE = reply_memory()
"""What was read before, by all inputs of this process."""


def check(data: bytes) -> None:
    """Hold an input to all laws.

    Its first byte says what it is: an answer (A), an answer to HEAD (H), anything else: requests.
    """
    kind, stream = data[:1], data[1:]
    if kind in (b"A", b"H"):
        _check_replies(stream, to_head=kind == b"H")
    else:
        _check_requests(stream)


def _check_requests(stream: bytes) -> None:
    whole = Requests(_REQUESTS_BEFORE)
    whole.feed(stream)
    for cuts in _ways_to_cut(stream):
        other = Requests(request_memory())
        _feed_all(other, cuts)
        assert other.verdict() == whole.verdict(), "the verdict depends on how the bytes were cut"
    for message in whole.messages:
        _check_fields(message)
        names_passed_on = {line.partition(b":")[0].lower() for line in message.fields}
        assert not names_passed_on & {b"host", b"te", b"http2-settings"}, "a field is ours to write"
        method, target, _ = message.first
        expected = Seen((method, target), message.payload, _lowered(message.trailers))
        for witness in (witnesses.request_by_h11, witnesses.request_by_httptools):
            seen, fields = witness(message.written)
            assert seen == expected, f"{witness.__name__} sees another request in what we write"
            _check_passed_on(message, fields)
        _check_request_as_it_came(message)


def _check_request_as_it_came(message: Read) -> None:
    method, target, _ = message.first
    for witness in (witnesses.request_by_h11, witnesses.request_by_httptools):
        if witness is witnesses.request_by_httptools and b"\nupgrade" in message.raw.lower():
            continue  # it ends at the head also where nobody has to heed the wish to upgrade
        try:
            seen, fields = witness(message.raw)
        except witnesses.REFUSED:
            continue
        assert seen.first[0] == method, f"{witness.__name__} saw another method"
        assert _is_same_target(seen.first[1], target), f"{witness.__name__} saw another target"
        assert seen.payload == message.payload, f"{witness.__name__} saw another payload"
        _check_passed_on(message, fields)


def _is_same_target(seen: bytes, target: bytes) -> bool:
    """Compare what came with what we made of it: an absolute-form became origin-form, or `*`."""
    if seen[:1] in (b"/", b"*"):
        return seen == target
    return target == b"*" or seen.endswith(target.removeprefix(b"/"))


def _check_replies(stream: bytes, *, to_head: bool) -> None:
    whole = Replies(_REPLIES_BEFORE, to_head=to_head)
    whole.feed(stream)
    for cuts in _ways_to_cut(stream):
        other = Replies(reply_memory(), to_head=to_head)
        _feed_all(other, cuts)
        assert other.verdict() == whole.verdict(), "the verdict depends on how the bytes were cut"
    for message in whole.messages:
        _check_reply_as_it_came(message, to_head=to_head)
    whole.hang_up()
    for message in whole.messages:
        _check_fields(message)
        if message.first[0] == b"101":
            continue  # what follows is another protocol, which no HTTP parser reads
        expected = Seen(message.first, message.payload, _lowered(message.trailers))
        seen, fields = witnesses.reply_by_h11(message.written, to_head=to_head)
        assert seen == expected, "h11 sees another answer in what we write"
        _check_passed_on(message, fields)
        if not to_head:
            seen, fields = witnesses.reply_by_httptools(message.written)
            assert seen == expected, "httptools sees another answer in what we write"
            _check_passed_on(message, fields)


def _check_reply_as_it_came(message: Read, *, to_head: bool) -> None:
    if message.first[0] == b"101":
        return
    try:
        seen, fields = witnesses.reply_by_h11(message.raw, to_head=to_head)
    except witnesses.REFUSED:
        return
    assert seen.first == message.first, "h11 saw another status"
    assert seen.payload == message.payload, "h11 saw another payload"
    _check_passed_on(message, fields)


def _ways_to_cut(stream: bytes) -> Iterable[list[bytes]]:
    yield [stream[at : at + 1] for at in range(len(stream))]
    dice = random.Random(zlib.crc32(stream))
    places = sorted(dice.randrange(len(stream) + 1) for _ in range(dice.randrange(1, 6)))
    borders = [0, *places, len(stream)]
    yield [stream[start:end] for start, end in itertools.pairwise(borders)]


def _feed_all(reader: Reader, pieces: list[bytes]) -> None:
    for piece in pieces:
        if piece:
            reader.feed(piece)


def _check_fields(message: Read) -> None:
    for line in message.fields:
        name, colon, value = line.partition(b":")
        straight = name.lower().replace(b"_", b"-")
        assert colon, "a line is no field"
        assert line.endswith(b"\r\n"), "a field has no end"
        assert not set(value[:-2]) & set(b"\r\n\0"), "a field holds a line's end"
        assert not straight.startswith(PREFIX), "a field speaks in our name"
        assert straight not in HOP_BY_HOP, "a field was meant for us alone"
        assert straight != b"content-length", "framing passed through"


def _check_passed_on(message: Read, seen: list[tuple[bytes, bytes]]) -> None:
    for line in message.fields:
        name, _, value = line.partition(b":")
        assert (name.lower(), value.strip()) in seen, "a field was lost or changed on its way"


def _lowered(fields: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.lower(), value)
        for name, value in fields
        if not name.lower().replace(b"_", b"-").startswith(PREFIX)
    )
