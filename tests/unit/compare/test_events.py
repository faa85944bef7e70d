import pytest

from router.compare.events import Event, documents_of, events_of

STREAM = ': hello\nevent: delta\ndata: {"a": 1}\nid: 7\n\nretry: 10\ndata: one\ndata:two\n\n'
EVENTS = [Event("delta", '{"a": 1}', "7"), Event("message", "one\ntwo")]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_may_end_in_three_ways(end: str) -> None:
    assert events_of(STREAM.replace("\n", end)) == EVENTS


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("", []),
        ("\n\n\n", []),
        (": only a comment\n\n", []),
        ("event: ping\n\n", []),
        ("data\n\n", [Event("message", "")]),
        ("data:\n\n", [Event("message", "")]),
        ("data:  two spaces\n\n", [Event("message", " two spaces")]),
        ("data: a:b\n\n", [Event("message", "a:b")]),
        ("event: a\nevent: b\ndata: x\n\n", [Event("b", "x")]),
        ("id: a\0b\ndata: x\n\n", [Event("message", "x")]),
        ("Data: x\ndata : y\n\n", []),
        ("data: x\n\r\ndata: y\r\r\n", [Event("message", "x"), Event("message", "y")]),
    ],
)
def test_the_grammar_is_that_of_browsers(text: str, events: list[Event]) -> None:
    assert events_of(text) == events


def test_an_event_that_no_blank_line_ends_counts_all_the_same() -> None:
    assert events_of("data: x\n\ndata: [DONE]") == [
        Event("message", "x"),
        Event("message", "[DONE]"),
    ]


def test_events_are_compared_by_name_and_data_and_by_an_id_where_there_is_one() -> None:
    assert documents_of(events_of(STREAM)) == [
        {"event": "delta", "data": {"a": 1}, "id": "7"},
        {"event": "message", "data": "one\ntwo"},
    ]
