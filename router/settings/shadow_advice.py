"""What works and may still surprise about copies, comparison and what is kept of it."""

import re
from collections.abc import Iterator
from typing import Final

from router.settings.document import Document
from router.settings.problems import Path, Problem
from router.settings.quantities import show_size
from router.settings.schema import Settings
from router.settings.schema_service import ServiceSettings
from router.settings.schema_shadow import ShadowSettings
from router.settings.shadow_conflicts import GETS_COPIES

DROPPED: Final = ("authorization", "cookie", "idempotency-key")
"""What copies do not have unless it is kept."""

ALWAYS_OTHER: Final = frozenset({"age", "content-length", "date", "etag", "set-cookie"})
"""Headers in which any two answers differ, or that only repeat how bodies differ."""

_BODIES: Final = ("ignore", "classes", "tolerance", "unordered", "match_by", "text", "mask")
_MISREAD: Final = re.compile(r"[a-z0-9_]\.[a-z_]|\[\d*\*?\]|/\$", re.IGNORECASE)


def shadow_advice(settings: Settings, document: Document) -> Iterator[Problem]:
    """Return all of it."""
    for index, service in enumerate(settings.services):
        path: Path = ("services", index)
        if service.shadow is not None:
            yield from _on_cost(service.shadow, path, document)
            yield from _on_copies(service, service.shadow, path, document)
            yield from _on_sandboxes(service.shadow, path, document)
            yield from _on_memory(settings, service.shadow, path, document)
        elif document.at((*path, "compare")) is not None:
            text = "without `shadow` only what `gray-router compare` is given is compared"
            yield document.problem((*path, "compare"), text)
        yield from _on_records(settings, service, path, document)
        yield from _on_masks(service, path, document)
        yield from _on_headers(service, path, document)
        yield from _on_places(service, path, document)
    yield from _on_key(settings, document)


def _on_cost(shadow: ShadowSettings, service: Path, document: Document) -> Iterator[Problem]:
    """Copies to AI are paid for, and nobody who only reads the users' bill sees it."""
    path: Path = (*service, "shadow")
    if "ai" not in GETS_COPIES[shadow.send] and not shadow.repeat:
        return
    budget = shadow.budget
    if budget.requests_per_second is None and budget.cost_per_hour is None:
        text = f"{_more(shadow)}, and nothing limits what that costs: `budget` does"
        yield document.problem(path, text)
    elif budget.cost_per_hour is not None and budget.requests_per_second is None:
        text = (
            "counts what AI's answers say in x-gray-cost-usd: where they say nothing, copies cost "
            "nothing and are not limited; `requests_per_second` limits them in any case"
        )
        yield document.problem((*path, "budget", "cost_per_hour"), text)


def _more(shadow: ShadowSettings) -> str:
    """Say how often AI is asked beside what it serves, at most."""
    sample, repeat = shadow.sample / 10_000, shadow.repeat / 10_000
    copied = 0.0 if shadow.send == "to_legacy" else 1.0
    asked = 100 * sample * (copied + repeat)
    twice = f" ({shadow.repeat / 100:g}% of them twice)" if repeat else ""
    return f"AI answers up to {asked:g} copies for each 100 requests of users{twice}"


def _on_copies(
    service: ServiceSettings, shadow: ShadowSettings, path: Path, document: Document
) -> Iterator[Problem]:
    allowed = service.match.methods
    strange = [method for method in shadow.methods if allowed and method not in allowed]
    written = document.at((*path, "shadow", "methods")) is not None
    if strange and (written or len(strange) == len(shadow.methods)):
        text = f"no request has {', '.join(strange)}: the service's match has {', '.join(allowed)}"
        yield document.problem((*path, "shadow", "methods"), text)
    for place, name in enumerate(shadow.headers.keep):
        if name not in DROPPED:
            text = f"{name} is kept anyway: only {', '.join(DROPPED)} are dropped"
            yield document.problem((*path, "shadow", "headers", "keep", place), text)


def _on_sandboxes(shadow: ShadowSettings, service: Path, document: Document) -> Iterator[Problem]:
    """Say where a sandbox is never asked, or makes a noise of its own."""
    named = {"legacy": shadow.endpoints.legacy, "ai": shadow.endpoints.ai}
    for variant in (each for each, endpoints in named.items() if endpoints):
        path: Path = (*service, "shadow", "endpoints", variant)
        if shadow.repeat:
            text = f"`repeat` then compares {variant} with its sandbox, and counts that as noise"
            yield document.problem(path, text)
        elif variant not in GETS_COPIES[shadow.send]:
            yield document.problem(path, f"never asked: send is {shadow.send}")


