import contextlib
import os
import socket
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from router.control.listening import listen, local_address
from router.control.slots import Slots
from router.errors import ListenError
from router.model import Address

CLIENTS = 40
ANY = Address("127.0.0.1", 0)


def addresses_by_slot(slots: Slots) -> list[tuple[int, Address]]:
    found = []
    for slot, descriptor in slots.passed():
        with socket.socket(fileno=os.dup(descriptor)) as listening:
            found.append((slot, local_address(listening)))
    return found


def inodes(descriptors: Iterable[int]) -> set[int]:
    return {os.fstat(descriptor).st_ino for descriptor in descriptors}


def brought(slots: Slots, times: int = 1) -> list[socket.socket]:
    """Return what so many orphans of a supervisor with these slots bring along."""
    return [
        socket.socket(fileno=os.dup(descriptor))
        for _ in range(times)
        for _, descriptor in slots.passed()
    ]


def test_each_slot_has_a_socket_of_its_own_for_each_address() -> None:
    with closing(Slots.opened([ANY, ANY], 3)) as slots:
        first, second = slots.addresses
        assert first != second
        assert sorted(addresses_by_slot(slots), key=lambda each: each[0]) == [
            (slot, address) for slot in range(3) for address in (first, second)
        ]
        assert len(inodes(fd for _, fd in slots.passed())) == 6


def test_addresses_are_named_in_the_order_of_the_config() -> None:
    with listen(ANY, "proxy.listen") as free:
        fixed = local_address(free)
    with closing(Slots.opened([ANY, fixed], 1)) as slots:
        assert slots.addresses[1] == fixed


def test_all_slots_share_a_unix_socket(tmp_path: Path) -> None:
    address = Address(str(tmp_path / "router.sock"), 0)
    with closing(Slots.opened([address], 2)) as slots:
        assert [slot for slot, _ in slots.passed()] == [0, 1]
        assert len(inodes(fd for _, fd in slots.passed())) == 1
        assert slots.addresses == [address]


def test_what_orphans_bring_is_kept_once_and_nothing_is_bound_anew(tmp_path: Path) -> None:
    addresses = [ANY, Address(str(tmp_path / "router.sock"), 0)]
    with closing(Slots.opened(addresses, 2)) as before:
        orphans = brought(before, times=3)
    with closing(Slots.opened(addresses, 2, orphans)) as after:
        assert after.addresses == before.addresses
        assert len(after.passed()) == 4
        assert inodes(fd for _, fd in after.passed()) <= inodes(
            each.fileno() for each in orphans if each.fileno() >= 0
        )


def test_connections_that_wait_are_still_there_after_a_takeover() -> None:
    with closing(Slots.opened([ANY], 1)) as before:
        orphans = brought(before)
    at = local_address(orphans[0])
    with socket.create_connection((at.host, at.port), timeout=5) as waiting:
        with closing(Slots.opened([at], 1, orphans)) as after:
            [(_, descriptor)] = after.passed()
            with socket.socket(fileno=os.dup(descriptor)) as listening:
                accepted, _ = listening.accept()
                accepted.close()
        assert waiting.recv(1) == b""


def test_more_slots_than_before_get_sockets_beside_those_that_were_brought() -> None:
    with closing(Slots.opened([ANY], 1)) as before:
        orphans = brought(before)
    with closing(Slots.opened([before.addresses[0]], 3, orphans)) as after:
        assert {address for _, address in addresses_by_slot(after)} == {before.addresses[0]}
        assert [slot for slot, _ in after.passed()] == [0, 1, 2]


def test_a_new_slot_gets_nobody_as_long_as_nobody_accepts_there() -> None:
    with closing(Slots.opened([ANY], 1)) as before:
        orphans = brought(before)
    with contextlib.ExitStack() as held:
        after = held.enter_context(closing(Slots.opened(before.addresses, 4, orphans)))
        at = after.addresses[0]
        for _ in range(CLIENTS):
            held.enter_context(socket.create_connection((at.host, at.port), timeout=5))
        for _ in range(CLIENTS):  # each is where somebody accepted before
            held.enter_context(orphans[0].accept()[0])


def test_fewer_slots_than_before_have_several_sockets_each() -> None:
    with closing(Slots.opened([ANY], 3)) as before:
        orphans = brought(before)
    with closing(Slots.opened(before.addresses, 2, orphans)) as after:
        assert [slot for slot, _ in after.passed()] == [0, 0, 1]


def test_a_name_of_an_address_is_recognized() -> None:
    with closing(Slots.opened([ANY], 1)) as before:
        orphans = brought(before)
    port = before.addresses[0].port
    with closing(Slots.opened([Address("localhost", port)], 1, orphans)) as after:
        assert after.addresses == before.addresses
        assert after.passed()[0][1] == orphans[0].fileno()


def test_what_is_not_configured_any_more_is_kept_until_it_is_retired() -> None:
    with closing(Slots.opened([ANY, Address("127.0.0.2", 0)], 1)) as before:
        orphans = brought(before)
    old = before.addresses[1]
    with closing(Slots.opened(before.addresses[:1], 1, orphans)) as after:
        assert after.addresses == before.addresses[:1]
        socket.create_connection((old.host, old.port), timeout=5).close()
        after.retire()
        with pytest.raises(TimeoutError):
            socket.create_connection((old.host, old.port), timeout=0.1)
        after.close_retired()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((old.host, old.port), timeout=5)


def test_nobody_new_gets_in_before_the_queues_are_closed() -> None:
    with closing(Slots.opened([ANY], 2)) as slots:
        [at] = slots.addresses
        slots.stop_newcomers()
        with pytest.raises(TimeoutError):
            socket.create_connection((at.host, at.port), timeout=0.1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((at.host, at.port), timeout=5)


def test_an_address_that_is_taken_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    taken = r"another process listens there already"
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        closing(Slots.opened([ANY], 1)) as old,
        pytest.raises(ListenError, match=taken),
    ):
        Slots.opened([ANY, Address(*other.getsockname())], 2, brought(old))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
