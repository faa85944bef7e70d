"""`gray-router compare`: the same router, which serves nobody.

Its listener takes requests that somebody else's proxy mirrors, and pairs that somebody else has
made. Its comparer reads the stream of pairs as well, where there is one. A service without `shadow`
is mirrored by the defaults. `split` decides nothing here.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from router.errors import StateDirError
from router.model import Address
from router.routing.snapshot import Endpoint, Match, Service, Snapshot, Split, Upstream
from router.settings.schema import Settings
from router.settings.schema_comparer import ComparerSettings
from router.settings.schema_service import ServiceSettings
from router.settings.schema_shadow import ShadowSettings
from router.wire.comparer_socket import COUNTER

PAIRS: Final = "(pairs)"
"""The service that takes `POST /pairs`: no name of a config's service looks like it."""

LONGEST: Final = 107
"""Bytes of a Unix socket's path."""


def mirroring(settings: Settings, listen: Address) -> Settings:
    """Return the settings of a router that listens there for mirrored requests."""
    if len(bytes(settings.state_dir / COUNTER)) > LONGEST:
        raise StateDirError(
            f"state_dir: {settings.state_dir} is too long a path: with /{COUNTER} a socket's has "
            f"at most {LONGEST} bytes"
        )
    proxy = settings.proxy.model_copy(update={"listen": (listen,), "tls": None})
    services = tuple(_shadowed(service) for service in settings.services)
    comparer = _judging(settings.comparer)
    update = {"proxy": proxy, "services": services, "comparer": comparer}
    return settings.model_copy(update=update)


def mirrored(snapshot: Snapshot, state_dir: Path) -> Snapshot:
    """Return the table of such a router."""
    services = (
        replace(service, is_mirrored=True, split=Split(service.split.salt))
        for service in snapshot.services
    )
    return replace(snapshot, services=(*services, _counter(state_dir)))


def _judging(settings: ComparerSettings) -> ComparerSettings:
    """Who is started to compare does so, whatever those do who serve by the same file."""
    if settings.stream is None:
        return settings
    stream = settings.stream.model_copy(update={"judge": True})
    return settings.model_copy(update={"stream": stream})


def _shadowed(service: ServiceSettings) -> ServiceSettings:
    if service.shadow is not None:
        return service
    by_default = ShadowSettings.model_validate({"send": "both"})
    return service.model_copy(update={"shadow": by_default})


def _counter(state_dir: Path) -> Service:
    """Pairs go to the comparer itself, as to any backend."""
    there = Upstream((Endpoint(str(state_dir / COUNTER), 0),))
    asked = Match(paths=("/pairs",), methods=("POST",))
    return Service(PAIRS, asked, there, there, Split(PAIRS))
