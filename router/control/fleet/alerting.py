"""Tells webhooks what is wrong with the fleet: once, whoever leads, and however often that changes.

What is told stands in the store, in one step with its event in the audit log and under the leader's
fence. So nobody tells it again, and a leader that was stopped and wakes up tells nothing at all.
Whoever dies between that step and the post leaves it in the audit log alone.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.control.caller import ROUTER
from router.control.fleet.leading import Leading
from router.control.fleet.watching import Alarm, kind_of
from router.control.webhook_message import Alert
from router.errors import StoreError
from router.store.audit import Entry, Event
from router.store.leading import Leads, Telling

EVERY: Final = 1.0
"""Seconds between two looks at what is wrong."""


class Seen(Protocol):
    """What is wrong, as this replica sees it (`Watching`)."""

    @property
    def has_seen_enough(self) -> bool: ...
    def alarms(self) -> Sequence[Alarm]: ...


Post = Callable[[Alert], None]
"""Send it to whoever wants to know, in the background (`Webhooks.alert`)."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """`run` until cancelled. clock: Unix seconds."""

    store: Leads
    leading: Leading
    seen: Seen
    post: Post
    clock: Callable[[], float]

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Tell what is not told yet; what the store does not take now is told later."""
        for alarm, state in self._news() if self.leading.leads() else ():
            telling = Telling(alarm.topic, state, self.leading.fence)
            try:
                kept = await self.store.append_as_leader(self._entry(alarm), telling)
            except (StoreError, TimeoutError):
                return
            if isinstance(kept, Event):
                self._tell(kept, alarm, telling)

    def _news(self) -> Iterator[tuple[Alarm, str]]:
        """Yield what is to be told, each with what is so from then on; empty: nothing any more."""
        told, now = dict(self.leading.told), {alarm.topic: alarm for alarm in self.seen.alarms()}
        for topic, alarm in now.items():
            if told.get(topic) != alarm.text:
                yield alarm, alarm.text
        for topic, text in told.items():
            if topic not in now and self.seen.has_seen_enough:
                yield Alarm(topic, f"over: {text}"), ""

    def _entry(self, alarm: Alarm) -> Entry:
        return Entry(self.clock(), ROUTER.name, ROUTER.origin, alarm.kind, "", why=alarm.text)

    def _tell(self, event: Event, alarm: Alarm, telling: Telling) -> None:
        told = {topic: text for topic, text in self.leading.told.items() if topic != alarm.topic}
        self.leading.told = told | ({alarm.topic: telling.state} if telling.state else {})
        alert = Alert(
            name=kind_of(alarm.topic),
            reason=alarm.text,
            is_over=not telling.state,
            at=event.at,
            sequence=event.sequence,
            fence=telling.fence,
        )
        self.post(alert)
