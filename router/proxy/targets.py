"""The addresses that a pool serves, and which of them may be chosen now.

An endpoint is what the operator wrote, a target where it really is. Targets come and go by what the
supervisor looked up and probed; what they answered to us decides who is left out for a while.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from router.model import Variant
from router.proxy.deadlines import NEVER
from router.proxy.endpoint_state import EndpointState
from router.routing.balance import electorate, part, pick
from router.routing.ejection import count_failure, most_out, too_many
from router.routing.snapshot import Endpoint, Upstream
from router.wire.messages import Locate, Target

ESTABLISHED: Final = -math.inf
"""Since when an endpoint serves that never had to begin slowly."""


class Out(NamedTuple):
    """An endpoint that is left out, and for how many seconds more."""

    endpoint: str
    seconds: float


class Targets:
    """One pool's targets. `states`, `usable` and `leaving` are lists that change in place."""

    __slots__ = (
        "_below", "_clock", "_is_last_resort", "_is_warming", "_settings", "leaving", "states",
        "usable", "wakes",
    )  # fmt: skip

    def __init__(
        self,
        settings: Upstream,
        clock: Callable[[], float],
        below: Callable[[int], int],
        *,
        is_last_resort: bool,
    ) -> None:
        """Begin with the endpoints that are addresses already.

        is_last_resort: there is nobody behind these, so all are tried when none is up.
        """
        self._settings = settings
        self._clock = clock
        self._below = below
        self._is_last_resort = is_last_resort
        self._is_warming = False
        self.states: Final[list[EndpointState]] = []
        self.usable: Final[list[EndpointState]] = []
        """Those that may be chosen now."""
        self.leaving: Final[list[EndpointState]] = []
        """Those that are gone, as long as they may have connections."""
        self.wakes = NEVER
        """When somebody who is left out comes back; `refresh` is due then."""
        self.locate(
            target
            for index, endpoint in enumerate(settings.endpoints)
            for target in own_targets(endpoint, index)
        )

    def locate(self, targets: Iterable[Target]) -> None:
        """Serve exactly these from now on; whoever stays keeps its connections and its record."""
        known = {state.place: state for state in (*self.states, *self.leaving)}
        located: dict[tuple[Endpoint, str, int], EndpointState] = {}
        for target in targets:
            endpoint = self._settings.endpoints[target.endpoint]
            place = endpoint, target.address, target.port
            state = known.get(place) or EndpointState(*place)
            state.is_up = target.is_up
            located[place] = state
        gone = [state for place, state in known.items() if place not in located]
        for state in gone:
            state.serves = False
        self.leaving[:] = [s for s in gone if s.load or s.opening or s.idle]
        self.states[:] = located.values()
        self.refresh()

    def pick(self) -> EndpointState:
        """Choose who gets the next request, of those that are usable: at least one is."""
        usable: Sequence[EndpointState] = self.usable
        if self._is_warming:
            usable = self._elect(usable)
        return pick(usable, self._below)

    def pick_beside(self, tried: Sequence[EndpointState]) -> EndpointState:
        """Choose somebody who was not tried yet, if there is one."""
        if not tried:
            return self.pick()
        untried = [state for state in self.usable if state not in tried]
        return pick(untried or self.usable, self._below)

    def fail(self, state: EndpointState) -> bool:
        """Count a failure; tell whether it changed who is usable.

        Whoever is not chosen any more fails only at what it was given before.
        """
        if not state.serves:
            return False
        now = self._clock()
        up = [each for each in self.states if each.is_up]
        out = sum(each.until > now for each in up)
        policy = self._settings.ejection
        if not count_failure(state, policy, now, has_room=out < most_out(policy, len(up))):
            return False
        self.refresh()
        return True

    def refresh(self) -> None:
        """Find out who may be chosen now."""
        now = self._clock()
        up = [state for state in self.states if state.is_up]
        out = [state for state in up if state.until > now]
        for record in too_many(out, self._settings.ejection, len(up)):
            record.until = now
        serving = [state for state in up if state.until <= now]
        if not serving and self._is_last_resort:
            serving = up or list(self.states)
        chosen = set(serving)
        # Who comes takes its time, unless all others have gone.
        since = now if any(state.serves for state in serving) else ESTABLISHED
        for state in self.states:
            serves = state in chosen
            if serves and not state.serves:
                state.since = since
            state.serves = serves
        self.usable[:] = serving
        self._is_warming = any(now - state.since < self._settings.slow_start for state in serving)
        self.wakes = min((state.until for state in up if state.until > now), default=NEVER)

    def out(self) -> list[Out]:
        """Return who is left out because it failed."""
        now = self._clock()
        return [
            Out(state.endpoint.called(state.address), state.until - now)
            for state in self.states
            if state.until > now
        ]

    def _elect(self, usable: Sequence[EndpointState]) -> Sequence[EndpointState]:
        now = self._clock()
        parts = [part(now - state.since, self._settings.slow_start) for state in usable]
        self._is_warming = min(parts) < 1.0
        return electorate(usable, parts, self._below)


class AddressBook:
    """Where endpoints are, as the supervisor said last.

    Kept by name, since a table may come before or after the addresses of its endpoints.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Variant], dict[str, list[Target]]] = {}
        self._nameless: dict[tuple[str, Variant], Locate] = {}
        """What was said of a variant before any table had it; its table will tell the names."""

    def learn(self, said: Locate, endpoints: Sequence[Endpoint]) -> None:
        """Note what was said of a variant; ``endpoints`` are those of the table in force."""
        key = said.service, said.variant
        in_force = [endpoint.authority for endpoint in endpoints]
        names = said.endpoints or in_force
        if not names:
            self._nameless[key] = said
            return
        known = self._known.get(key, {})
        found = {name: known[name] for name in in_force if name in known and name not in names}
        for index, name in enumerate(names):
            found[name] = [target for target in said.targets if target.endpoint == index]
        self._known[key] = found

    def targets(
        self, service: str, variant: Variant, endpoints: Sequence[Endpoint]
    ) -> list[Target]:
        """Return all targets of these endpoints."""
        said = self._nameless.pop((service, variant), None)
        if said is not None:
            self.learn(said, endpoints)
        known = self._known.get((service, variant), {})
        targets: list[Target] = []
        for index, endpoint in enumerate(endpoints):
            found = known.get(endpoint.authority)
            if found is None:
                targets += own_targets(endpoint, index)
            else:
                targets += [replace(target, endpoint=index) for target in found]
        return targets


def own_targets(endpoint: Endpoint, index: int) -> list[Target]:
    """Return where an endpoint is that is an address already; a name has to be looked up."""
    return [] if endpoint.is_name else [Target(index, endpoint.host, endpoint.port)]
