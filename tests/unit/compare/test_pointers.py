import pytest

from router.compare.pointers import exact, folded, name, places
from router.compare.rules import CompareRules, Tolerance, ValueClass


def test_without_pointers_there_is_no_place_to_look_into() -> None:
    assert places(CompareRules()) is None


def test_a_place_below_several_pointers_knows_what_all_of_them_say() -> None:
    root = places(
        CompareRules(
            ignore=("/items/*/at",),
            unordered=("/items",),
            classes=(("/items/0/id", ValueClass.UUID),),
        )
    )
    assert root is not None
    items = root.branches()[0]["items"]
    assert items.unordered
    first, second = items.element(0), items.element(1)
    assert first is not None
    assert second is not None
    assert first.branches()[0]["id"].kind is ValueClass.UUID
    assert first.branches()[0]["at"].ignored
    assert "id" not in second.branches()[0]


def test_where_two_pointers_disagree_the_one_with_a_key_counts() -> None:
    root = places(CompareRules(tolerance=(("/*/score", Tolerance(1)), ("/a/score", Tolerance(2)))))
    assert root is not None
    below, other = root.branches()
    assert other is not None
    assert below["a"].branches()[0]["score"].tolerance == Tolerance(2)
    assert other.branches()[0]["score"].tolerance == Tolerance(1)


def test_a_place_knows_whether_anything_below_may_be_alike_without_being_equal() -> None:
    root = places(CompareRules(text=(("/a/*/b", 0.5),), ignore=("/c",)))
    assert root is not None
    assert root.branches()[0]["a"].approximate
    assert not root.branches()[0]["c"].approximate


def test_many_pointers_with_stars_cost_only_the_places_that_are_entered() -> None:
    pointers = tuple(
        "/" + "/".join("a" if place == letter else "*" for place in range(40))
        for letter in range(40)
    )
    place = places(CompareRules(ignore=pointers))
    for _ in range(40):
        assert place is not None
        place = place.branches()[0]["a"]
    assert place is not None
    assert place.ignored


def test_a_malformed_pointer_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSON pointer"):
        places(CompareRules(ignore=("items",)))


def test_an_exact_place_is_a_json_pointer() -> None:
    path = ((((None, "a/b"), 3), "m~n"), "")
    assert exact(path) == "/a~1b/3/m~0n/"
    assert exact(None) == ""


def test_the_name_of_a_field_has_no_indexes() -> None:
    assert folded((((None, "items"), 3), "a/b")) == "/items/*/a~1b"


@pytest.mark.parametrize(
    "key",
    [
        "id",
        "created_at",
        "x-request-id",
        "@type",
        "$ref",
        "schema:name",
        "größe",
        "a1b2",
        "sha256",
        "base64EncodedPayload",
        "iso_8601",
        "finish_reason",
        "feedbackDeadline",
        "x" * 64,
    ],
)
def test_a_key_that_is_a_name_stays(key: str) -> None:
    assert name(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "jo@example.com",
        "Jo Miller",
        "12",
        "4711-0815",
        "+49 170 1234567",
        "order_20938",
        "9b2fcd66-3d5f-4a0d-8f2e-0a0b7c1d2e3f",
        "user:9b2fcd66-3d5f-4a0d-8f2e-0a0b7c1d2e3f",
        "deadbeef42",
        "d41d8cd98f00b204e9800998ecf8427e",
        "cus_9s6XKzkNRiz8i3Q2",
        "2026-11-22",
        "10.0.0.1",
        "",
        "x" * 65,
    ],
)
def test_a_key_that_looks_like_data_is_folded(key: str) -> None:
    assert name(key) == "*"


def test_an_index_is_folded() -> None:
    assert name(0) == "*"
