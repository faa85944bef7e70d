import pytest

from router.routing.networks import REMEMBERED, Networks


@pytest.mark.parametrize(
    ("cidr", "address", "held"),
    [
        ("10.9.0.0/16", b"10.9.255.255", True),
        ("10.9.0.0/16", b"10.10.0.0", False),
        ("10.9.3.7/16", b"10.9.0.1", True),
        ("10.0.0.7", b"10.0.0.7", True),
        ("10.0.0.7", b"10.0.0.8", False),
        ("0.0.0.0/0", b"255.255.255.255", True),
        ("0.0.0.0/0", b"::1", False),
        ("10.0.0.0/8", b"::ffff:10.1.2.3", True),
        ("10.0.0.0/8", b"::ffff:0a01:0203", True),
        ("::ffff:10.0.0.0/104", b"10.1.2.3", True),
        ("::ffff:10.0.0.0/104", b"11.1.2.3", False),
        ("2001:db8::/32", b"2001:DB8:0::1", True),
        ("2001:db8::/32", b"2001:db9::1", False),
        ("fe80::/10", b"fe80::1%eth0", True),
        ("::/0", b"10.0.0.1", False),
        ("0.0.0.0/0", b"", False),
        ("0.0.0.0/0", b"010.0.0.1", False),
        ("0.0.0.0/0", b"10.0.0.1:80", False),
        ("0.0.0.0/0", b"\xff", False),
    ],
)
def test_a_network_holds_its_addresses_in_every_spelling(
    cidr: str, address: bytes, held: bool
) -> None:
    assert Networks((cidr,)).hold(address) is held


def test_any_of_several_networks_is_enough_and_none_holds_nobody() -> None:
    assert Networks(("10.0.0.0/8", "::1")).hold(b"::1")
    assert not Networks(()).hold(b"::1")


def test_a_flood_of_addresses_changes_no_verdict() -> None:
    networks = Networks(("10.0.0.0/17",))
    flood = [b"10.0.%d.%d" % divmod(number, 256) for number in range(2 * REMEMBERED)]
    flood += [b"10.0.128.%d" % number for number in range(256)]
    first = [networks.hold(address) for address in flood]
    assert first == [networks.hold(address) for address in flood]
    assert sum(first) == 2 * REMEMBERED


def test_what_is_no_network_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Networks(("10.0.0.0/33",))
