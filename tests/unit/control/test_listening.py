import socket
from collections.abc import Iterator

import pytest

from router.control.listening import Address, listen, local_address
from router.errors import ListenError

ANY = Address("127.0.0.1", 0)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen(ANY, "proxy.listen") as bound:
        yield bound


def test_a_listening_socket_takes_connections_before_anybody_accepts(
    listener: socket.socket,
) -> None:
    with socket.create_connection(listener.getsockname(), timeout=5) as client:
        assert client.getpeername() == listener.getsockname()


def test_port_0_takes_a_free_one_and_says_which(listener: socket.socket) -> None:
    assert local_address(listener).port > 0


def test_a_taken_address_is_an_error_that_names_it_and_the_setting(
    listener: socket.socket,
) -> None:
    address = local_address(listener)
    with pytest.raises(ListenError, match=f"admin.listen: cannot listen on {address}: another"):
        listen(address, "admin.listen")


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(ListenError, match="this machine has no such address"):
        listen(Address("192.0.2.1", 0), "proxy.listen")


def test_a_name_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ListenError, match=r"on no\.such\.name\.invalid:80"):
        listen(Address("no.such.name.invalid", 80), "proxy.listen")


def test_a_port_can_be_listened_on_again_after_a_connection_on_it() -> None:
    with listen(ANY, "proxy.listen") as first:
        address = local_address(first)
        first.setblocking(True)
        with socket.create_connection((address.host, address.port)):
            first.accept()[0].close()
    listen(address, "proxy.listen").close()


def test_both_families_share_a_port() -> None:
    # IPv4 first: among its ports are those of all other tests, so that one must be free by choice.
    with listen(Address("0.0.0.0", 0), "proxy.listen") as four:  # noqa: S104 - the point of the test
        port = local_address(four).port
        listen(Address("::", port), "proxy.listen").close()


@pytest.mark.parametrize(
    ("address", "written"),
    [(Address("10.0.0.1", 80), "10.0.0.1:80"), (Address("::1", 80), "[::1]:80")],
)
def test_addresses_are_written_as_operators_write_them(address: Address, written: str) -> None:
    assert str(address) == written
