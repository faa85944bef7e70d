from dataclasses import replace

import pytest

from router.http1.head import HEAD_END
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.request_head import REQUEST_READERS, RequestHead, read_request_head
from router.proxy.origin import Origin
from router.proxy.serving import Serving
from router.routing.snapshot import HeaderPolicy, Snapshot

SNAPSHOT = Snapshot(1, (), trusted_proxies=("10.0.0.0/8",))
PROXY = b"10.0.0.1"
STRANGER = b"203.0.113.9"


def origin_of(peer: bytes, headers: HeaderPolicy | None = None) -> Origin:
    return Origin(peer, Serving(replace(SNAPSHOT, headers=headers or HeaderPolicy()), ()))


def request(*fields: bytes, minor: int = 1) -> RequestHead:
    known = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
    data = b"\r\n".join((b"GET / HTTP/1.%d" % minor, b"Host: a", *fields)) + HEAD_END
    return read_request_head(data, len(data), Lines(known, REQUEST_READERS))


LIES = [
    b"X-Forwarded-For: 1.2.3.4",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Host: evil.example",
    b"Forwarded: for=1.2.3.4",
    b"X-Real-IP: 1.2.3.4",
]


def test_a_stranger_is_who_the_connection_says() -> None:
    origin = origin_of(STRANGER)
    origin.recognise(request(*LIES))
    assert origin.hops == (
        b"x-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: http\r\nx-forwarded-host: a\r\n"
        b"via: 1.1 gray-router\r\n"
    )
    assert (origin.address, origin.is_secure) == (STRANGER, False)


def test_a_trusted_proxy_speaks_for_its_client() -> None:
    origin = origin_of(PROXY)
    told = [
        b"X-Forwarded-For: 198.51.100.7",
        b"X-Forwarded-Proto: HTTPS",
        b"X-Forwarded-Host: shop",
        b"X-Real-IP: 198.51.100.7",
    ]
    origin.recognise(request(*told))
    assert origin.hops == (
        b"x-forwarded-for: 198.51.100.7, 10.0.0.1\r\nx-forwarded-proto: https\r\n"
        b"x-forwarded-host: shop\r\nvia: 1.1 gray-router\r\nx-real-ip: 198.51.100.7\r\n"
    )
    assert (origin.address, origin.is_secure) == (b"198.51.100.7", True)


def test_what_a_client_told_a_trusted_proxy_is_not_believed() -> None:
    origin = origin_of(PROXY)
    origin.recognise(request(b"X-Forwarded-For: 1.2.3.4, 198.51.100.7"))
    assert origin.address == b"198.51.100.7"


def test_each_request_over_a_trusted_proxy_is_looked_at_anew() -> None:
    origin = origin_of(PROXY)
    origin.recognise(request())
    before = origin.hops
    origin.recognise(request(b"X-Forwarded-For: 198.51.100.7", b"X-Forwarded-Proto: https"))
    origin.recognise(request())
    assert (origin.address, origin.is_secure, origin.hops) == (PROXY, False, before)


@pytest.mark.parametrize("minor", [0, 1])
def test_via_names_the_version_that_the_request_came_in(minor: int) -> None:
    origin = origin_of(STRANGER)
    origin.recognise(request(minor=1 - minor))
    origin.recognise(request(minor=minor))
    assert b"via: 1.%d gray-router\r\n" % minor in origin.hops


def test_whom_our_headers_are_shown_to_is_asked_of_the_client_and_not_of_its_proxy() -> None:
    origin = origin_of(PROXY, HeaderPolicy(expose_to=("198.51.100.0/24",)))
    shown = [origin.is_shown]
    for client in (b"198.51.100.7", b"203.0.113.9"):
        origin.recognise(request(b"X-Forwarded-For: " + client))
        shown.append(origin.is_shown)
    assert shown == [False, True, False]


@pytest.mark.parametrize(
    ("peer", "from_any", "may"),
    [(STRANGER, True, True), (STRANGER, False, False), (PROXY, False, True)],
)
def test_a_request_is_named_by_whom_the_config_lets(peer: bytes, from_any: bool, may: bool) -> None:
    origin = origin_of(peer, HeaderPolicy(request_id_from_any=from_any))
    assert origin.may_name_requests is may
