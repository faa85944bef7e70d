import pytest

from router.compare.bodies import Body, Kind, Unreadable
from router.compare.verdict import Change, Difference
from router.compare.whole import whole_difference
from router.places.pointer import MISSING

EMPTY = Body(Kind.EMPTY)
JSON = Body(Kind.JSON, {"a": 1})
TEXT = Body(Kind.TEXT, "<p>")
ONE = Body(Kind.BYTES, {"bytes": 1, "blake2b": "aa"})
OTHER = Body(Kind.BYTES, {"bytes": 1, "blake2b": "bb"})
FAR = Body(Kind.BEYOND, {"bytes": 9, "blake2b": "cc"})
FARTHER = Body(Kind.BEYOND, {"bytes": 10, "blake2b": "dd"})
PACKED = Body(Kind.BEYOND, {"bytes": 11, "blake2b": "ee"}, is_encoded=True)


@pytest.mark.parametrize("body", [EMPTY, ONE, FAR, PACKED])
def test_what_is_known_to_be_the_same_differs_in_nothing(body: Body) -> None:
    assert whole_difference(body, body) is None


@pytest.mark.parametrize(
    ("legacy", "ai", "change"),
    [
        (ONE, OTHER, Change.VALUE),
        (FAR, FARTHER, Change.VALUE),
        (FAR, JSON, Change.VALUE),
        (JSON, TEXT, Change.TYPE),
        (TEXT, ONE, Change.TYPE),
        (JSON, EMPTY, Change.MISSING),
        (PACKED, EMPTY, Change.MISSING),
        (EMPTY, ONE, Change.EXTRA),
    ],
)
def test_bodies_differ_as_wholes(legacy: Body, ai: Body, change: Change) -> None:
    values = [MISSING if body is EMPTY else body.value for body in (legacy, ai)]
    assert whole_difference(legacy, ai) == Difference("body", change, "body", *values)


@pytest.mark.parametrize(("legacy", "ai"), [(PACKED, FAR), (JSON, PACKED)])
def test_nobody_knows_whether_a_packed_body_beyond_the_limit_differs(
    legacy: Body, ai: Body
) -> None:
    assert whole_difference(legacy, ai) == Unreadable("too_large")
