"""What was written to peers who have not taken it, on the worker's account (`proxy.buffers`).

A transport says at once when a peer does not take all that is written, and when it has: whoever
reads what it is sent never comes here. In between we look again now and then, since only what is
still held counts.
"""

from typing import Protocol

from router.proxy.held_body import Account


class Peer(Protocol):
    """A connection that may hold bytes for its other end."""

    def held_bytes(self) -> int: ...


class Backlog:
    """All peers of one worker who have not taken what is theirs."""

    __slots__ = ("_account", "_held")

    def __init__(self, account: Account) -> None:
        self._account = account
        self._held: dict[Peer, int] = {}

    def note(self, peer: Peer) -> None:
        """Count what this connection holds now."""
        now = peer.held_bytes()
        before = self._held.pop(peer, 0)
        if now:
            self._held[peer] = now
        self._account.held += now - before

    def forget(self, peer: Peer) -> None:
        """Count nothing of this connection any more: it has let go of everything."""
        self._account.held -= self._held.pop(peer, 0)

    def look_again(self) -> None:
        """Count anew what everybody holds who held something."""
        for peer in list(self._held):
            self.note(peer)
