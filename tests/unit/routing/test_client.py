import pytest

from router.routing.client import TrustedProxies, canonical

PROXIES = TrustedProxies(("10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (b"10.0.0.1", [], b"10.0.0.1"),
        (b"10.0.0.1", [b"1.2.3.4"], b"1.2.3.4"),
        (b"9.9.9.9", [b"1.2.3.4"], b"9.9.9.9"),
        (b"10.0.0.1", [b"6.6.6.6, 1.2.3.4"], b"1.2.3.4"),
        (b"10.0.0.1", [b"6.6.6.6, 1.2.3.4, 10.0.0.2"], b"1.2.3.4"),
        (b"10.0.0.1", [b"6.6.6.6", b"1.2.3.4", b"10.0.0.2"], b"1.2.3.4"),
        (b"10.0.0.1", [b"10.0.0.3, 10.0.0.2"], b"10.0.0.3"),
        (b"10.0.0.1", [b"1.2.3.4:5678"], b"1.2.3.4"),
        (b"10.0.0.1", [b"[2001:db9::1]:443"], b"2001:db9::1"),
        (b"10.0.0.1", [b"[2001:db9::1]"], b"2001:db9::1"),
        (b"10.0.0.1", [b"2001:DB9:0:0::1"], b"2001:db9::1"),
        (b"10.0.0.1", [b"::ffff:1.2.3.4"], b"1.2.3.4"),
        (b"2001:db8::5", [b"1.2.3.4"], b"1.2.3.4"),
        (b"::ffff:10.0.0.1", [b"1.2.3.4"], b"1.2.3.4"),
        (b"::ffff:9.9.9.9", [b"1.2.3.4"], b"9.9.9.9"),
        (b"10.0.0.1", [b"\t1.2.3.4 , 10.0.0.2\t"], b"1.2.3.4"),
        (b"", [b"1.2.3.4"], b""),
    ],
)
def test_the_caller_is_the_last_whom_a_trusted_proxy_names(
    peer: bytes, forwarded_for: list[bytes], client: bytes
) -> None:
    assert PROXIES.client(peer, forwarded_for) == client


@pytest.mark.parametrize(
    "entry",
    [b"unknown", b"", b"_hidden", b"1.2.3", b"01.2.3.4", b"1.2.3.4:", b"1.2.3.4:x", b"[::1"],
)  # fmt: skip
def test_an_entry_that_is_no_address_ends_the_walk(entry: bytes) -> None:
    assert PROXIES.client(b"10.0.0.1", [b"6.6.6.6, " + entry + b", 10.0.0.2"]) == b"10.0.0.2"


def test_without_trusted_proxies_nobody_is_believed() -> None:
    nobody = TrustedProxies(())
    assert not nobody.trusts(b"127.0.0.1")
    assert nobody.client(b"127.0.0.1", [b"1.2.3.4"]) == b"127.0.0.1"


@pytest.mark.parametrize(
    ("address", "spelling"),
    [
        (b"10.0.0.7", b"10.0.0.7"),
        (b"::ffff:10.0.0.7", b"10.0.0.7"),
        (b"fe80::1%eth0", b"fe80::1"),
        (b"2001:DB8:0::1", b"2001:db8::1"),
        (b"not:an:address", b"not:an:address"),
        (b"", b""),
    ],
)
def test_one_address_has_one_spelling(address: bytes, spelling: bytes) -> None:
    assert canonical(address) == spelling
