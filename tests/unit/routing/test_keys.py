import pytest

from router.places.document import Document, json_parser
from router.routing.keys import compile_key
from router.routing.snapshot import Place, PlaceKind
from tests.support.views import View

HEAD = View(
    b"/v1?user=a%20b&user=c&empty=",
    [(b"x-user-id", b"7"), (b"x-user-id", b"8"), (b"x-empty", b""), (b"cookie", b"session=s1")],
)
BODY = b'{"conversation": {"id": "c1"}, "n": 7, "none": null, "list": [], "empty": ""}'


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        (PlaceKind.HEADER, "X-User-Id", b"7"),
        (PlaceKind.HEADER, "x-empty", b""),
        (PlaceKind.HEADER, "x-none", None),
        (PlaceKind.COOKIE, "session", b"s1"),
        (PlaceKind.COOKIE, "none", None),
        (PlaceKind.QUERY, "user", b"a b"),
        (PlaceKind.QUERY, "empty", b""),
        (PlaceKind.QUERY, "none", None),
        (PlaceKind.JSON, "/conversation/id", b"c1"),
        (PlaceKind.JSON, "/n", b"7"),
        (PlaceKind.JSON, "/conversation", None),
        (PlaceKind.JSON, "/list", None),
        (PlaceKind.JSON, "/none", None),
        (PlaceKind.JSON, "/empty", b""),
        (PlaceKind.CLIENT_IP, "", b"10.0.0.7"),
    ],
)
def test_every_place_gives_its_first_value(kind: PlaceKind, name: str, key: bytes | None) -> None:
    document = Document(BODY, json_parser())
    assert compile_key(Place(kind, name))(HEAD, b"10.0.0.7", document) == key


def test_without_a_body_a_json_place_gives_nothing() -> None:
    assert compile_key(Place(PlaceKind.JSON, "/n"))(HEAD, b"10.0.0.7", None) is None


def test_a_bad_pointer_is_refused_before_any_request() -> None:
    with pytest.raises(ValueError, match="JSON pointer"):
        compile_key(Place(PlaceKind.JSON, "n"))
