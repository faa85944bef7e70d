"""Who is signed in on the page: in memory, so that a restart signs everybody out.

A session is known by a cookie, which browsers send by themselves. So each has a second secret that
only a script of our own page can read and send (`x-gray-csrf`): what changes something needs both.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 12 * 3600.0
"""Seconds after which everybody signs in again."""

IDLE: Final = 3600.0
"""Seconds without a request after which a session ends."""

MOST_SESSIONS: Final = 1000
"""Sessions that are remembered; beyond it the one that was idle for longest ends."""


@dataclass(slots=True)
class Session:
    """Somebody who is signed in, with the token of this digest.

    `began_at` and `seen_at` are by the stopwatch.
    """

    name: str
    sha256: str = field(repr=False)
    csrf: str = field(repr=False)
    began_at: float
    seen_at: float

    def has_ended(self, now: float) -> bool:
        return now >= self.began_at + LONGEST or now >= self.seen_at + IDLE

    def is_csrf(self, sent: str) -> bool:
        return hmac.compare_digest(self.csrf.encode(), sent.encode(errors="surrogateescape"))


class Sessions:
    """All of them. ``secret`` makes what nobody can guess; `stopwatch` is in seconds."""

    def __init__(self, stopwatch: Callable[[], float], secret: Callable[[], str]) -> None:
        self._stopwatch = stopwatch
        self._secret = secret
        self._by_digest: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, name: str, sha256: str) -> tuple[str, Session]:
        """Sign somebody in; return the cookie, which is kept nowhere, and the session."""
        cookie, now = self._secret(), self._stopwatch()
        session = Session(name, sha256, self._secret(), now, now)
        self._by_digest[_digest(cookie)] = session
        if len(self._by_digest) > MOST_SESSIONS:
            self._by_digest.popitem(last=False)
        return cookie, session

    def find(self, cookie: str) -> Session | None:
        """Return the session that goes on, None where there is none or it has ended."""
        digest = _digest(cookie)
        session = self._by_digest.get(digest)
        if session is None:
            return None
        now = self._stopwatch()
        if session.has_ended(now):
            del self._by_digest[digest]
            return None
        session.seen_at = now
        self._by_digest.move_to_end(digest)
        return session

    def end(self, cookie: str) -> None:
        """Sign out; whoever is not signed in is not told so."""
        self._by_digest.pop(_digest(cookie), None)


def _digest(cookie: str) -> bytes:
    """Return what is looked up: how long that takes depends on nothing that one could guess by."""
    return hashlib.sha256(cookie.encode(errors="surrogateescape")).digest()
