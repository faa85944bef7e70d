"""Mistakes that no value makes alone: two that contradict each other.

These checks read the document, not the models, and skip what is unreadable: so a file with a
misspelled key still hears about its falling stages.
"""

from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Final

from router.loopback import is_loopback
from router.model import Address
from router.routing.snapshot import Endpoint
from router.settings.addresses import is_wildcard, read_endpoint, read_listen
from router.settings.admin_conflicts import admin_conflicts
from router.settings.catalog import key_path, keys
from router.settings.comparer_conflicts import comparer_conflicts
from router.settings.document import Document
from router.settings.overlaps import are_ambiguous, claims
from router.settings.problems import Data, NotAllowedError, Path, Problem, dotted, shown
from router.settings.quantities import read_percent
from router.settings.replica_conflicts import replica_conflicts
from router.settings.shadow_conflicts import shadow_conflicts
from router.settings.time_to_zero import late_to_zero
from router.settings.words import read_header_name

VARIANTS: Final = ("legacy", "ai")
SANDBOX: Final = ("shadow", "endpoints")
STANDARD_HEADERS: Final = (
    "accept-encoding",
    "access-control-allow-origin",
    "authorization",
    "cache-control",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "if-none-match",
    "sec-websocket-key",
    "set-cookie",
    "traceparent",
    "transfer-encoding",
    "x-forwarded-for",
    "x-request-id",
)
"""Headers of others that a careless `proxy.headers.prefix` would remove."""


def conflicts(document: Document) -> Iterator[Problem]:
    """Find all of them."""
    yield from _repeated_values(document)
    yield from _repeated_names(document)
    yield from _overlapping_services(document)
    yield from _endpoints_at_the_router(document)
    yield from _clashing_listeners(document)
    yield from _included_listeners(document)
    for index, _ in enumerate(document.items("services")):
        yield from _falling_stages(document, index)
        yield from _empty_rules(document, index)
    yield from _greedy_prefix(document)
    yield from late_to_zero(document)
    yield from admin_conflicts(document)
    yield from replica_conflicts(document)
    yield from shadow_conflicts(document)
    yield from comparer_conflicts(document)


def _repeated_values(document: Document) -> Iterator[Problem]:
    """Find the same value twice in one list, however it is spelled."""
    for path in list(document.marks):
        key = keys().get(key_path(path))
        if key is None or key.item is None or not isinstance(document.at(path), list):
            continue
        first: dict[object, Path] = {}
        for place, value in document.items(*path):
            try:
                meaning = key.item.checked(value)
            except NotAllowedError:
                continue
            if first.setdefault(meaning, place) != place:
                text = f"is the same as {dotted(first[meaning])}"
                yield document.problem(place, text, allowed="each value once")


def _repeated_names(document: Document) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, _ in document.items("services"):
        name = document.at((*path, "name"))
        if isinstance(name, str) and first.setdefault(name, path) != path:
            text = f"is the name of {dotted(first[name])} too"
            yield document.problem((*path, "name"), text, allowed="a name of its own")


def _overlapping_services(document: Document) -> Iterator[Problem]:
    for one, other in combinations(claims(document), 2):
        if are_ambiguous(one, other):
            text = f"claims requests that {dotted(one.path[:-1])} claims with the same right"
            allowed = "a match that differs by host, path, methods or headers"
            yield document.problem(other.path, text, allowed=allowed)


def _endpoints_at_the_router(document: Document) -> Iterator[Problem]:
    beside = [(dotted(path), address) for path, address in _beside(document)]
    listening = [*_named_listeners(document), *beside]
    asked = [*((name, "endpoints") for name in VARIANTS), *((*SANDBOX, name) for name in VARIANTS)]
    for index, below in product(range(len(document.items("services"))), asked):
        for path, value in document.items("services", index, *below):
            endpoint = _endpoint(value)
            for place, address in listening:
                if endpoint is not None and _is_same(endpoint, address):
                    text = f"is the router itself ({place}): requests would go round in circles"
                    yield document.problem(path, text, allowed="a backend's address")


def _clashing_listeners(document: Document) -> Iterator[Problem]:
    """Find addresses for operators and replicas on which somebody else is served already."""
    before = _named_listeners(document)
    for path, address in _beside(document):
        endpoint = Endpoint(address.host, address.port)
        taken = next((other for other, known in before if _is_same(endpoint, known)), None)
        if taken is not None:
            text = f"is the same as {taken}"
            yield document.problem(path, text, allowed="its own address")
        before.append((dotted(path), address))


