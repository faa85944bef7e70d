from collections.abc import Callable

import pytest

from router.model import Address
from router.routing.snapshot import Endpoint
from router.settings.addresses import (
    is_wildcard,
    read_cidr,
    read_endpoint,
    read_host,
    read_listen,
    read_peer_url,
    read_server_name,
)
from router.settings.problems import NotAllowedError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0.0.0.0:8080", Address("0.0.0.0", 8080)),  # noqa: S104 - nothing is bound here
        ("[::]:8080", Address("::", 8080)),
        ("[0:0:0:0:0:0:0:1]:1", Address("::1", 1)),
        ("LocalHost:0", Address("localhost", 0)),
        ("unix:/run/x.sock", Address("/run/x.sock", 0)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: Address) -> None:
    assert read_listen(text) == address


def test_an_address_is_shown_as_it_is_written() -> None:
    assert [read_listen(text).authority for text in ("[::1]:1", "127.0.0.1:2", "unix:/a b")] == [
        "[::1]:1",
        "127.0.0.1:2",
        "unix:/a b",
    ]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("http://10.0.0.5:9001", Endpoint("10.0.0.5", 9001)),
        ("http://ai.internal", Endpoint("ai.internal", 80)),
        ("http://AI:9001/", Endpoint("ai", 9001)),
        ("http://[::1]:9001", Endpoint("::1", 9001)),
        ("http://[::1]", Endpoint("::1", 80)),
        ("https://ai.internal", Endpoint("ai.internal", 443, is_tls=True)),
        ("https://[::1]:9443/", Endpoint("::1", 9443, is_tls=True)),
        ("unix:/run/ai.sock", Endpoint("/run/ai.sock", 0)),
    ],
)
def test_an_endpoint_is_a_url_without_a_path(text: str, endpoint: Endpoint) -> None:
    assert read_endpoint(text) == endpoint


def test_hosts_are_compared_in_lower_case_without_the_root() -> None:
    assert read_host("Support.Example.COM.") == "support.example.com"
    assert read_host("*.Example.com") == "*.example.com"
    assert read_host("[::1]") == "[::1]"
    assert read_host("127.0.0.1") == "127.0.0.1"


def test_a_certificate_is_for_a_name_or_an_address() -> None:
    found = [read_server_name(text) for text in ("AI.internal.", "10.0.0.1", "0::1")]
    assert found == ["ai.internal", "10.0.0.1", "::1"]


def test_networks_are_written_in_one_way() -> None:
    assert read_cidr("10.0.0.7") == "10.0.0.7/32"
    assert read_cidr("FE80::/10") == "fe80::/10"


def test_wildcards_are_told_from_names() -> None:
    assert [is_wildcard(host) for host in ("::", "0.0.0.0", "::1", "example.com")] == [  # noqa: S104 - nothing is bound here
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("read", "value", "suggestion"),
    [
        (read_listen, 8080, "0.0.0.0:8080"),
        (read_listen, ":8080", "0.0.0.0:8080"),
        (read_listen, "*:8080", "0.0.0.0:8080"),
        (read_listen, "127.0.0.1", None),
        (read_listen, "::1:8080", None),
        (read_listen, "[::g]:8080", None),
        (read_listen, "1.2.3:80", None),
        (read_listen, "a b:80", None),
        (read_listen, ":", None),
        (read_listen, True, None),
        (read_listen, "a:123456", None),
        (read_listen, "unix:x.sock", "unix:/x.sock"),
        (read_listen, "unix:///run/x.sock", "unix:/run/x.sock"),
        (read_listen, "unix:", None),
        (read_listen, "unix:/run/", None),
        (read_listen, "unix:/a\0b", None),
        (read_listen, f"unix:/{'x' * 107}", None),
        (read_endpoint, "10.0.0.5:9001", "http://10.0.0.5:9001"),
        (read_endpoint, "HTTP://a:1", "http://a:1"),
        (read_endpoint, "HTTPS://a:1", "https://a:1"),
        (read_endpoint, "https://a/b", None),
        (read_endpoint, "unix://run/a", "unix:/run/a"),
        (read_endpoint, "http://", None),
        (read_endpoint, "http://a:b", None),
        (read_endpoint, "http://a:", None),
        (read_endpoint, "http://a?b", None),
        (read_endpoint, "http://a#b", None),
        (read_endpoint, "http://u@a", None),
        (read_endpoint, None, None),
        (read_cidr, "10.9.1.0/16", "10.9.0.0/16"),
        (read_cidr, "10.0.0.0/33", None),
        (read_cidr, "office", None),
        (read_cidr, 10, None),
        (read_host, "example.com:80", "example.com"),
        (read_host, "http://example.com:80/x", "example.com"),
        (read_host, "a..b", None),
        (read_host, "ex ample.com", None),
        (read_host, "*", None),
        (read_host, "[::g]", None),
        (read_host, "", None),
        (read_server_name, "*.example.com", None),
        (read_server_name, "https://a.example.com/", "a.example.com"),
        (read_server_name, 1, None),
    ],
)
def test_what_is_no_address_is_refused_with_what_was_meant(
    read: Callable[[object], object], value: object, suggestion: str | None
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read(value)
    assert refused.value.suggestion == suggestion
    if suggestion is not None:
        read(suggestion)
    assert not refused.value.supported_later


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://10.0.0.3:9902", "https://10.0.0.3:9902"),
        ("http://R1.internal:9902/", "http://r1.internal:9902"),
        ("https://[FD00::3]:9902", "https://[fd00::3]:9902"),
    ],
)
def test_where_peers_find_a_replica_is_scheme_host_and_port(text: str, url: str) -> None:
    assert read_peer_url(text) == url


@pytest.mark.parametrize(
    "value",
    [
        "10.0.0.3:9902",
        "https://10.0.0.3",
        "https://10.0.0.3:0",
        "https://10.0.0.3:9902/v1",
        "https://10.0.0.3:9902?a=b",
        "https://user@10.0.0.3:9902",
        "https://0.0.0.0:9902",
        "https://[::]:9902",
        "ftp://10.0.0.3:9902",
        "unix:/run/x.sock",
        "",
        9902,
    ],
)
def test_what_leads_to_no_one_machine_is_no_place_of_a_replica(value: object) -> None:
    with pytest.raises(NotAllowedError):
        read_peer_url(value)


def test_a_scheme_that_is_missing_is_suggested() -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_peer_url("10.0.0.3:9902")
    assert refused.value.suggestion == "http://10.0.0.3:9902"
