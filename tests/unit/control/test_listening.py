import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.control.listening import listen, local_address, resolved, stop_newcomers
from router.errors import ListenError
from router.model import Address

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


# Unix sockets...


def test_a_unix_socket_takes_connections_of_our_group_alone(tmp_path: Path) -> None:
    address = Address(str(tmp_path / "router.sock"), 0)
    with listen(address, "proxy.listen") as bound, socket.socket(socket.AF_UNIX) as client:
        client.connect(address.host)
        assert local_address(bound) == address
        assert stat.S_IMODE((tmp_path / "router.sock").stat().st_mode) == 0o660


def test_a_unix_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    address = Address(str(tmp_path / "router.sock"), 0)
    listen(address, "proxy.listen").close()
    with listen(address, "proxy.listen"), socket.socket(socket.AF_UNIX) as client:
        client.connect(address.host)


def test_a_unix_socket_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    address = Address(str(tmp_path / "router.sock"), 0)
    with (
        listen(address, "proxy.listen"),
        pytest.raises(ListenError, match=r"on unix:/.*sock: another process listens there"),
    ):
        listen(address, "proxy.listen")


def test_a_unix_socket_whose_queue_is_full_belongs_to_a_living_process(tmp_path: Path) -> None:
    path = str(tmp_path / "router.sock")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as waiting:
        listening.bind(path)
        listening.listen(0)
        waiting.connect(path)
        with pytest.raises(ListenError, match="another process listens there"):
            listen(Address(path, 0), "proxy.listen")


def test_a_file_is_never_taken_for_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("words")
    with pytest.raises(ListenError, match="there is a file that is no socket"):
        listen(Address(str(path), 0), "proxy.listen")
    assert path.read_text() == "words"


def test_a_unix_sockets_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="No such file"):
        listen(Address(str(tmp_path / "gone" / "router.sock"), 0), "proxy.listen")


# Together with our own...


def test_our_own_sockets_share_an_address_if_asked_to(listener: socket.socket) -> None:
    listen(local_address(listener), "proxy.listen", joins=True).close()


def test_a_name_is_found_to_be_what_the_kernel_calls_it() -> None:
    assert resolved(Address("localhost", 80)) == Address("127.0.0.1", 80)
    assert resolved(Address("::1", 80)) == Address("::1", 80)
    assert resolved(Address("/run/router.sock", 0)) == Address("/run/router.sock", 0)
    unknown = Address("no.such.name.invalid", 80)
    assert resolved(unknown) == unknown


# The last ones...


def test_nobody_new_gets_in_but_who_waits_is_accepted(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname(), timeout=5) as waiting:
        stop_newcomers(listener)
        with pytest.raises(TimeoutError):
            socket.create_connection(listener.getsockname(), timeout=0.1)
        waiting.sendall(b"here")
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(5)
            assert accepted.recv(10) == b"here"
            accepted.sendall(b"there")
            assert waiting.recv(10) == b"there"
    assert_empty(listener)


def assert_empty(listener: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_unix_sockets_path_is_free_for_the_next_while_who_waits_is_accepted(
    tmp_path: Path,
) -> None:
    address = Address(str(tmp_path / "router.sock"), 0)
    with listen(address, "proxy.listen") as bound, socket.socket(socket.AF_UNIX) as waiting:
        waiting.connect(address.host)
        stop_newcomers(bound)
        stop_newcomers(bound)
        assert not (tmp_path / "router.sock").exists()
        accepted, _ = bound.accept()
        accepted.close()
        assert_empty(bound)
