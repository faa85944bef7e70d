"""A load balancer's clients: who is not taken by one router goes to the next.

Such is a router that cannot be connected to, or that closes a kept connection before it has
answered anything. What was sent over a fresh connection, and any POST, is never sent twice: so
whatever a router loses is seen.
"""

import http.client
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from tests.support.threads import Threads

PATIENCE: Final = 15.0
"""Seconds."""

KEY: Final = "x-user-id"
"""The header that says which user asks."""


class Client:
    """One of its connections to each router; it belongs to one thread."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._kept: dict[int, http.client.HTTPConnection] = {}

    def ask(self, turn: int, user: str) -> tuple[int, str]:
        """GET by a kept connection, or POST by a fresh one, at whose turn it is or the next."""
        is_post = bool(turn & 1)
        for port in (self._ports[(turn >> 1) % len(self._ports)], *self._ports):
            answer = self._asked(port, user, is_post=is_post)
            if answer is not None:
                return answer
        raise ConnectionError("no router takes a connection")

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()

    def _asked(self, port: int, user: str, *, is_post: bool) -> tuple[int, str] | None:
        """Return None where nothing was lost."""
        if is_post:
            return self._over(self._fresh(port), user, is_post=True)
        kept = self._kept.pop(port, None)
        if kept is not None:
            try:
                return self._over(kept, user, is_post=False, keep=port)
            except (ConnectionError, http.client.BadStatusLine):
                kept.close()
        return self._over(self._fresh(port), user, is_post=False, keep=port)

    def _fresh(self, port: int) -> http.client.HTTPConnection | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.connect()
        except ConnectionRefusedError:
            return None
        return connection

    def _over(
        self,
        connection: http.client.HTTPConnection | None,
        user: str,
        *,
        is_post: bool,
        keep: int | None = None,
    ) -> tuple[int, str] | None:
        if connection is None:
            return None
        method, body = ("POST", b"ticket") if is_post else ("GET", None)
        connection.request(method, "/", body, {KEY: user})
        answer = connection.getresponse()
        said = answer.status, answer.read().decode()
        if keep is None or answer.will_close:
            connection.close()
        else:
            self._kept[keep] = connection
        return said


class Balancer(Threads):
    """Threads that ask for users in turn, for the time of a block.

    answers: by user, how often what was answered. failures: what no router has answered.
    """

    def __init__(self, ports: Sequence[int], users: Sequence[str], threads: int = 4) -> None:
        super().__init__(
            [threading.Thread(target=self._ask, args=(first,)) for first in range(threads)]
        )
        self._ports = ports
        self._users = users
        self._news = threading.Condition()
        self.answers: Final[dict[str, Counter[tuple[int, str]]]] = defaultdict(Counter)
        self.failures: Final[list[str]] = []
        self._asked = 0

    def await_round(self) -> None:
        """Return once as many requests more were answered as there are users, twice."""
        with self._news:
            enough = self._asked + 2 * len(self._users) + len(self._threads)
            assert self._news.wait_for(lambda: self._asked >= enough, PATIENCE), self.failures

    def _ask(self, turn: int) -> None:
        client = Client(self._ports)
        try:
            while not self._is_over.is_set():
                user = self._users[turn % len(self._users)]
                # Each user comes to each router by either method in time.
                self._count(user, client, turn // len(self._users) + turn)
                turn += len(self._threads)
        finally:
            client.close()

    def _count(self, user: str, client: Client, turn: int) -> None:
        try:
            answer = client.ask(turn, user)
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{user}: {error!r}")
            return
        with self._news:
            self.answers[user][answer] += 1
            self._asked += 1
            self._news.notify_all()
