"""Mistakes about copies and comparison that no value makes alone.

Like all conflicts they are found in the document, and skip what is unreadable.
"""

from collections.abc import Iterator
from typing import Final

from router.http1.names import Kind, Names
from router.settings.document import Document
from router.settings.patterns import read_pattern
from router.settings.problems import Data, NotAllowedError, Path, Problem, dotted
from router.settings.schema_shadow import SAFE_METHODS
from router.settings.words import read_header_name

GETS_COPIES: Final[dict[Data, tuple[str, ...]]] = {
    "to_ai": ("ai",),
    "to_legacy": ("legacy",),
    "both": ("legacy", "ai"),
}
"""What `send` says → the variants that are asked beside the one that serves."""

_EMPTY: Final[dict[tuple[str, ...], str]] = {
    ("shadow", "endpoints"): "legacy or ai, with addresses",
    ("shadow", "budget"): "at least one of requests_per_second, cost_per_hour",
}


def shadow_conflicts(document: Document) -> Iterator[Problem]:
    """Find all of them."""
    for path, _ in document.items("services"):
        yield from _harmful_methods(document, path)
        yield from _empty_sections(document, path)
        yield from _own_headers(document, path)
        yield from _empty_tolerances(document, path)
        yield from _two_orders(document, path)


def asked_again(document: Document, shadow: Path) -> tuple[str, ...]:
    """Return the variants that copies of requests go to, by what the document says."""
    repeats = document.at((*shadow, "repeat")) not in (None, 0, "0%")
    send = "both" if repeats else document.at((*shadow, "send"))
    return GETS_COPIES.get(send, ()) if isinstance(send, str) else ()


def _harmful_methods(document: Document, service: Path) -> Iterator[Problem]:
    """Find methods that change something, where nobody has said that a copy does no harm."""
    shadow: Path = (*service, "shadow")
    if document.at((*shadow, "side_effects")) is not None:
        return
    asked = asked_again(document, shadow)
    exposed = [each for each in asked if not document.at((*shadow, "endpoints", each))]
    for path, method in document.items(*shadow, "methods"):
        if isinstance(method, str) and method not in SAFE_METHODS and exposed:
            sandboxes = " and ".join(f"endpoints.{each}" for each in exposed)
            allowed = (
                f"{', '.join(SAFE_METHODS)}; more with `side_effects: none`, your word that a copy "
                f"does no harm at {' and '.join(exposed)}, or with a sandbox as {sandboxes}"
            )
            yield document.problem(path, "may change something twice", allowed=allowed)


def _empty_sections(document: Document, service: Path) -> Iterator[Problem]:
    for below, allowed in _EMPTY.items():
        path: Path = (*service, *below)
        if isinstance(document.at(path), dict) and not any(document.mapping(*path).values()):
            yield document.problem(path, "says nothing", allowed=allowed)


def _empty_tolerances(document: Document, service: Path) -> Iterator[Problem]:
    path: Path = (*service, "compare", "tolerance")
    for place, by in document.mapping(*path).items():
        if isinstance(by, dict) and not any(by.values()):
            allowed = "at least one of absolute, relative, above 0"
            yield document.problem((*path, place), "tolerates nothing", allowed=allowed)


def _own_headers(document: Document, service: Path) -> Iterator[Problem]:
    """Find headers that the router says itself, by the names that it was given."""
    names = _own_names(document)
    dropped = [(*service, variant, "forward", "drop_headers") for variant in ("legacy", "ai")]
    lists: list[Path] = [(*service, "shadow", "headers", "keep"), *dropped]
    written = [item for each in lists for item in document.items(*each)]
    put: Path = (*service, "shadow", "headers", "set")
    written += [((*put, name), name) for name in document.mapping(*put)]
    for path, value in written:
        try:
            name = read_header_name(value)
        except NotAllowedError:
            continue
        kind = names.kind(name.encode())
        if kind is Kind.REQUEST_ID or (kind is Kind.DROPPED and name.startswith(_prefix(document))):
            yield document.problem(path, f"{name} is the router's to say", allowed="another name")


def _own_names(document: Document) -> Names:
    request_id = document.at(("proxy", "request_id", "header"))
    own = request_id.lower() if isinstance(request_id, str) else "x-request-id"
    return Names(
        replies=False, prefix=_prefix(document).encode(), request_id=own.encode("utf-8", "replace")
    )


def _prefix(document: Document) -> str:
    written = document.at(("proxy", "headers", "prefix"))
    return written.lower() if isinstance(written, str) and written else "x-gray-"


def _two_orders(document: Document, service: Path) -> Iterator[Problem]:
    """Find arrays whose elements shall be found both by a key and by themselves."""
    compare: Path = (*service, "compare")
    keyed = document.mapping(*compare, "match_by")
    for path, value in document.items(*compare, "unordered"):
        try:
            place = read_pattern(value)
        except NotAllowedError:
            continue
        if place in keyed:
            other = dotted((*compare, "match_by", place))
            text = f"is in {other} too, which finds elements wherever they stand"
            yield document.problem(path, text, allowed="one of both")
