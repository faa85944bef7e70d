import pytest

from router.settings.patterns import (
    read_body_place,
    read_element_key,
    read_inner_pattern,
    read_masked,
    read_pattern,
)
from router.settings.problems import NotAllowedError


@pytest.mark.parametrize("text", ["/a", "/items/*/id", "/*", "/a~1b/~0", "/0", "/a b", "/a."])
def test_a_pattern_is_a_pointer_in_which_a_star_is_any_token(text: str) -> None:
    assert read_pattern(text) == text
    assert read_inner_pattern(text) == text


def test_the_whole_body_has_the_empty_pattern_where_a_rule_may_hold_for_it() -> None:
    assert read_pattern("") == ""
    with pytest.raises(NotAllowedError):
        read_inner_pattern("")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("customer", "/customer"),
        ("customer/email", "/customer/email"),
        ("customer.email", "/customer/email"),
        ("$.items[*].id", "/items/*/id"),
        ("items[0].id", "/items/0/id"),
        ("items[].id", "/items/*/id"),
        ("$.items[*]", "/items/*"),
        ("a.*.b", "/a/*/b"),
        ("json:/a", "/a"),
        ("/a~2", None),
        ("a~2", None),
    ],
)
def test_paths_of_other_tools_are_proposed_as_pointers(text: str, meant: str | None) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_pattern(text)
    assert refused.value.suggestion == meant


@pytest.mark.parametrize("text", ["/items*", "/**", "/a/*b/c"])
def test_a_star_stands_for_a_whole_token(text: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_pattern(text)
    assert "one whole key or index" in (refused.value.detail or "")


@pytest.mark.parametrize("value", [None, 1, True, ["/a"], {"a": 1}])
def test_a_pattern_is_a_text(value: object) -> None:
    with pytest.raises(NotAllowedError):
        read_pattern(value)


def test_a_place_in_a_body_says_that_it_is_one() -> None:
    assert read_body_place("json:/customer/email") == "/customer/email"
    for text, meant in (
        ("/customer/email", "json:/customer/email"),
        ("customer", "json:/customer"),
        ("json:customer.email", "json:/customer/email"),
        ("header:cookie", None),
    ):
        with pytest.raises(NotAllowedError) as refused:
            read_body_place(text)
        assert refused.value.suggestion == meant


def test_bodies_and_headers_are_masked() -> None:
    assert read_masked("/customer/*/email") == "/customer/*/email"
    assert read_masked("json:/customer") == "/customer"
    assert read_masked("header:X-Customer") == "header:x-customer"
    for text in ("customer", "header:", "query:a", ""):
        with pytest.raises(NotAllowedError):
            read_masked(text)


def test_an_element_is_known_by_one_of_its_keys() -> None:
    assert read_element_key("id") == "id"
    assert read_element_key("/meta/id") == "/meta/id"
    with pytest.raises(NotAllowedError) as refused:
        read_element_key("meta/id")
    assert refused.value.suggestion == "/meta/id"
    with pytest.raises(NotAllowedError):
        read_element_key("/*/id")
