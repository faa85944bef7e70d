"""What webhooks are told of, and a post office that a test answers for."""

import asyncio
from collections.abc import Callable
from itertools import count

from router.control.webhook_message import Message
from router.control.webhook_post import Hook
from router.control.webhooks import Telling
from router.model import BasisPoints
from router.release.state import Pending, Release, Status
from router.store.audit import Entry, Event, Head, forge

NOW = 1_790_000_000.0
HOOK = Hook("https://chat.example.com/KEY", "0123456789abcdef", frozenset({"release", "rollback"}))

IDLE = Release("support", revision=3, epoch=1)
ROLLING = Release(
    "support", Status.ROLLING, BasisPoints(2050), stage=1, revision=4, epoch=1, by="ana"
)
BACK = Release("support", Status.ROLLED_BACK, revision=5, epoch=2, by="ben")
WAITING = Release(
    "support",
    revision=4,
    epoch=1,
    pending=Pending("set 20", BasisPoints(2000), None, "ana", "go", NOW + 86_400),
)


def event(
    new: Release | None = ROLLING,
    old: Release | None = IDLE,
    *,
    command: str = "set 20.5",
    who: str = "ana",
    refused: str | None = None,
) -> Event:
    """Make the eighth event of a log."""
    entry = Entry(NOW, who, "10.1.2.3 via api", command, "support", "canary", old, new, refused)
    return forge(entry, Head(7))[0]


class PostOffice:
    """Keeps what is posted; what each attempt comes to is what the test says next, else well."""

    def __init__(self) -> None:
        self.sent: list[tuple[Hook, Message]] = []
        self.answers: list[str] = []
        self.always = ""
        self.is_silent = False
        self.paused: list[float] = []
        self._over: list[asyncio.Event] = []

    def means(self, clock: Callable[[], float] = lambda: NOW) -> Telling:
        names = count(1)
        return Telling(
            replica="r1",
            roll=lambda: 0.5,
            clock=clock,
            name=lambda: f"d{next(names)}",
            post=self._post,
            pause=self._pause,
        )

    async def _post(self, hook: Hook, message: Message, _at: float) -> str:
        self.sent.append((hook, message))
        if self.is_silent:
            await asyncio.Event().wait()
        return self.answers.pop(0) if self.answers else self.always

    async def _pause(self, seconds: float, hurry: asyncio.Event) -> None:
        self.paused.append(seconds)
        if not hurry.is_set():
            over = asyncio.Event()
            self._over.append(over)
            waiting = [asyncio.ensure_future(each.wait()) for each in (over, hurry)]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()

    def end_pauses(self) -> None:
        for over in self._over:
            over.set()
        self._over.clear()
