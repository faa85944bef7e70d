from hypothesis import given, strategies as st

from router.http1.event_stream import Events
from router.http1.last_word import LastWord
from router.http1.websocket import Frames

WORD = b"data: bye\n\n"


def test_between_two_it_is_said_at_once_and_nothing_follows() -> None:
    word = LastWord(Events())
    assert word.pass_on(b"data: 1\n\n") == b"data: 1\n\n"
    assert word.say(WORD) == WORD
    assert word.is_said
    assert word.pass_on(b"data: 2\n\n") == b""


def test_within_one_it_waits_for_its_end() -> None:
    word = LastWord(Events())
    word.pass_on(b"data: 1")
    assert word.say(WORD) == b""
    assert (word.is_due, word.is_said) == (True, False)
    assert word.pass_on(b"1") == b"1"
    assert word.pass_on(b"\n\ndata: 2\n\n") == b"\n\n" + WORD
    assert word.is_said


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6), st.integers(1, 50), st.data())
def test_what_was_passed_on_is_whole_frames_and_the_word(
    sizes: list[int], piece: int, data: st.DataObject
) -> None:
    stream = b"".join(
        bytes((0x82, size)) + bytes(size)
        if size < 126
        else bytes((0x82, 126)) + size.to_bytes(2, "big") + bytes(size)
        for size in sizes
    )
    due = data.draw(st.integers(0, len(stream)))
    word = LastWord(Frames())
    passed = b""
    for start in range(0, len(stream), piece):
        if start >= due and not word.is_due:
            passed += word.say(b"\x88\x00")
        passed += word.pass_on(stream[start : start + piece])
    if not word.is_due:
        passed += word.say(b"\x88\x00")
    assert word.is_said
    assert passed.endswith(b"\x88\x00")
    assert stream.startswith(passed[:-2])
    frames = Frames()
    frames.feed(passed)
    assert frames.is_between
