import pytest

from router.compare.forms import form_of


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"label=refund&score=1", {"label": "refund", "score": "1"}),
        (b"text=K%C3%A4se+und%20Brot", {"text": "Käse und Brot"}),
        (b"tag=a&tag=b", {"tag": ["a", "b"]}),
        (b"empty=&bare&&", {"empty": "", "bare": ""}),
        (b"broken=%ff%zz\r\n", {"broken": r"\xff%zz"}),
        (b"", {}),
    ],
)
def test_a_form_is_an_object(body: bytes, fields: dict[str, object]) -> None:
    assert form_of(body) == fields
