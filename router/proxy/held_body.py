"""What has come of a request's body while nobody is there to take it.

What is held for longer than a moment is on the worker's account, which has a limit for all requests
together (`proxy.buffers`).
"""

from typing import Protocol


class Account(Protocol):
    """The worker, as it keeps account."""

    held: int
    """Bytes of requests that all exchanges hold together, and of what their taps keep."""

    def give_way(self, wanted: int) -> None:
        """Let go of so many bytes that no exchange needs, if there are any."""
        ...


class HeldBody:
    """The pieces of one request's body. `size` is how many bytes are held now."""

    __slots__ = ("_account", "_accounted", "_pieces", "size")

    def __init__(self, account: Account) -> None:
        self._account = account
        self._accounted = 0
        self._pieces: list[bytes] = []
        self.size = 0

    def take(self, payload: bytes) -> None:
        self._pieces.append(payload)
        self.size += len(payload)

    def account(self, most: int) -> bool:
        """Tell the worker what is held; False where that would be more than it may hold."""
        more = self.size - self._accounted
        beyond = self._account.held + more - most
        if beyond > 0:
            self._account.give_way(beyond)
            if self._account.held + more > most:
                return False
        self._account.held += more
        self._accounted = self.size
        return True

    def read(self) -> bytes:
        """Return what is held, and go on holding it."""
        return b"".join(self._pieces)

    def let_go(self) -> bytes:
        """Return what is held, and hold nothing any more."""
        pieces, self._pieces = self._pieces, []
        self._account.held -= self._accounted
        self._accounted = self.size = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
