"""Who is a member: whom a rollback waits for, and who might ask AI without having heard of it.

A member is whoever was heard from within lease + stream_drain: later than that nobody asks AI on
the strength of it, and no stream is left. That is counted up to the store's last word: what
happens while it is away is not known, so nobody is forgotten then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Presence:
    """What a replica says of itself with each renewal.

    instance: of this start of it. Two that were given one name by mistake are two, and one that was
    killed stays a member beside its successor until it is forgotten: its workers may live on.
    advertise: where its peers reach it, empty for nowhere. stands: (epoch, revision) by service.
    beat: another one with each renewal of an instance. started_at: Unix seconds. has_left: none of
    its workers is left, and it will not be back.
    """

    replica: str
    instance: str
    workers: int = 0
    advertise: str = ""
    version: str = ""
    config_hash: str = ""
    stands: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    beat: int = 0
    started_at: float = 0.0
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A presence, and when it was heard at the latest, by our own clock."""

    presence: Presence
    at: float


@dataclass(frozen=True, slots=True)
class Membership:
    """The last known one. known: by instance. told_at: when the store has spoken last."""

    known: Mapping[str, Heard] = field(default_factory=dict[str, Heard])
    told_at: float = 0.0

    def told(self, presences: Iterable[Presence], now: float) -> "Membership":
        """The store lists who renewed; its answer is read now.

        Whose beat is another one has renewed before that, so nobody is taken for older than he is,
        and no clock but ours is asked. Whom a store does not list any more is forgotten by time
        alone: it may have lost its list.
        """
        listed = (Heard(each, now) for each in presences if self._is_news(each))
        return replace(self._with(listed), told_at=now)

    def met(self, presence: Presence, now: float) -> "Membership":
        """A replica has spoken to us directly."""
        return self._with((Heard(presence, now),))

    def members(self, horizon: float, now: float) -> tuple[Presence, ...]:
        """Return whoever was heard within ``horizon``, as far as anything has been heard."""
        since = min(now, self.told_at) - horizon
        return tuple(
            each.presence
            for each in self.known.values()
            if each.at > since and not each.presence.has_left
        )

    def forgotten(self, horizon: float, now: float) -> "Membership":
        """Return what is worth keeping, on disk as well."""
        since = min(now, self.told_at) - horizon
        return replace(
            self, known={name: each for name, each in self.known.items() if each.at > since}
        )

    def _is_news(self, presence: Presence) -> bool:
        before = self.known.get(presence.instance)
        return before is None or presence.beat != before.presence.beat

    def _with(self, heard: Iterable[Heard]) -> "Membership":
        known = dict(self.known)
        for each in heard:
            before = known.get(each.presence.instance)
            if before is None or each.at >= before.at:
                known[each.presence.instance] = each
        return replace(self, known=known)
