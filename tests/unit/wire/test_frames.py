import pytest
from hypothesis import given, strategies as st

from router.errors import WireError
from router.wire.frames import Frames, frame


@given(bodies=st.lists(st.binary(max_size=9), max_size=4), data=st.data())
def test_chunking_does_not_matter(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, bodies))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    frames = Frames(9)
    received = [
        body
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for body in frames.feed(stream[start:end])
    ]
    assert received == bodies


def test_a_frame_beyond_the_limit_is_refused_before_its_body_arrives() -> None:
    with pytest.raises(WireError, match="10 bytes is announced, at most 9 fit"):
        list(Frames(9).feed((10).to_bytes(4, "big")))
