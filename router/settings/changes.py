"""What a changed config means for a running router: what holds at once, what waits, what may not.

Rule: nothing is done here. Two settings and the present shares go in; out come the settings to
serve by from now on, and sentences for the operator.

A file is taken or refused as a whole. It is refused where it would divide callers anew who are
being divided: many would change sides for no reason that they know. What only a new process can do
(other sockets, other workers) keeps its running value, and is named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from router.model import BasisPoints
from router.settings.admin_conflicts import is_local
from router.settings.quantities import show_percent
from router.settings.schema import Settings, StoreSettings
from router.settings.schema_admin import AdminTlsSettings
from router.settings.schema_proxy import ProxySettings
from router.settings.schema_replica import PeerTlsSettings, ReplicaSettings
from router.settings.schema_service import ServiceSettings


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new config means for a running router. With ``refused`` nothing else happens.

    settings: to serve by from now on. needs_restart: keys that differ and keep their running value.
    refused: why the file is not taken, in sentences. added, changed, removed: services by name.
    """

    settings: Settings
    needs_restart: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def changes(
    running: Settings,
    wanted: Settings,
    shares: Mapping[str, BasisPoints],
    *,
    reshuffle: bool,
) -> Changes:
    """Compare the config that is served by with one that shall be.

    shares: AI's present share by service. reshuffle: the operator's word that callers who are being
    divided may be divided anew.
    """
    before = {service.name: service for service in running.services}
    after = {service.name: service for service in wanted.services}
    both = [name for name in after if name in before]
    if not reshuffle:
        divided = (name for name in both if shares.get(name))
        refused = [
            sentence
            for name in divided
            for sentence in _reshuffled(before[name], after[name], shares[name])
        ]
        if refused:
            return Changes(running, refused=tuple(refused))
    return Changes(
        settings=_served_by(running, wanted),
        needs_restart=tuple(_waiting(running, wanted)),
        added=tuple(name for name in after if name not in before),
        changed=tuple(name for name in both if before[name] != after[name]),
        removed=tuple(name for name in before if name not in after),
    )


def _reshuffled(
    before: ServiceSettings, after: ServiceSettings, share: BasisPoints
) -> Iterator[str]:
    old, new = _division(before), _division(after)
    for key in old:
        if old[key] != new[key]:
            yield (
                f"service {before.name}: split.{key} cannot change while AI's share is "
                f"{show_percent(share)}, since callers would be divided anew: set the share to 0 "
                "first, or reload with --reshuffle"
            )


def _division(service: ServiceSettings) -> dict[str, object]:
    """Return what decides on which side of a share a caller is."""
    split = service.split
    return {"salt": split.salt or service.name, "key": split.key, "cookie": split.cookie}


def _served_by(running: Settings, wanted: Settings) -> Settings:
    """Return ``wanted`` with the running value of everything that needs a restart."""
    before, after = running.proxy, wanted.proxy
    tls = before.tls if _switches_tls(before, after) else after.tls
    kept = {"listen": before.listen, "workers": before.workers, "tls": tls}
    operators = {key: getattr(running.admin, key) for key in _waiting_of_admin(running, wanted)}
    replica = {key: getattr(running.replica, key) for key in _waiting_of_replica(running, wanted)}
    return wanted.model_copy(
        update={
            "proxy": after.model_copy(update=kept),
            "admin": wanted.admin.model_copy(update=operators),
            "store": running.store,
            "replica": wanted.replica.model_copy(update=replica),
            "state_dir": running.state_dir,
            "lease": running.lease,
            "comparer": running.comparer,
            "records": wanted.records.model_copy(update={"key": running.records.key}),
        }
    )


def _waiting(running: Settings, wanted: Settings) -> Iterator[str]:
    before, after = running.proxy, wanted.proxy
    if before.listen != after.listen:
        yield "proxy.listen"
    if before.workers != after.workers:
        yield "proxy.workers"
    if _switches_tls(before, after):
        yield "proxy.tls"
    for key in _waiting_of_admin(running, wanted):
        yield f"admin.{key}"
    yield from _waiting_of_store(running, wanted)
    for key in _waiting_of_replica(running, wanted):
        yield f"replica.{key}"
    yield from _waiting_at_the_top(running, wanted)


def _waiting_at_the_top(running: Settings, wanted: Settings) -> Iterator[str]:
    for key in ("state_dir", "lease"):
        if getattr(running, key) != getattr(wanted, key):
            yield key
    if running.comparer != wanted.comparer:
        yield "comparer.stream"
    if running.records.key != wanted.records.key:
        yield "records.key"


def _waiting_of_store(running: Settings, wanted: Settings) -> Iterator[str]:
    for key in StoreSettings.model_fields:
        if getattr(running.store, key) != getattr(wanted.store, key):
            yield f"store.{key}"


def _waiting_of_admin(running: Settings, wanted: Settings) -> Iterator[str]:
    before, after = running.admin, wanted.admin
    if before.listen != after.listen:
        yield "listen"
    if before.health != after.health:
        yield "health"
    if _changes_handshake(before.tls, after.tls):
        yield "tls"
    if not (after.tokens or after.insecure or is_local(before.listen)):
        # The file is safe by an address that only the next start binds.
        for key in ("tokens", "insecure"):
            if getattr(before, key) != getattr(after, key):
                yield key


def _waiting_of_replica(running: Settings, wanted: Settings) -> Iterator[str]:
    before, after = running.replica, wanted.replica
    for key in ReplicaSettings.model_fields:
        if key != "tls" and getattr(before, key) != getattr(after, key):
            yield key
    if _changes_handshake(before.tls, after.tls):
        yield "tls"


def _switches_tls(before: ProxySettings, after: ProxySettings) -> bool:
    """Say whether TLS begins or ends; another certificate is only shown to the next client."""
    return (before.tls is None) != (after.tls is None)


def _changes_handshake(
    before: AdminTlsSettings | PeerTlsSettings | None,
    after: AdminTlsSettings | PeerTlsSettings | None,
) -> bool:
    """Say whether who connects is asked for something else than before."""
    if before is None or after is None:
        return before is not after
    return before.client_ca != after.client_ca
