"""How members look to one of them: whom it hears, who has fallen silent, who goes by one name.

Whoever's beat has grown was heard now, by our own clock. Silence counts only while the store
answers us: that nobody is heard while it is away says nothing of anybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from router.replica.membership import Presence

RECENT: Final = 3.0
"""Seconds: whoever was heard within them is speaking still."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A member as it was heard last, by our own clock.

    since: when it was seen first. waited: seconds since `at` in which it could have been heard.
    """

    presence: Presence
    since: float
    at: float
    waited: float = 0.0

    @property
    def was_heard(self) -> bool:
        """Whether it has said anything since we know of it."""
        return self.at > self.since

    def heard(self, presence: Presence, now: float) -> "Sighting":
        return replace(self, presence=presence, at=now, waited=0.0)


@dataclass(frozen=True, slots=True)
class Sightings:
    """All members, by instance. patience: seconds after which one that is not heard is silent.

    Whoever says that it leaves is no member any more, and so is not missed.
    """

    patience: float
    known: Mapping[str, Sighting] = field(default_factory=dict[str, Sighting])

    def looked(self, members: Iterable[Presence], now: float, *, waited: float) -> "Sightings":
        """These are the members; for ``waited`` seconds since the last look they could be heard."""
        found = {each.instance: self._found(each, now, waited) for each in members}
        return replace(self, known=found)

    def _found(self, presence: Presence, now: float, waited: float) -> Sighting:
        before = self.known.get(presence.instance)
        if before is None:
            return Sighting(presence, now, now)
        if presence.beat > before.presence.beat:
            return before.heard(presence, now)
        return replace(before, waited=before.waited + waited)

    # Asking...

    @property
    def silent(self) -> tuple[Sighting, ...]:
        """Return whoever says nothing, and was not followed by one of its own name."""
        return tuple(
            each
            for each in self._all()
            if each.waited >= self.patience and not self._is_succeeded(each)
        )

    @property
    def namesakes(self) -> tuple[str, ...]:
        """Return the names that several go by at the same time.

        One that was killed is still known when its successor speaks, and says no more itself.
        """
        both = (
            one.presence.replica
            for one, other in self._pairs()
            if other.was_heard and one.at > other.since and max(one.waited, other.waited) < RECENT
        )
        return tuple(sorted(set(both)))

    # Own...

    def _all(self) -> Iterable[Sighting]:
        return self.known.values()

    def _pairs(self) -> Iterator[tuple[Sighting, Sighting]]:
        """Yield each two that have the same name, the one that is known for longer first."""
        for one in self._all():
            for other in self._all():
                has_same_name = one.presence.replica == other.presence.replica
                if has_same_name and one is not other and one.since <= other.since:
                    yield one, other

    def _is_succeeded(self, silent: Sighting) -> bool:
        name, at = silent.presence.replica, silent.at
        return any(each.presence.replica == name and each.at > at for each in self._all())
