"""Where every endpoint really is and whether it is up, joined into what workers are told.

A worker looks up no name and probes nobody: it is told the targets of each variant that has a name
or a health check, whenever they change, and before the snapshot that needs them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router.control.health import Health
from router.control.lookup import Lookup, Resolve
from router.control.probe import Aim, Site
from router.control.probing import Probe, Probing
from router.control.rhythm import Rhythm
from router.model import Variant
from router.routing.snapshot import Endpoint, Upstream
from router.tasks import TaskOwner
from router.wire.messages import Locate, Target

LOOKUP_PATIENCE: Final = 2.0
"""Seconds that a start, or a reload, waits for names; what is not known by then comes later."""

_Key = tuple[str, Variant]


@dataclass(frozen=True, slots=True)
class Watched:
    """One variant of one service. sandbox: where its copies go instead; nobody probes those."""

    service: str
    variant: Variant
    upstream: Upstream
    health: Health | None = None
    sandbox: tuple[Endpoint, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Whatever a worker may be sent to."""
        return tuple(dict.fromkeys((*self.upstream.endpoints, *self.sandbox)))


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one site, or of an endpoint whose name has no address yet.

    reason: why its last probe failed, or that the name has no address.
    """

    service: str
    variant: Variant
    name: str
    is_up: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to find endpoints: how to look up and to probe, how often, and who does it."""

    resolve: Resolve
    probe: Probe
    rhythm: Rhythm
    tasks: TaskOwner


class Directory:
    """Follows the endpoints of what is watched, and sends a `Locate` when something changes."""

    def __init__(self, means: Means, send: Callable[[Locate], None]) -> None:
        self._lookup = Lookup(means.resolve, means.rhythm, means.tasks, self._on_moved)
        self._probing = Probing(means.probe, means.rhythm, means.tasks, self._on_flipped)
        self._send = send
        self._watched: dict[_Key, Watched] = {}
        self._sent: dict[_Key, Locate] = {}

    # Told what to watch...

    async def prepare(self, watched: Iterable[Watched]) -> None:
        """Look up the names of what will be watched next; return when all is known, or soon."""
        await self._lookup.prepare(_names(watched), LOOKUP_PATIENCE)

    def watch(self, watched: Sequence[Watched]) -> None:
        """Follow exactly these from now on; call it before the snapshot that they stand in."""
        self._lookup.watch(_names(watched))
        self._watched = {(each.service, each.variant): each for each in watched}
        self._probe_all()
        for key in self._sent.keys() - self._watched.keys():
            # Should it come back, it is told in any case: workers may remember what was said last.
            self._sent[key] = replace(self._sent[key], targets=[])
        for each in watched:
            self._tell(each)

    # Answering...

    def found(self) -> Iterator[Found]:
        """Show everything that is watched, in the order of the config."""
        for service, variant in self._watched:
            yield from self.found_of(service, variant)

    def found_of(self, service: str, variant: Variant) -> Iterator[Found]:
        """Show one variant's endpoints."""
        watched = self._watched[service, variant]
        for endpoint in watched.upstream.endpoints:
            yield from self._found_of(watched, endpoint)

    def _found_of(self, watched: Watched, endpoint: Endpoint) -> Iterator[Found]:
        service, variant = watched.service, watched.variant
        sites = self._sites(watched, endpoint)
        if not sites:
            yield Found(service, variant, endpoint.authority, False, "no address")
        for site in sites:
            up, reason = self._probing.is_up(site), self._probing.reason(site)
            yield Found(service, variant, site.name, up, reason)

    # Told what has changed...

    def _on_moved(self, host: str) -> None:
        self._probe_all()
        for each in self._watched.values():
            if any(endpoint.host == host for endpoint in each.endpoints):
                self._tell(each)

    def _on_flipped(self, site: Site) -> None:
        watched = self._watched.get((site.service, site.variant))
        if watched is not None:
            self._tell(watched)

    def _probe_all(self) -> None:
        self._probing.watch(
            {
                site: Aim(each.health, each.upstream.tls)
                for each in self._watched.values()
                if each.health is not None
                for endpoint in each.upstream.endpoints
                for site in self._sites(each, endpoint)
            }
        )

    def _tell(self, watched: Watched) -> None:
        key = (watched.service, watched.variant)
        locate = self._locate(watched)
        if not _needs_telling(watched):
            # What was said before holds no more: all of it is up again.
            if self._sent.pop(key, locate) != locate:
                self._send(locate)
        elif self._sent.get(key) != locate:
            self._sent[key] = locate
            self._send(locate)

    def _locate(self, watched: Watched) -> Locate:
        targets = [
            Target(index, site.address, endpoint.port, self._probing.is_up(site))
            for index, endpoint in enumerate(watched.endpoints)
            for site in self._sites(watched, endpoint)
        ]
        counted = [endpoint.authority for endpoint in watched.endpoints]
        return Locate(watched.service, watched.variant, targets, counted)

    def _sites(self, watched: Watched, endpoint: Endpoint) -> list[Site]:
        is_name = endpoint.is_name
        addresses = self._lookup.addresses(endpoint.host) if is_name else (endpoint.host,)
        return [Site(watched.service, watched.variant, endpoint, each) for each in addresses]


def _needs_telling(watched: Watched) -> bool:
    return watched.health is not None or any(endpoint.is_name for endpoint in watched.endpoints)


def _names(watched: Iterable[Watched]) -> list[str]:
    endpoints = (endpoint for each in watched for endpoint in each.endpoints)
    return [endpoint.host for endpoint in endpoints if endpoint.is_name]
