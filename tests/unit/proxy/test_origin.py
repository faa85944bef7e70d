import pytest

from router.http1.head import HEAD_END
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.request_head import REQUEST_READERS, RequestHead, read_request_head
from router.proxy.origin import Origin
from router.routing.client import TrustedProxies

TRUSTED = TrustedProxies(("10.0.0.0/8",))


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
    origin = Origin(b"203.0.113.9", TRUSTED)
    assert origin.hops(request(*LIES)) == (
        b"x-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: http\r\nx-forwarded-host: a\r\n"
        b"via: 1.1 gray-router\r\n"
    )
    assert (origin.address, origin.secure, origin.is_trusted) == (b"203.0.113.9", False, False)


def test_a_trusted_proxy_speaks_for_its_client() -> None:
    origin = Origin(b"10.0.0.1", TRUSTED)
    told = [
        b"X-Forwarded-For: 198.51.100.7",
        b"X-Forwarded-Proto: HTTPS",
        b"X-Forwarded-Host: shop",
    ]
    assert origin.hops(request(*told, b"X-Real-IP: 198.51.100.7")) == (
        b"x-forwarded-for: 198.51.100.7, 10.0.0.1\r\nx-forwarded-proto: https\r\n"
        b"x-forwarded-host: shop\r\nvia: 1.1 gray-router\r\nx-real-ip: 198.51.100.7\r\n"
    )
    assert (origin.address, origin.secure) == (b"198.51.100.7", True)


def test_what_a_client_told_a_trusted_proxy_is_not_believed() -> None:
    origin = Origin(b"10.0.0.1", TRUSTED)
    origin.hops(request(b"X-Forwarded-For: 1.2.3.4, 198.51.100.7"))
    assert origin.address == b"198.51.100.7"


def test_each_request_over_a_trusted_proxy_is_looked_at_anew() -> None:
    origin = Origin(b"10.0.0.1", TRUSTED)
    origin.hops(request(b"X-Forwarded-For: 198.51.100.7", b"X-Forwarded-Proto: https"))
    origin.hops(request())
    assert (origin.address, origin.secure) == (b"10.0.0.1", False)


@pytest.mark.parametrize("minor", [0, 1])
def test_via_names_the_version_that_the_request_came_in(minor: int) -> None:
    hops = Origin(b"203.0.113.9", TRUSTED).hops(request(minor=minor))
    assert b"via: 1.%d gray-router\r\n" % minor in hops


def test_only_a_strangers_same_request_is_as_before() -> None:
    stranger, proxy = Origin(b"203.0.113.9", TRUSTED), Origin(b"10.0.0.1", TRUSTED)
    assert not stranger.is_same_as_before(request())
    stranger.hops(request())
    proxy.hops(request())
    assert stranger.is_same_as_before(request(*LIES))
    assert not stranger.is_same_as_before(request(minor=0))
    assert not proxy.is_same_as_before(request())
