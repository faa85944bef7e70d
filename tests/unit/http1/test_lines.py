import pytest

from router.errors import MalformedMessageError
from router.http1.lines import LONGEST_REMEMBERED, REMEMBERED, Lines
from router.http1.names import Names
from router.http1.request_head import REQUEST_READERS


def lines() -> Lines:
    known = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
    return Lines(known, REQUEST_READERS)


@pytest.mark.parametrize(
    ("raw", "field", "passed_on"),
    [
        (b"Accept: */*", (b"accept", b"*/*"), b"Accept: */*\r\n"),
        (b"Accept:*/*", (b"accept", b"*/*"), b"Accept: */*\r\n"),
        (b"X:\t 1 \t", (b"x", b"1"), b"X: 1\r\n"),
        (b"X:", (b"x", b""), b"X: \r\n"),
        (b"X: caf\xc3\xa9", (b"x", b"caf\xc3\xa9"), b"X: caf\xc3\xa9\r\n"),
    ],
)
def test_a_line_is_written_anew_with_the_spelling_of_its_name(
    raw: bytes, field: tuple[bytes, bytes], passed_on: bytes
) -> None:
    assert lines().read(raw) == (None, passed_on, field)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no colon",
        b": no name",
        b"X : 1",
        b" X: 1",
        b"X\t: 1",
        b"X: 1\rY: 2",
        b"X: 1\nY: 2",
        b"X: \x00",
        b"X: \x7f",
        b"X\x80: 1",
        b"X(: 1",
        b"Content_Length: 5",
    ],
)
def test_what_is_not_one_valid_field_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        lines().read(raw)


def test_a_refused_line_is_refused_again() -> None:
    memory = lines()
    for _ in range(2):
        with pytest.raises(MalformedMessageError):
            memory.read(b"X : 1")


def test_a_usual_line_is_remembered() -> None:
    memory = lines()
    first = memory.read(b"Accept: */*")
    assert memory.read(b"Accept: */*") is first
    assert memory.young[b"Accept: */*"] is first


@pytest.mark.parametrize(
    "raw",
    [
        b"Authorization: Bearer secret",
        b"cookie: session=1",
        b"X-Api-Key: secret",
        b"X: " + b"v" * LONGEST_REMEMBERED,
    ],
)
def test_what_is_personal_or_long_is_not_remembered(raw: bytes) -> None:
    memory = lines()
    memory.read(raw)
    assert not memory.young


def test_clients_who_invent_lines_take_no_memory() -> None:
    memory = lines()
    for number in range(3 * REMEMBERED):
        memory.read(b"x-%d: 1" % number)
    assert len(memory.young) <= REMEMBERED
