from collections.abc import Callable

import pytest

from router.routing.snapshot import Place, PlaceKind
from router.settings.document import resolved
from router.settings.problems import NotAllowedError
from router.settings.words import (
    LONGEST_REGEX,
    read_header_name,
    read_header_value,
    read_json_scalar,
    read_method,
    read_name,
    read_path,
    read_place,
    read_pointer,
    read_probe_path,
    read_rate_key,
    read_switch,
    read_text,
    read_token,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("header:X-User-Id", Place(PlaceKind.HEADER, "x-user-id")),
        ("cookie:Session", Place(PlaceKind.COOKIE, "Session")),
        ("query:user", Place(PlaceKind.QUERY, "user")),
        ("json:/user/id", Place(PlaceKind.JSON, "/user/id")),
        ("json:/a~1b/~0", Place(PlaceKind.JSON, "/a~1b/~0")),
        ("client_ip", Place(PlaceKind.CLIENT_IP)),
    ],
)
def test_a_place_is_a_kind_and_a_name(text: str, place: Place) -> None:
    assert read_place(text) == place


@pytest.mark.parametrize(
    "path", ["/", "/v1/x", "/v1/*", "/*", "/a%20b", "regex:/v[0-9]+/.*", "regex:[[a]"]
)
def test_a_path_is_exact_a_prefix_or_an_expression(path: str) -> None:
    assert read_path(path) == path


@pytest.mark.parametrize("value", ["x", "", 5, 0.5, True, None])
def test_a_field_is_compared_with_any_json_scalar(value: object) -> None:
    assert read_json_scalar(value) == value


def test_a_header_may_be_compared_with_nothing() -> None:
    assert read_header_value("") == ""


def test_names_of_headers_have_no_case() -> None:
    assert read_header_name("X-Tenant") == "x-tenant"
    assert read_token("Session") == "Session"
    assert read_method("M-SEARCH") == "M-SEARCH"
    assert read_text("any text") == "any text"


@pytest.mark.parametrize(
    ("read", "value", "suggestion"),
    [
        (read_path, "v1", "/v1"),
        (read_path, "/v1*", "/v1/*"),
        (read_path, "/v1/**", "/v1/*"),
        (read_path, "/v1/*/x", None),
        (read_path, "/*/v1/*", None),
        (read_path, "/a b", None),
        (read_path, "/a?b", None),
        (read_path, "/é", None),
        (read_path, "regex:(", None),
        (read_path, "regex:" + "a" * (LONGEST_REGEX + 1), None),
        (read_path, "regex:a{99999999999999999999}", None),
        (read_path, 5, None),
        (read_method, "get", "GET"),
        (read_method, "GET,POST", None),
        (read_header_name, "x tenant", "x-tenant"),
        (read_header_name, "x-tenant:", "x-tenant"),
        (read_header_name, "é", None),
        (read_header_value, 5, '"5"'),
        (read_header_value, True, '"true"'),
        (read_header_value, "a\nb", None),
        (read_header_value, None, None),
        (read_header_value, [], None),
        (read_name, "customer support", "customer-support"),
        (read_name, "a/b", "a-b"),
        (read_name, "é", None),
        (read_name, "a" * 64, "a" * 63),
        (read_pointer, "user/id", "/user/id"),
        (read_pointer, "/a~2", None),
        (read_pointer, "", None),
        (read_json_scalar, [], None),
        (read_json_scalar, float("inf"), None),
        (read_json_scalar, 2**63, None),
        (read_json_scalar, -(2**63) - 1, None),
        (read_probe_path, "healthz", "/healthz"),
        (read_probe_path, "/a b", None),
        (read_probe_path, "/a#b", None),
        (read_probe_path, "a b", None),
        (read_switch, "yes", "true"),
        (read_switch, "Off", "false"),
        (read_switch, "maybe", None),
        (read_switch, 1, None),
        (read_rate_key, "json:/user", None),
        (read_rate_key, "client-ip", "client_ip"),
        (read_place, "headers:x", "header:x"),
        (read_place, "client-ip", "client_ip"),
        (read_place, "trailer:x", None),
        (read_place, "header:", None),
        (read_place, "json:x", "json:/x"),
        (read_place, "x", None),
        (read_place, {}, None),
    ],
)
def test_what_is_no_word_is_refused_with_what_was_meant(
    read: Callable[[object], object], value: object, suggestion: str | None
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read(value)
    assert refused.value.suggestion == suggestion
    if suggestion is not None:
        read(resolved(suggestion))
