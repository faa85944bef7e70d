"""Mistakes about who may command that no value makes alone.

Like all conflicts they are found in the document, and skip what is unreadable. No name, token or
digest is repeated.
"""

from collections.abc import Callable, Iterator

from router.loopback import is_loopback
from router.model import Address
from router.settings.addresses import read_listen
from router.settings.credentials import read_caller_name, read_digest
from router.settings.destinations import read_webhook_url
from router.settings.document import Document
from router.settings.problems import NotAllowedError, Path, Problem, dotted, shown


def admin_conflicts(document: Document) -> Iterator[Problem]:
    """Find all of them."""
    yield from _repeated(document, "tokens", "name", read_caller_name, "a name of its own")
    yield from _repeated(document, "tokens", "sha256", read_digest, "a token of its own")
    yield from _repeated(document, "webhooks", "url", read_webhook_url, "each webhook once")
    yield from _without_a_token(document)
    yield from _without_a_role(document)
    yield from _unknown_services(document)
    yield from _open_to_all(document)


def is_local(address: Address) -> bool:
    """Say whether only this machine can reach an address."""
    return address.is_unix or is_loopback(address.host)


def _repeated(
    document: Document, of: str, key: str, read: Callable[[object], str], allowed: str
) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for each, _ in document.items("admin", of):
        path = (*each, key)
        try:
            value = read(document.at(path))
        except NotAllowedError:
            continue
        if first.setdefault(value, path) != path:
            text = f"is the same as {dotted(first[value])}"
            yield document.problem(path, text, allowed=allowed)


def _without_a_token(document: Document) -> Iterator[Problem]:
    """Find callers who have no way to say who they are."""
    if document.at(("admin", "identity")) is not None:
        return
    for path, token in document.items("admin", "tokens"):
        if isinstance(token, dict) and token.get("sha256") is None:
            allowed = "a digest; only who is named by admin.identity needs none"
            yield document.problem((*path, "sha256"), "is missing", allowed=allowed)


def _without_a_role(document: Document) -> Iterator[Problem]:
    """Find a proxy that signs in people of whom nothing is known."""
    path: Path = ("admin", "identity")
    if document.at(path) is not None and not document.at(("admin", "tokens")):
        allowed = "`tokens` beside it: the names in the header are looked up there"
        yield document.problem(path, "gives nobody a role", allowed=allowed)


def _unknown_services(document: Document) -> Iterator[Problem]:
    names = [document.at((*path, "name")) for path, _ in document.items("services")]
    known = [name for name in names if isinstance(name, str)]
    for token, _ in document.items("admin", "tokens"):
        for path, value in document.items(*token, "services"):
            if isinstance(value, str) and value not in known:
                seen = "a value that is not shown" if document.is_secret(path) else shown(value)
                allowed = ", ".join(known) or "the name of a service"
                yield document.problem(path, "", seen=seen, allowed=allowed)


def _open_to_all(document: Document) -> Iterator[Problem]:
    admin = document.mapping("admin")
    if admin.get("tokens") or admin.get("insecure") is True:
        return
    path: Path = ("admin", "listen")
    try:
        address = read_listen(document.at(path))
    except NotAllowedError:
        return
    if not is_local(address):
        text = "would let whoever reaches it move releases"
        allowed = (
            f"127.0.0.1:{address.port} or a Unix socket, unless there are `tokens` (or "
            "`insecure: true`)"
        )
        yield document.problem(path, text, allowed=allowed)
