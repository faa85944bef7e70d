"""Tells webhooks what has happened to releases: event → message → post → (try again) → dead letter.

Nobody waits for this: what an audit event becomes is decided at once, and sent in the background.
Each message is tried by itself, so one that is refused does not hold up the next; receivers put
them in order by epoch and revision.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from router.control.dead_letters import DeadLetters
from router.control.events import tell
from router.control.webhook_message import (
    ALERT,
    Alert,
    Message,
    Posted,
    alert_message,
    kind_of,
    message,
)
from router.control.webhook_post import Hook, Post, post
from router.lines_out import rfc3339
from router.store.audit import Event
from router.tasks import TaskOwner

ATTEMPTS: Final = 14
"""With the pauses between them about an hour."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 600.0
JITTER: Final = 0.25
"""How much longer or shorter a pause may be, as a ratio: receivers come back to no crowd."""

AT_ONCE: Final = 4
"""Posts to one hook at a time."""

MOST_WAITING: Final = 256
"""Messages for one hook that nobody took yet; the oldest is given up for one more."""

LAST_ATTEMPT: Final = 5.0
"""Seconds at the end in which all that waits is tried once more."""

REMOVED: Final = "removed from the config"
CROWDED_OUT: Final = f"more than {MOST_WAITING} were waiting"
STOPPED: Final = "the router stopped"


def pauses(roll: Callable[[], float]) -> Iterator[float]:
    """Return the seconds between one attempt and the next, as often as there is a next one."""
    for number in range(ATTEMPTS - 1):
        pause = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        yield pause * (1 - JITTER + 2 * JITTER * roll())


async def pause_until(seconds: float, event: asyncio.Event) -> None:
    """Wait so long, or until the event."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def new_name() -> str:
    """Return one that no other delivery has."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Telling:
    """What it takes to send.

    replica: this router's name among others. roll: dice from 0 to 1. clock: Unix seconds. pause:
    ends after so long, or sooner when the event is set. name: makes a new name for a delivery.
    """

    replica: str
    roll: Callable[[], float]
    clock: Callable[[], float]
    post: Post = post
    pause: Callable[[float, asyncio.Event], Awaitable[None]] = pause_until
    name: Callable[[], str] = new_name


@dataclass(slots=True, eq=False)
class _Delivery:
    """A message on its way, and how often it was tried in vain."""

    message: Message
    task: asyncio.Task[None] | None = None
    failures: int = 0


@dataclass(slots=True, eq=False)
class _Line:
    """A hook and what is on its way to it."""

    hook: Hook
    is_failing: bool = False
    waiting: dict[str, _Delivery] = field(default_factory=dict[str, _Delivery])
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class Webhooks:
    """Observes the audit log. It is used in a running event loop."""

    def __init__(self, hooks: Sequence[Hook], letters: DeadLetters, means: Telling) -> None:
        self._lines: dict[str, _Line] = {}
        self._letters = letters
        self._means = means
        self._tasks = TaskOwner(_on_bug)
        self._hurry = asyncio.Event()
        self.results: Final = Counter[str]()
        self.serve_by(hooks)

    def serve_by(self, hooks: Iterable[Hook]) -> None:
        """Tell these from now on. What is on its way to one that stays is sent by its new word."""
        wanted = {hook.url: hook for hook in hooks}
        for url in self._lines.keys() - wanted.keys():
            line = self._lines.pop(url)
            for delivery in tuple(line.waiting.values()):
                self._give_up(line, delivery, REMOVED)
        for url, hook in wanted.items():
            self._lines.setdefault(url, _Line(hook)).hook = hook

    def hear(self, event: Event) -> None:
        """Send what has happened to whoever wants to know. It never raises, and never waits."""
        try:
            kind = kind_of(event)
            for line in self._lines.values():
                if kind in line.hook.events and not self._hurry.is_set():
                    means = self._means
                    self._send(line, message(event, kind, means.name(), means.replica))
        except Exception as error:  # noqa: BLE001 - no command may fail because of who hears of it
            _on_bug("hear", error)

    def alert(self, alert: Alert) -> None:
        """Send an alert to whoever wants those. It never waits."""
        for line in self._lines.values():
            if ALERT in line.hook.events and not self._hurry.is_set():
                means = self._means
                self._send(line, alert_message(alert, means.name(), means.replica))

    async def close(self, within: float = LAST_ATTEMPT) -> None:
        """Try once more what nobody took, and keep the rest as dead letters."""
        self._hurry.set()
        left = [each.task for each in self._deliveries() if each.task is not None]
        if left:
            await asyncio.wait(left, timeout=within)
        for line in self._lines.values():
            for delivery in tuple(line.waiting.values()):
                self._give_up(line, delivery, STOPPED)
        await asyncio.sleep(0)  # what was given up just now is on its way to the disk
        await self._letters.close()
        await self._tasks.close()

    # Send...

    def _send(self, line: _Line, told: Message) -> None:
        if len(line.waiting) == MOST_WAITING:
            self._give_up(line, next(iter(line.waiting.values())), CROWDED_OUT)
        delivery = line.waiting[told.delivery] = _Delivery(told)
        delivery.task = self._tasks.spawn(self._deliver(line, delivery), "webhook")

    async def _deliver(self, line: _Line, delivery: _Delivery) -> None:
        because = await self._attempt(line, delivery)
        for pause in pauses(self._means.roll):
            if not because or self._hurry.is_set():
                break
            await self._means.pause(pause, self._hurry)
            because = await self._attempt(line, delivery)
        if because:
            self._give_up(line, delivery, because)
        else:
            del line.waiting[delivery.message.delivery]

    async def _attempt(self, line: _Line, delivery: _Delivery) -> str:
        async with line.turns:
            because = await self._means.post(line.hook, delivery.message, self._means.clock())
        if because:
            delivery.failures += 1
            self.results[Posted.FAILED] += 1
            self._note_failure(line, because)
            return because
        self.results[Posted.DELIVERED] += 1
        if line.is_failing:
            line.is_failing = False
            tell("webhook_recovered", hook=line.hook.site)
        return ""

    # Give up...

    def _give_up(self, line: _Line, delivery: _Delivery, because: str) -> None:
        del line.waiting[delivery.message.delivery]
        if delivery.task is not None and delivery.task is not asyncio.current_task():
            delivery.task.cancel()
        self.results[Posted.GIVEN_UP] += 1
        told = delivery.message
        known: dict[str, Any] = {
            "hook": line.hook.site,
            "delivery": told.delivery,
            "kind": told.kind,
            "service": told.service,
            "failures": delivery.failures,
            "because": because,
        }
        tell("webhook_given_up", level=logging.ERROR, **known)
        letter = {"at": rfc3339(self._means.clock()), **known, "body": told.body.decode()}
        self._tasks.spawn(self._letters.keep(letter), "dead letter")

    def _note_failure(self, line: _Line, because: str) -> None:
        if not line.is_failing:
            line.is_failing = True
            tell("webhook_failed", level=logging.WARNING, hook=line.hook.site, because=because)

    def _deliveries(self) -> Iterator[_Delivery]:
        for line in self._lines.values():
            yield from line.waiting.values()


def _on_bug(task: str, error: BaseException) -> None:
    """Serve on: what becomes of a webhook is not worth a router's end."""
    tell("webhook_broken", failure=error, task=task)
