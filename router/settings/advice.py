"""What works and may still surprise: `check` prints it, and nothing is refused for it."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise, permutations
from typing import Final

from router.model import BasisPoints
from router.routing.snapshot import PlaceKind
from router.settings.admin_advice import admin_advice
from router.settings.document import Document
from router.settings.machine import Machine, machine_advice
from router.settings.overlaps import claims, depend_on_order, hides
from router.settings.problems import Path, Problem, dotted
from router.settings.quantities import show_duration, show_percent
from router.settings.replica_advice import replica_advice
from router.settings.schema import Settings
from router.settings.schema_service import ServiceSettings
from router.settings.shadow_advice import shadow_advice
from router.settings.store_url import SENTINEL
from router.settings.time_to_zero import never_to_zero
from router.settings.tls_advice import tls_advice

LEASE_THAT_OUTLASTS: Final = 5.0
"""Seconds; a supervisor that starts again has its workers back within three."""

_NESTED_REPEAT: Final = re.compile(r"[+*}]\??\)+(?:[+*]|\{[0-9]*,)")
"""`(a+)+`, `(a*)*`, `([a-z]+){2,}`: the time to find no match doubles with every character."""


def advice(settings: Settings, document: Document, machine: Machine | None) -> Iterator[Problem]:
    """Return all advice on a config without errors; without a machine, none about that."""
    yield from tls_advice(settings, document, machine.now if machine else None)
    yield from admin_advice(settings, document)
    yield from replica_advice(settings, document)
    if machine is not None:
        yield from machine_advice(settings, document, machine)
    yield from _on_lease(settings, document)
    yield from _on_sentinels(settings, document)
    yield from never_to_zero(settings, document)
    yield from _on_rates(settings, document)
    for index, service in enumerate(settings.services):
        yield from _on_stickiness(service, ("services", index), document)
        yield from _on_steps(service, ("services", index), document)
    yield from _on_caches(settings, document)
    yield from _on_order(document)
    yield from _on_slow_expressions(document)
    yield from _on_salts(settings, document)
    yield from shadow_advice(settings, document)


def _on_lease(settings: Settings, document: Document) -> Iterator[Problem]:
    if settings.lease < LEASE_THAT_OUTLASTS:
        text = (
            f"short: a supervisor that is restarted takes longer, and AI's callers then change "
            f"sides twice; {show_duration(LEASE_THAT_OUTLASTS)} and more outlast it"
        )
        yield document.problem(("lease",), text)


def _on_sentinels(settings: Settings, document: Document) -> Iterator[Problem]:
    """What the servers are set to is seen when the router runs; here it can only be said."""
    if not settings.store.url.startswith(SENTINEL):
        return
    lag = settings.store.max_lag
    text = (
        "each server that the sentinels may choose has to be set to `min-replicas-to-write 1` and "
        f"`min-replicas-max-lag {lag:g}`: without that one that is cut off goes on as if nothing "
        "were, and a rollback has no bound there; `gray-router status` says how it is set"
    )
    yield document.problem(("store", "url"), text)
    if lag != int(lag):
        text = "not whole seconds: the servers' `min-replicas-max-lag` can only be whole ones"
        yield document.problem(("store", "max_lag"), text)


def _on_rates(settings: Settings, document: Document) -> Iterator[Problem]:
    rate = settings.proxy.limits.rate
    if rate and rate.key.kind is PlaceKind.CLIENT_IP and not settings.proxy.trusted_proxies:
        text = (
            "counts by the address that connects: behind another proxy all clients have the same "
            "one, unless proxy.trusted_proxies names it"
        )
        yield document.problem(("proxy", "limits", "rate"), text)


def _on_stickiness(service: ServiceSettings, path: Path, document: Document) -> Iterator[Problem]:
    keys = service.split.key
    if not keys and service.split.cookie is None:
        yield document.problem(
            (*path, "split"),
            "not sticky: without split.key or split.cookie every request is divided by chance",
        )
    kinds = [place.kind for place in keys]
    if PlaceKind.CLIENT_IP in kinds[:-1]:
        place = (*path, "split", "key", kinds.index(PlaceKind.CLIENT_IP))
        yield document.problem(
            place, "every request has a client_ip: the keys after it are never asked"
        )
    elif PlaceKind.CLIENT_IP in kinds and service.split.cookie is not None:
        place = (*path, "split", "cookie")
        yield document.problem(place, "never set: split.key ends with client_ip, which all have")


def _on_steps(service: ServiceSettings, path: Path, document: Document) -> Iterator[Problem]:
    most = service.release.max_step
    stages = [BasisPoints(0), *(stage.percent for stage in service.release.stages)]
    far = [(low, high) for low, high in pairwise(stages) if most and high - low > most]
    if far:
        low, high = far[0]
        text = (
            f"smaller than the plan's step from {show_percent(low)} to {show_percent(high)}: "
            "`promote` is refused there, and only `set` goes on"
        )
        yield document.problem((*path, "release", "max_step"), text)


def _on_caches(settings: Settings, document: Document) -> Iterator[Problem]:
    unset = [index for index, service in enumerate(settings.services) if not service.split.cache]
    if unset:
        yield document.problem(
            ("services", unset[0], "split", "cache"),
            "shared caches may keep one variant's answers for everyone: "
            "`private` prevents it, `off` leaves answers as they are",
        )


def _on_order(document: Document) -> Iterator[Problem]:
    found = claims(document)
    for one, other in combinations(found, 2):
        if depend_on_order(one, other):
            text = (
                f"a request that fits both goes to {dotted(one.path[:-1])}, the first in the file"
            )
            yield document.problem(other.path, text)
    for one, other in permutations(found, 2):
        if hides(one, other):
            text = f"a regex of {dotted(one.path[:-1])} comes before this prefix and takes it all"
            yield document.problem(other.path, text)


def _on_slow_expressions(document: Document) -> Iterator[Problem]:
    for index, _ in enumerate(document.items("services")):
        for path, value in document.items("services", index, "match", "paths"):
            is_regex = isinstance(value, str) and value.startswith("regex:")
            if is_regex and _NESTED_REPEAT.search(str(value)):
                text = "may be slow: a repetition inside a repetition can take exponential time"
                yield document.problem(path, text)


def _on_salts(settings: Settings, document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, service in enumerate(settings.services):
        salt = service.split.salt or service.name
        if first.setdefault(salt, index) != index:
            text = f"the same salt as services[{first[salt]}]: both divide the same callers alike"
            yield document.problem(("services", index, "split", "salt"), text)
