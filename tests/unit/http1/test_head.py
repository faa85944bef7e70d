import pytest

from router.http1.head import Head, has_broken_line


def with_connection(*values: bytes) -> Head:
    head = Head(1)
    for value in values:
        head.on_connection(value, b"")
    head.fields = [(b"x-drop", b"1"), (b"host", b"a"), (b"accept", b"*/*")]
    head.lines = [b"X-Drop: 1\r\n", b"Accept: */*\r\n"]
    return head


def test_options_are_collected_from_all_connection_fields() -> None:
    assert with_connection(b"Close", b"TE ,\tX-Drop").options() >= {b"close", b"te", b"x-drop"}
    assert with_connection().options() == frozenset()


def test_a_field_that_connection_names_was_meant_for_us() -> None:
    head = with_connection(b"x-drop")
    head.options()
    assert head.lines == [b"Accept: */*\r\n"]
    assert (b"x-drop", b"1") not in head.fields


def test_nobody_nominates_the_host_away() -> None:
    head = with_connection(b"host, x-drop")
    head.options()
    assert (b"host", b"a") in head.fields


@pytest.mark.parametrize("beginning", [b"A: 1\nB", b"A: 1\rB", b"\n", b"A\r\r\n"])
def test_a_line_that_ends_otherwise_than_in_crlf_is_noticed(beginning: bytes) -> None:
    assert has_broken_line(beginning, 0)


@pytest.mark.parametrize("beginning", [b"", b"A: 1\r\nB", b"A: 1\r", b"\r\n"])
def test_a_beginning_that_can_still_become_whole_is_waited_for(beginning: bytes) -> None:
    assert not has_broken_line(beginning, 0)


def test_a_broken_line_is_noticed_where_what_was_seen_ends() -> None:
    assert has_broken_line(b"A: 1\rB", 5)
    assert has_broken_line(b"A: 1\n", 4)
