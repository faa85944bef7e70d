import pytest

from router.compare.media import Media, Shape, media


@pytest.mark.parametrize(
    ("content_type", "shape"),
    [
        (b"application/json", Shape.JSON),
        (b"Application/JSON; charset=utf-8", Shape.JSON),
        (b"application/problem+json", Shape.JSON),
        (b"application/x-ndjson", Shape.LINES),
        (b"application/jsonl", Shape.LINES),
        (b"application/stream+json", Shape.LINES),
        (b"text/event-stream;charset=utf-8", Shape.EVENTS),
        (b"application/x-www-form-urlencoded", Shape.FORM),
        (b"text/html", Shape.TEXT),
        (b"image/svg+xml", Shape.TEXT),
        (b"text/plain", Shape.UNSAID),
        (b"", Shape.UNSAID),
        (b"image/png", Shape.BYTES),
        (b"multipart/mixed; boundary=x", Shape.BYTES),
        (b"rubbish", Shape.BYTES),
    ],
)
def test_a_content_type_says_how_a_body_is_read(content_type: bytes, shape: Shape) -> None:
    assert media(content_type).shape is shape


def test_parameters_are_read_whatever_their_case_order_spaces_and_quotes() -> None:
    spelled = media(b'Text/HTML ;Version=1; CHARSET="UTF-8" ; format=flowed')
    assert spelled == media(b"text/html; charset=utf-8;format=Flowed;version=1")
    assert spelled == Media("text/html", "utf-8", (("format", "flowed"), ("version", "1")))


def test_a_content_type_without_end_is_read_up_to_a_bound() -> None:
    assert media(b"text/html" + b";a=b" * 100_000).essence == "text/html"
