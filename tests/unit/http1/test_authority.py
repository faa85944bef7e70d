import pytest

from router.errors import MalformedMessageError
from router.http1 import authority
from router.http1.authority import agrees, host_of, without_mirror_suffix


@pytest.mark.parametrize(
    ("written", "host"),
    [
        (b"support.example.com", b"support.example.com"),
        (b"Support.EXAMPLE.com:8080", b"support.example.com"),
        (b"localhost:", b"localhost"),
        (b"10.0.0.1:80", b"10.0.0.1"),
        (b"[2001:DB8::1]:443", b"[2001:db8::1]"),
        (b"my_service", b"my_service"),
    ],
)
def test_a_host_is_known_without_its_port_and_case(written: bytes, host: bytes) -> None:
    assert host_of(written) == host


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"a,b",
        b"a b",
        b"user@a",
        b"a:port",
        b"a:65536",
        b"a/b",
        b"[::1",
        b"[1.2.3.4]",
        b"[:::]",
        b"-a",
        b"a\x00",
        b"a:80:80",
    ],
)
def test_what_is_no_single_host_is_refused(written: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        host_of(written)


def test_hosts_that_clients_invent_are_remembered_up_to_a_limit() -> None:
    for number in range(5_000):
        host_of(b"host-%d.example" % number)
    assert len(authority._hosts.young) <= 1_024


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"a", b"A:80", True),
        (b"a:", b"a", True),
        (b"a:8080", b"a", False),
        (b"a", b"b", False),
    ],
)
def test_two_authorities_agree_when_host_and_port_do(one: bytes, other: bytes, same: bool) -> None:
    assert agrees(one, other) is same


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (b"a.example-shadow", b"a.example"),
        (b"a.example-shadow:80", b"a.example:80"),
        (b"a.example:80", b"a.example:80"),
        (b"shadow", b"shadow"),
        (b"[::1]:80", b"[::1]:80"),
    ],
)
def test_what_a_mirror_adds_to_the_host_is_taken_away(said: bytes, meant: bytes) -> None:
    assert without_mirror_suffix(said) == meant
