"""What `replica` may say and still leaves somebody unprotected, or a rollback without its way."""

from collections.abc import Iterator

from router.loopback import is_loopback
from router.settings.destinations import host_of
from router.settings.document import Document
from router.settings.problems import Problem
from router.settings.schema import Settings
from router.settings.store_url import redis_of


def replica_advice(settings: Settings, document: Document) -> Iterator[Problem]:
    """Return all of it."""
    if redis_of(settings.store.url) is None:
        if settings.replica.listen is not None:
            text = "unused: with this store there are no other replicas"
            yield document.problem(("replica", "listen"), text)
        return
    yield from _on_ways(settings, document)
    yield from _on_clear_text(settings, document)


def _on_ways(settings: Settings, document: Document) -> Iterator[Problem]:
    replica = settings.replica
    if replica.listen is None:
        text = (
            "other routers are told of a rollback by the Redis alone: with `replica.listen` also "
            "while it is away"
        )
        yield document.problem(("store", "url"), text)
    elif replica.advertise is None:
        text = "nobody is told of it: other replicas find it by `advertise` alone"
        yield document.problem(("replica", "listen"), text)
    elif is_loopback(host_of(replica.advertise)):
        text = "only this machine finds it there: replicas elsewhere would ask themselves"
        yield document.problem(("replica", "advertise"), text)


def _on_clear_text(settings: Settings, document: Document) -> Iterator[Problem]:
    replica = settings.replica
    if replica.listen is None or replica.tls is not None or is_loopback(replica.listen.host):
        return
    text = (
        "without TLS: nobody can forge a rollback without the secret, but who is on the way reads "
        "who called it, and why"
    )
    yield document.problem(("replica", "listen"), text)
