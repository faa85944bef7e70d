import itertools

import pytest
from hypothesis import given, strategies as st

from router.http1.websocket import MOST_FRAMES, SERVICE_RESTART, Frames, close_frame

MASK = b"\x12\x34\x56\x78"


def frame(payload: bytes, *, masked: bool = False, wide: bool = False) -> bytes:
    """Write a binary frame; wide: with the longest form of its length."""
    size = len(payload)
    bit = 0x80 if masked else 0
    if wide or size > 0xFFFF:
        head = bytes((0x82, bit | 127)) + size.to_bytes(8, "big")
    elif size > 125:
        head = bytes((0x82, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x82, bit | size))
    return head + (MASK if masked else b"") + payload


FRAMES = st.builds(
    lambda size, masked, wide: frame(bytes(size), masked=masked, wide=wide),
    st.sampled_from([0, 1, 2, 125, 126, 300, 70_000]),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(FRAMES, max_size=5), st.data())
def test_it_knows_at_every_byte_whether_it_is_between_two_frames(
    sent: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(sent)
    ends = {0, *itertools.accumulate(map(len, sent))}
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=30)) | ends)
    frames = Frames()
    for start, end in itertools.pairwise([0, *cuts]):
        frames.feed(stream[start:end])
        assert frames.is_between == (end in ends)


@given(FRAMES, FRAMES, st.data())
def test_the_frame_that_ends_first_ends_where_it_does(
    first: bytes, second: bytes, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(first) - 1))
    frames = Frames()
    frames.feed(first[:cut])
    assert not frames.is_between
    rest = first[cut:] + second
    assert frames.feed_to_end(rest) == len(first) - cut
    assert frames.is_between


def test_a_frame_that_goes_on_behind_the_data_does_not_end_in_it() -> None:
    frames = Frames()
    assert frames.feed_to_end(frame(bytes(10))[:5]) == -1
    assert frames.feed_to_end(bytes(6)) == -1
    assert frames.feed_to_end(bytes(1)) == 1


def test_who_packs_very_many_frames_into_one_read_is_followed_no_further() -> None:
    frames = Frames()
    known: list[bool] = []
    for count in (MOST_FRAMES, MOST_FRAMES + 1, 1):
        frames.feed(frame(b"") * count)
        known.append(frames.is_between)
    assert known == [True, False, False]
    assert frames.feed_to_end(frame(b"")) == -1


@pytest.mark.parametrize("mask", [b"", MASK])
def test_a_close_frame_is_one_frame_that_says_why(mask: bytes) -> None:
    written = close_frame(SERVICE_RESTART, mask)
    frames = Frames()
    frames.feed(written)
    assert frames.is_between
    assert written[0] == 0x88
    assert bool(written[1] & 0x80) == bool(mask)
    payload = written[-2:]
    if mask:
        payload = bytes(byte ^ key for byte, key in zip(payload, mask, strict=False))
    assert int.from_bytes(payload, "big") == 1012
