"""All listening sockets, by slot: for each slot and each address one of its own.

The kernel deals TCP connections out to the sockets of an address (SO_REUSEPORT), so each slot gets
its part, whoever accepts there. One that a killed supervisor's workers have brought is kept: it has
a queue.
"""

import os
import socket
from collections.abc import Iterable, Sequence

from router.control.listening import listen, local_address, resolved, stop_newcomers
from router.model import Address

SETTING = "proxy.listen"


class Slots:
    """Owns the sockets until `close`; workers have descriptors of their own."""

    def __init__(
        self,
        by_slot: Sequence[Sequence[socket.socket]],
        addresses: Sequence[Address],
        retired: Sequence[socket.socket],
    ) -> None:
        self._by_slot = by_slot
        self.addresses = addresses
        """Where we listen, one for each address of the config."""
        self._retired = list(retired)

    @classmethod
    def opened(
        cls, addresses: Sequence[Address], count: int, inherited: Iterable[socket.socket] = ()
    ) -> "Slots":
        """Bind what is missing of ``count`` sockets for each address; owns ``inherited`` too."""
        left = _once(inherited)
        opened: list[socket.socket] = []
        by_slot: list[list[socket.socket]] = [[] for _ in range(count)]
        found: dict[int, Address] = {}
        try:
            # Those whose port is any take what the others leave.
            for at, address in sorted(enumerate(addresses), key=lambda each: each[1].port == 0):
                kept = _kept(address, left)
                left = [each for each in left if each not in kept]
                opened += kept
                sockets = _all_of(address, count, kept, opened)
                for place, each in enumerate(sockets):
                    by_slot[place % count].append(each)
                found[at] = local_address(sockets[0])
        except BaseException:
            for each in (*opened, *left):
                each.close()
            raise
        return cls(by_slot, [found[at] for at in range(len(addresses))], left)

    def passed(self) -> list[tuple[int, int]]:
        """Return (slot, descriptor) for every socket."""
        return [
            (slot, each.fileno()) for slot, sockets in enumerate(self._by_slot) for each in sockets
        ]

    def stop_newcomers(self) -> None:
        """Let nobody new into any queue."""
        for sockets in self._by_slot:
            for each in sockets:
                stop_newcomers(each)

    def retire(self) -> None:
        """Let nobody new into the queues of what is no longer configured."""
        for each in self._retired:
            stop_newcomers(each)

    def close_retired(self) -> None:
        """Let go of what is no longer configured."""
        while self._retired:
            self._retired.pop().close()

    def close(self) -> None:
        """Let go of all sockets; whoever else has them keeps the queues."""
        self.close_retired()
        for sockets in self._by_slot:
            for each in sockets:
                each.close()


def _once(sockets: Iterable[socket.socket]) -> list[socket.socket]:
    """Keep one descriptor of each socket: every orphan brings all of them."""
    by_inode: dict[int, socket.socket] = {}
    for each in sockets:
        if by_inode.setdefault(os.fstat(each.fileno()).st_ino, each) is not each:
            each.close()
    return list(by_inode.values())


def _kept(address: Address, inherited: Sequence[socket.socket]) -> list[socket.socket]:
    """Return those that listen on ``address``; for port 0, on whichever port comes first."""
    wanted = resolved(address)
    at = [(local_address(each), each) for each in inherited]
    if not wanted.port and not wanted.is_unix:
        ports = [there.port for there, _ in at if there.host == wanted.host]
        wanted = Address(wanted.host, ports[0] if ports else 0)
    return [each for there, each in at if there == wanted]


def _all_of(
    address: Address, count: int, kept: Sequence[socket.socket], opened: list[socket.socket]
) -> list[socket.socket]:
    """Return one socket for each slot or more; those that are new are added to ``opened``."""
    sockets = list(kept)
    while len(sockets) < count:
        if sockets and address.is_unix:
            # A path can be bound once: all slots have the same socket.
            sockets.append(sockets[0].dup())
        else:
            at = local_address(sockets[0]) if sockets else address
            sockets.append(listen(at, SETTING, joins=bool(sockets)))
        opened.append(sockets[-1])
    return sockets