def _included_listeners(document: Document) -> Iterator[Problem]:
    """Find addresses that another one of the list listens on as well."""
    for (path, address), (_, wider) in permutations(_listeners(document), 2):
        if wider.port and wider != address and _includes(wider, address):
            text = f"is included in {wider}"
            yield document.problem(path, text, allowed="each address once")


def _includes(wider: Address, address: Address) -> bool:
    """Tell for numbers only; where a name leads is known when it is looked up."""
    is_number = address.is_ipv6 or address.host.replace(".", "").isdigit()
    is_same_family = wider.is_ipv6 == address.is_ipv6
    is_there = is_number and is_same_family and wider.port == address.port
    return is_there and is_wildcard(wider.host)


def _falling_stages(document: Document, index: int) -> Iterator[Problem]:
    highest = 0
    before = "0, where every service starts"
    for path, value in document.items("services", index, "release", "stages"):
        place = (*path, "percent") if isinstance(value, dict) else path
        percent = document.at(place)
        try:
            share = read_percent(percent)
        except NotAllowedError:
            continue
        is_secret = document.is_secret(place)
        if share <= highest:
            seen = "a value that is not shown" if is_secret else shown(percent)
            yield document.problem(path, "", seen=seen, allowed=f"a stage above {before}")
        if share > highest:
            highest = share
            before = "the one before" if is_secret else f"the one before ({highest / 100:g})"


def _empty_rules(document: Document, index: int) -> Iterator[Problem]:
    """Find rules without a condition: they would hold for every request."""
    for path, _ in document.items("services", index, "split", "rules"):
        when = (*path, "when")
        if isinstance(document.at(when), dict) and not any(document.mapping(*when).values()):
            allowed = "at least one of header, cookie, query, json, cidr"
            yield document.problem(when, "asks for nothing", allowed=allowed)


def _greedy_prefix(document: Document) -> Iterator[Problem]:
    path: Path = ("proxy", "headers", "prefix")
    try:
        prefix = read_header_name(document.at(path))
    except NotAllowedError:
        return
    victims = [name for name in STANDARD_HEADERS if name.startswith(prefix)]
    if victims:
        text = f"would remove {', '.join(victims)}"
        yield document.problem(path, text, allowed="a beginning that no other header has")
    elif not prefix.endswith("-"):
        yield document.problem(path, "does not end with `-`", allowed="such as x-gray-")


def _listeners(document: Document) -> list[tuple[Path, Address]]:
    """Return where clients are served, the default where the file is silent."""
    written = document.items("proxy", "listen") or [(("proxy", "listen"), "0.0.0.0:8080")]
    return [(path, address) for path, value in written for address in _address(value)]


def _named_listeners(document: Document) -> list[tuple[str, Address]]:
    return [(dotted(path), address) for path, address in _listeners(document)]


def _beside(document: Document) -> list[tuple[Path, Address]]:
    """Return where others than clients are served, the default where the file is silent."""
    written: dict[Path, Data] = {
        ("admin", "listen"): document.at(("admin", "listen")) or "127.0.0.1:9900",
        ("admin", "health"): document.at(("admin", "health")),
        ("replica", "listen"): document.at(("replica", "listen")),
    }
    return [(path, address) for path, value in written.items() for address in _address(value)]


def _address(value: Data) -> list[Address]:
    try:
        return [read_listen(value)]
    except NotAllowedError:
        return []


def _endpoint(value: Data) -> Endpoint | None:
    try:
        return read_endpoint(value)
    except NotAllowedError:
        return None


def _is_same(endpoint: Endpoint, address: Address) -> bool:
    if address.is_unix:
        return endpoint.host == address.host
    if endpoint.port != address.port or not address.port:
        return False
    # A wildcard listens on every loopback address, and connecting to one reaches this machine.
    local = is_loopback(endpoint.host) or is_wildcard(endpoint.host)
    if is_wildcard(address.host) or is_loopback(address.host):
        return local and _may_be_same_loopback(endpoint.host, address.host)
    return endpoint.host == address.host


def _may_be_same_loopback(one: str, other: str) -> bool:
    """Tell 127.0.0.1 from 127.0.0.2; names and wildcards may be any of them."""
    return one == other or any(host == "localhost" or is_wildcard(host) for host in (one, other))
