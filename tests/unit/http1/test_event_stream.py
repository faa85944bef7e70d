import re

import pytest
from hypothesis import given, strategies as st

from router.http1.event_stream import ROLLED_BACK_EVENT, Events

LETTERS = st.sampled_from([b"a", b":", b"\n", b"\r", b"\r\n"])
STREAMS = st.lists(LETTERS, max_size=12).map(b"".join)


def fed(*pieces: bytes) -> Events:
    events = Events()
    for piece in pieces:
        events.feed(piece)
    return events


def is_complete(stream: bytes) -> bool:
    """Read as a client does: line by line. The last event is complete behind an empty line."""
    lines = re.split(rb"\r\n|\r|\n", stream)
    return lines[-1] == b"" and (len(lines) == 1 or lines[-2] == b"")


@pytest.mark.parametrize(
    "stream",
    [b"", b"data: a\n\n", b"data: a\r\n\r\n", b"data: a\r\r", b"data: a\n\r\n", b": a\n\n"],
)
def test_behind_a_blank_line_is_between_two_events(stream: bytes) -> None:
    assert fed(stream).is_between


@pytest.mark.parametrize("stream", [b"d", b"data: a", b"data: a\n", b"data: a\r\n", b"a\n\nb\n"])
def test_within_an_event_is_not_between_two(stream: bytes) -> None:
    assert not fed(stream).is_between


@given(STREAMS, st.integers(1, 4))
def test_it_reads_lines_as_a_client_does_whatever_pieces_they_come_in(
    stream: bytes, size: int
) -> None:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    # A client that has seen CR has seen a line's end, and takes an LF behind it for nothing more.
    assert fed(*pieces).is_between == is_complete(stream)


@given(STREAMS, STREAMS)
def test_the_event_that_ends_first_ends_behind_its_blank_line(before: bytes, data: bytes) -> None:
    events = fed(before)
    end = events.feed_to_end(data)
    ends = [at for at in range(1, len(data) + 1) if fed(before, data[:at]).is_between]
    begun = [
        at for at in ends if not (data[at - 1 : at] == b"\n" and _within_crlf(before, data, at))
    ]
    assert end == (begun[0] if begun else -1)
    assert events.is_between == fed(before, data).is_between


def _within_crlf(before: bytes, data: bytes, at: int) -> bool:
    """Whether these bytes were complete before their last LF, which only completes a CRLF."""
    return (before + data[:at]).endswith(b"\r\n") and fed(before, data[: at - 1]).is_between


def test_the_last_event_is_one() -> None:
    assert fed(ROLLED_BACK_EVENT).is_between
    assert ROLLED_BACK_EVENT.count(b"\n\n") == 1
