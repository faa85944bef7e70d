"""What is allowed about TLS and still leaves somebody unprotected, or soon will."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from router.settings.certificates import periods
from router.settings.document import Document
from router.settings.files import PemFile
from router.settings.named_files import named_files
from router.settings.problems import Path, Problem
from router.settings.schema import Settings
from router.settings.schema_service import UpstreamSettings

SOON: Final = timedelta(days=14)
"""Left of a certificate's time when somebody should hear of it; renewal is due at 30 days."""


def tls_advice(settings: Settings, document: Document, now: float | None) -> Iterator[Problem]:
    """Return all of it; without the time of day, nothing about certificates' dates."""
    for path, file in named_files(settings):
        if path[-1] == "key" and file.is_readable_by_others:
            text = "every user of this machine can read the key: take that right away (chmod o-r)"
            yield document.problem(path, text)
        if path[-1] != "key" and file.text and now is not None:
            yield from _on_dates(file, path, datetime.fromtimestamp(now, UTC), document)
    for index, service in enumerate(settings.services):
        yield from _on_upstream(service.legacy, ("services", index, "legacy"), document)
        yield from _on_upstream(service.ai, ("services", index, "ai"), document)


def _on_upstream(upstream: UpstreamSettings, path: Path, document: Document) -> Iterator[Problem]:
    are_https = [endpoint.is_tls for endpoint in upstream.endpoints]
    if not any(are_https):
        if document.mapping(*path, "tls"):
            yield document.problem((*path, "tls"), "unused: none of the endpoints is https")
        return
    if not all(are_https):
        text = "some endpoints are https and some are not: a request may be sent in clear text"
        yield document.problem((*path, "endpoints"), text)
    if not upstream.tls.verify:
        text = "whoever answers is trusted: with `ca` a certificate of your own can be verified"
        yield document.problem((*path, "tls", "verify"), text)
        if upstream.tls.ca is not None:
            yield document.problem((*path, "tls", "ca"), "unused: verify is false")


def _on_dates(file: PemFile, path: Path, now: datetime, document: Document) -> Iterator[Problem]:
    found = periods(file.text)
    if path[-1] in ("ca", "client_ca"):
        # An authority that was renewed stands there twice; one that is valid is enough.
        if not any(begin <= now < end for begin, end in found):
            yield document.problem(path, "none of the certificates is valid now")
        return
    begin, end = max(begin for begin, _ in found), min(end for _, end in found)
    if end <= now:
        yield document.problem(path, f"expired at {_shown(end)}")
    elif begin > now:
        yield document.problem(path, f"not valid before {_shown(begin)}")
    elif end - now < SOON:
        yield document.problem(path, f"expires at {_shown(end)}, {_left(end - now)}")


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _left(time: timedelta) -> str:
    days = time // timedelta(days=1)
    return f"in {days} days" if days > 1 else f"in {time // timedelta(hours=1)} hours"
