"""Looks at the members once a second: who runs what, who has fallen silent, whose name is taken.

Each router tells its own log of what it sees; whoever leads tells webhooks (`alerting`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.control.events import tell
from router.control.obstacles import who_runs_what
from router.replica.membership import Membership, Presence
from router.replica.sightings import Sightings
from router.store.port import Note

EVERY: Final = 1.0
"""Seconds between two looks."""

CONFIGS: Final = "configs_differ"
NAMESAKES: Final = "replicas_share_a_name"
SILENT: Final = "replica_silent"
ADVICE: Final = "store_advice"


class Members(Protocol):
    """Who serves by the same store (`fleet.Fleet`)."""

    membership: Membership

    def presence(self) -> Presence: ...
    def members(self) -> tuple[Presence, ...]: ...
    def fellows(self) -> tuple[Presence, ...]: ...


@dataclass(frozen=True, slots=True)
class Member:
    """Another router. heard_ago: seconds, None where it was not heard yet."""

    presence: Presence
    heard_ago: float | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is so now, and that people should know. topic: its kind, and of whom it is."""

    topic: str
    text: str

    @property
    def kind(self) -> str:
        return kind_of(self.topic)


def kind_of(topic: str) -> str:
    """Return the event that a topic is about."""
    return topic.partition(":")[0]


class Watching:
    """`run` until cancelled. patience: a lease, in seconds. notes: those of the store."""

    def __init__(
        self,
        fleet: Members,
        patience: float,
        boottime: Callable[[], float],
        notes: Callable[[], Sequence[Note]],
    ) -> None:
        self._fleet = fleet
        self._boottime = boottime
        self._notes = notes
        self._patience = patience
        self._sightings = Sightings(patience)
        self._looked_at: float | None = None
        self._heard_for = 0.0
        self._told: dict[str, Alarm] = {}

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Look now, and tell the log what has changed since the last look."""
        now = self._boottime()
        waited = self._waited(now)
        self._heard_for += waited
        self._sightings = self._sightings.looked(self._fleet.members(), now, waited=waited)
        self._tell({alarm.topic: alarm for alarm in self._seen()})
        self._looked_at = now

    def _waited(self, now: float) -> float:
        """Return for how many of the last seconds the others could be heard: the store spoke."""
        if self._looked_at is None or self._fleet.membership.told_at <= self._looked_at:
            return 0.0
        return min(now - self._looked_at, 2 * EVERY)  # we may have been stopped ourselves

    # Asking...

    @property
    def has_seen_enough(self) -> bool:
        """Whether what is not seen is not so: everybody would have been heard by now."""
        return self._heard_for > self._patience

    def others(self) -> tuple[Member, ...]:
        """Return the other members, by their names."""
        silent = self._silent()
        known, now = self._fleet.membership.known, self._boottime()
        others = self._fleet.fellows()
        return tuple(
            Member(
                each,
                now - known[each.instance].at if each.instance in known else None,
                each.instance in silent,
            )
            for each in sorted(others, key=lambda each: (each.replica, each.instance))
        )

    def present(self) -> tuple[Presence, ...]:
        """Return whoever may ask AI, ourselves first."""
        silent = self._silent()
        return tuple(each for each in self._fleet.members() if each.instance not in silent)

    def alarms(self) -> tuple[Alarm, ...]:
        """Return what is not as it should be."""
        advice = "; ".join(note.text for note in self._notes())
        return (*self._seen(), *((Alarm(ADVICE, advice),) if advice else ()))

    # Own...

    def _silent(self) -> frozenset[str]:
        return frozenset(each.presence.instance for each in self._sightings.silent)

    def _seen(self) -> Iterator[Alarm]:
        differing = who_runs_what(self.present())
        if differing:
            yield Alarm(CONFIGS, f"their configs differ: {differing}")
        for name in self._sightings.namesakes:
            yield Alarm(f"{NAMESAKES}:{name}", f"several routers go by the name {name}")
        for each in self._sightings.silent:
            it = each.presence
            text = f"{it.replica} ({it.instance}) says nothing, and has not said that it leaves"
            yield Alarm(f"{SILENT}:{it.instance}", text)

    def _tell(self, seen: dict[str, Alarm]) -> None:
        before, self._told = self._told, seen
        for topic in seen.keys() - before.keys():
            _tell_alarm(seen[topic])
        if CONFIGS in before and seen.get(CONFIGS, before[CONFIGS]) != before[CONFIGS]:
            _tell_alarm(seen[CONFIGS])  # they differ otherwise now
        for topic in before.keys() - seen.keys():
            _tell_end(before[topic])


def _tell_alarm(alarm: Alarm) -> None:
    match alarm.kind:
        case "configs_differ":
            tell("configs_differ", level=logging.WARNING, because=alarm.text)
        case "replicas_share_a_name":
            tell("replicas_share_a_name", level=logging.WARNING, because=alarm.text)
        case _:
            tell("replica_silent", level=logging.WARNING, because=alarm.text)


def _tell_end(alarm: Alarm) -> None:
    match alarm.kind:
        case "configs_differ":
            tell("configs_agree")
        case "replica_silent":
            tell("replica_silence_over", it_was=alarm.text)
        case _:
            pass
