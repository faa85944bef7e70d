import pytest

from router.places.document import Document, json_parser
from router.places.pointer import MISSING, Json, pointer


def test_a_document_is_parsed_once_and_only_when_asked() -> None:
    parsed: list[bytes] = []

    def parse(body: bytes) -> Json:
        parsed.append(body)
        return {"a": 1, "b": 2}

    document = Document(b"body", parse)
    assert parsed == []
    assert (document.at(pointer("/a")), document.at(pointer("/b"))) == (1, 2)
    assert parsed == [b"body"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b'{"a": NaN}', b'\xff{"a": 1}', b'{"a": "\\ud800"}', b"[" * 100_000],
    ids=range(7),
)
def test_what_is_no_json_holds_nothing_and_hurts_nobody(body: bytes) -> None:
    document = Document(body, json_parser())
    assert document.at(pointer("/a")) is MISSING
    assert document.at(pointer("")) is MISSING