def _on_memory(
    settings: Settings, shadow: ShadowSettings, service: Path, document: Document
) -> Iterator[Problem]:
    most = shadow.max_body * shadow.max_concurrency * 2  # a request and an answer
    buffers = settings.proxy.buffers
    if most > buffers:
        text = (
            f"{shadow.max_concurrency} copies of {show_size(shadow.max_body)} and their answers "
            f"may hold {show_size(most)}, proxy.buffers is {show_size(buffers)}: beyond it copies "
            "are left out"
        )
        yield document.problem((*service, "shadow", "max_body"), text)


def _on_records(
    settings: Settings, service: ServiceSettings, path: Path, document: Document
) -> Iterator[Problem]:
    compare = service.compare
    record: Path = (*path, "compare", "record")
    if compare.record == "metadata":
        if compare.mask:
            text = "hides nothing yet: `record: metadata` keeps no content"
            yield document.problem((*path, "compare", "mask"), text)
        return
    if compare.record == "full" and settings.records.key is None:
        text = (
            "there is no records.key, so no vault: pairs are kept masked, and none can be replayed"
        )
        yield document.problem(record, text)
    if not compare.mask:
        text = (
            "contents are kept and `mask` names none: what personal data they hold is hidden only "
            "as far as records.detectors find it"
        )
        yield document.problem(record, text)


def _on_masks(service: ServiceSettings, path: Path, document: Document) -> Iterator[Problem]:
    """Say what becomes of a body that cannot be masked."""
    if service.legacy.forward.mask:
        text = "a body that cannot be masked is refused (415): there is nobody behind legacy"
        yield document.problem((*path, "legacy", "forward", "mask"), text)
    if service.ai.forward.mask:
        buffer = show_size(service.fallback.replay_buffer)
        text = (
            f"a body of more than {buffer} (fallback.replay_buffer), one that is encoded, and one "
            "that is no JSON goes to legacy"
        )
        yield document.problem((*path, "ai", "forward", "mask"), text)


def _on_headers(service: ServiceSettings, path: Path, document: Document) -> Iterator[Problem]:
    for place, name in enumerate(service.compare.headers):
        at: Path = (*path, "compare", "headers", place)
        if name in ALWAYS_OTHER:
            text = f"{name} differs between any two answers, or only where their bodies do"
            yield document.problem(at, text)
        elif name.startswith("x-gray-"):
            text = f"{name} is AI's word to the router, which legacy does not give"
            yield document.problem(at, text)


def _on_places(service: ServiceSettings, path: Path, document: Document) -> Iterator[Problem]:
    """Find pointers that are well formed and hardly mean what they say."""
    ignored = frozenset(service.compare.ignore)
    for key in _BODIES:
        at: Path = (*path, "compare", key)
        for place, pointer in _pointers(document, at):
            if pointer.endswith("/"):
                yield document.problem(place, 'ends with `/`: it names a key that is ""')
            elif _MISREAD.search(pointer):
                text = "names keys as they are written, dots and brackets included: /a/b is b in a"
                yield document.problem(place, text)
            elif key not in ("ignore", "mask") and pointer in ignored:
                yield document.problem(place, "never looked at: it is in `ignore`")


def _pointers(document: Document, path: Path) -> Iterator[tuple[Path, str]]:
    written = document.mapping(*path)
    if written:
        yield from (((*path, pointer), pointer) for pointer in written)
        return
    for place, value in document.items(*path):
        if isinstance(value, str) and not value.startswith("header:"):
            yield place, value


def _on_key(settings: Settings, document: Document) -> Iterator[Problem]:
    path: Path = ("records", "key")
    yield from _on_former_keys(settings, document)
    if settings.records.key is None:
        return
    yield from _on_readers(path, "RECORDS_KEY", document)
    is_full = any(service.compare.record == "full" for service in settings.services)
    if not is_full and settings.comparer.stream is None:
        text = "no service has `compare.record: full`: nothing is put into the vault"
        yield document.problem(path, text)


def _on_former_keys(settings: Settings, document: Document) -> Iterator[Problem]:
    path: Path = ("records", "former_keys")
    records = settings.records
    for place, key in enumerate(records.former_keys):
        if key is None:
            continue
        yield from _on_readers((*path, place), "RECORDS_FORMER_KEY", document)
        if key == records.key:
            yield document.problem((*path, place), "is records.key itself, which opens anyway")
    if any(records.former_keys) and records.key is None:
        text = "there is no records.key: they open what is in the vault, and nothing is added to it"
        yield document.problem(path, text)


def _on_readers(path: Path, variable: str, document: Document) -> Iterator[Problem]:
    if not document.marks[path].is_secret:
        text = (
            f"stands in this file, whose readers can open the vault: `${{{variable}}}` keeps it in "
            "the environment"
        )
        yield document.problem(path, text)
