import pytest

from router.cli.event_stream import events_of


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_event_has_its_name_and_what_it_says(end: bytes) -> None:
    lines = [b"event: report", b"data: {}", b"", b": still there", b"data:a", b"data: b", b""]
    assert list(events_of(line + end for line in lines)) == [("report", "{}"), ("message", "a\nb")]


def test_an_event_that_was_cut_off_is_none() -> None:
    assert list(events_of([b"event: report\n", b"data: {\n"])) == []


def test_an_event_that_says_nothing_is_none() -> None:
    assert list(events_of([b"event: ping\n", b"\n", b"id: 4\n", b"retry\n", b"\n"])) == []
