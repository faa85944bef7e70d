from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import laws, witnesses
from tests.fuzz.reading import Read

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
REQUEST = b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nok"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_every_input_of_the_corpus_keeps_the_laws(path: Path) -> None:
    laws.check(path.read_bytes())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_no_beginning_of_an_input_breaks_a_law(path: Path) -> None:
    data = path.read_bytes()
    for end in range(0, len(data), 1 + len(data) // 400):
        laws.check(data[:end])


WITNESSES = [witnesses.request_by_h11, witnesses.request_by_httptools]


@pytest.mark.parametrize("witness", WITNESSES, ids=["h11", "httptools"])
@pytest.mark.parametrize("smuggled", [b"GET /y HTTP/1.1\r\nhost: a\r\n\r\n", b"x"])
def test_a_witness_notices_what_stands_behind_a_message(
    witness: Callable[[bytes], object], smuggled: bytes
) -> None:
    witness(REQUEST)
    with pytest.raises((AssertionError, *witnesses.REFUSED)):
        witness(REQUEST + smuggled)


@pytest.mark.parametrize("witness", WITNESSES, ids=["h11", "httptools"])
def test_a_witness_notices_a_message_without_its_end(witness: Callable[[bytes], object]) -> None:
    with pytest.raises(AssertionError):
        witness(REQUEST[:-1])


def test_a_verdict_that_depends_on_the_cut_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "_ways_to_cut", lambda stream: [[stream, b"!"]])
    with pytest.raises(AssertionError, match="depends on how the bytes were cut"):
        laws.check(b"Q" + REQUEST[:-1])


@pytest.mark.parametrize(
    "line",
    [b"X_Gray-Variant: ai\r\n", b"Keep-Alive: 5\r\n", b"content_length: 5\r\n", b"X: 1\r\n 2\r\n"],
)
def test_a_field_that_may_not_be_passed_on_is_noticed(line: bytes) -> None:
    with pytest.raises(AssertionError):
        laws._check_fields(Read(b"", (), (line,), b"", (), b"", ended=True))
