"""What `replica` may not say: a door that stands open, or one that nobody finds.

Like all conflicts they are found in the document, and skip what is unreadable.
"""

from collections.abc import Iterator

from router.settings.addresses import read_peer_url
from router.settings.document import Document
from router.settings.problems import NotAllowedError, Path, Problem

LISTEN: Path = ("replica", "listen")
ADVERTISE: Path = ("replica", "advertise")
TLS: Path = ("replica", "tls")


def replica_conflicts(document: Document) -> Iterator[Problem]:
    """Find all of them."""
    yield from _open_to_all(document)
    yield from _nowhere(document)
    yield from _other_scheme(document)


def _open_to_all(document: Document) -> Iterator[Problem]:
    """Whoever reaches it could send all callers to legacy."""
    guards = (("replica", "secret"), (*TLS, "client_ca"))
    if document.at(LISTEN) is not None and all(document.at(path) is None for path in guards):
        allowed = "`secret` beside it, or `tls` with `client_ca`"
        yield document.problem(LISTEN, "lets anybody roll back who reaches it", allowed=allowed)


def _nowhere(document: Document) -> Iterator[Problem]:
    if document.at(ADVERTISE) is not None and document.at(LISTEN) is None:
        allowed = "`listen` beside it"
        yield document.problem(ADVERTISE, "leads to where nobody listens", allowed=allowed)


def _other_scheme(document: Document) -> Iterator[Problem]:
    try:
        url = read_peer_url(document.at(ADVERTISE))
    except NotAllowedError:
        return
    has_tls = document.at(TLS) is not None
    if url.startswith("https:") and not has_tls:
        text = "says https, and this replica has no certificate"
        yield document.problem(ADVERTISE, text, allowed="`tls` beside it, or http")
    elif url.startswith("http:") and has_tls:
        text = "says http, and with `tls` beside it nothing else than TLS is spoken there"
        yield document.problem(ADVERTISE, text, allowed="https")
