"""The supervisor's process: settings in, one `Supervisor` assembled, an exit code out."""

import asyncio
import contextlib
import os
import random
import resource
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from router.control.conductor import Conductor
from router.control.directory import Watched
from router.control.events import events_written, tell
from router.control.health import Health
from router.control.plan import Adopt, Plan, Prepare
from router.control.reading import Reading, read_config, settings_of
from router.control.reload import Reloader
from router.control.reload_report import tell_warnings
from router.control.shadow_key import ShadowKey, own_key
from router.control.supervisor import Supervisor
from router.control.systemd import notifier
from router.model import Address, Variant
from router.processes.mirroring import mirrored, mirroring
from router.processes.operators import access_of, hooks_of, peering_of, tls_of
from router.release.state import Release
from router.routing.snapshot import Endpoint, Place, PlaceKind, Sends, Snapshot, Split
from router.settings.compile import compile_plan, compile_snapshot
from router.settings.compile_shadow import compile_rules
from router.settings.cores import usable_cores
from router.settings.fingerprint import config_hash
from router.settings.load import Examination, examine
from router.settings.machine import this_machine
from router.settings.schema import Settings
from router.settings.schema_service import HealthSettings, ServiceSettings
from router.store.journal import Journal
from router.store.ledger import Ledger
from router.store.opening import open_records, open_store, open_stream
from router.store.record import SLOT
from router.store.records import Limits, Records
from router.store.slots import SlotFile
from router.store.stream import Stream
from router.wire.comparing import CompareBy, StreamBy

DONE: Final = 0
FAILED: Final = 1

JOURNAL: Final = "rollback.journal"
"""In `state_dir`."""


def serve(config: Path, mirrored_at: Address | None = None) -> int:
    """Run the router by this config until a signal ends it; raise when it cannot start.

    mirrored_at: where mirrored requests are taken instead of those of users.
    """
    first = read_config(config, partial(examined, config), ())
    settings = settings_of(first)
    with events_written():
        _allow_descriptors()
        tell("starting", config=str(config), config_hash=config_hash(settings))
        tell_warnings(config, first.warnings)
        origin = Origin(config, first, mirrored_at=mirrored_at)
        return DONE if asyncio.run(_supervise(settings, origin)) else FAILED


def examined(config: Path) -> Examination:
    """Judge the config as it stands on disk, on this machine, now."""
    return examine(config, os.environ, this_machine(time.time()))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the config comes from, and how it was found there at the start.

    shadow_key: the same for every config that runs.
    """

    path: Path
    first: Reading
    shadow_key: ShadowKey = field(default_factory=own_key)
    mirrored_at: Address | None = None


async def _supervise(settings: Settings, origin: Origin) -> bool:
    return await Supervisor(plan(settings, origin)).run()


def plan(settings: Settings, origin: Origin) -> Plan:
    """Translate what the operator asked for into what a supervisor is told."""
    if origin.mirrored_at is None:
        return _plan(settings, origin)
    made = _plan(mirroring(settings, origin.mirrored_at), origin)

    def compiled(releases: Mapping[str, Release], version: int) -> Snapshot:
        return mirrored(made.compile(releases, version), made.state_dir)

    return replace(made, compile=compiled, takes_pairs=True)


def _plan(settings: Settings, origin: Origin) -> Plan:
    return Plan(
        listen=settings.proxy.listen,
        admin=settings.admin.listen,
        workers=usable_cores() if settings.proxy.workers == "auto" else settings.proxy.workers,
        state_dir=settings.state_dir,
        lease=settings.lease,
        ledger=partial(_ledger, settings, origin),
        release_plans={service.name: compile_plan(service) for service in settings.services},
        sticky=frozenset(
            service.name
            for service in settings.services
            if service.split.key or service.split.cookie is not None
        ),
        compile=lambda releases, version: compile_snapshot(
            settings, releases, version, origin.shadow_key.value
        ),
        shadow_key=origin.shadow_key,
        drain_timeout=settings.proxy.drain_timeout,
        replica=settings.replica.name or socket.gethostname(),
        instance=secrets.token_hex(8),
        reloader=partial(_reloader, settings, origin),
        clock=time.time,
        stopwatch=time.monotonic,
        boottime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        hooks=hooks_of(settings.admin),
        access=access_of(settings.admin),
        admin_tls=tls_of(settings.admin),
        health=settings.admin.health,
        peering=peering_of(settings.replica),
        compare=comparison(settings, origin.path.parent),
        stream=partial(_stream, settings, origin),
        shadowed={
            service.name: Sends(service.shadow.send)
            for service in settings.services
            if service.shadow is not None
        },
        records=partial(_records, settings, origin),
        record_limits=Limits(
            max_age=settings.records.max_age,
            max_count=settings.records.max_count,
            max_bytes=settings.records.max_bytes,
        ),
        watched=watched(settings),
        roll=random.random,
        notify=notifier(os.environ),
    )


def comparison(settings: Settings, folder: Path) -> CompareBy | None:
    """Say by which rules pairs are compared, if there can be any; ``folder``: the config's."""
    shadowed = {service.name for service in settings.services if service.shadow is not None}
    if not shadowed:
        return None
    rules = compile_rules(settings)
    return CompareBy(
        rules={name: rules[name] for name in rules if name in shadowed},
        prefix=settings.proxy.headers.prefix,
        request_id=settings.proxy.request_id.header.lower(),
        key=bytes(settings.records.key or b""),  # plain bytes: the wire knows no others
        former_keys=tuple(bytes(key) for key in settings.records.former_keys if key),
        detectors=settings.records.detectors,
        keys={it.name: _keys(it.split) for it in compile_snapshot(settings, {}, 0).services},
        stream=_stream_by(settings, folder),
    )


def _stream_by(settings: Settings, folder: Path) -> StreamBy | None:
    stream, place = settings.comparer.stream, settings.store
    if stream is None:
        return None
    where = (place.url, str(folder), place.prefix)
    return StreamBy(*where, stream.max_bytes, stream.max_age, stream.judge)


def _keys(split: Split) -> tuple[Place, ...]:
    """Return where a request says whose it is: our own cookie knows those who bring no key."""
    if split.cookie is None:
        return split.keys
    return (*split.keys, Place(PlaceKind.COOKIE, split.cookie.name))


def _ledger(settings: Settings, origin: Origin) -> Ledger:
    """Open what remembers the releases; nothing of it is read or made yet."""
    place = settings.store
    folder = origin.path.parent
    store = open_store(place.url, folder, prefix=place.prefix, max_lag=place.max_lag)
    return Ledger(store, Journal(SlotFile(settings.state_dir / JOURNAL, SLOT)))


def _records(settings: Settings, origin: Origin) -> Records:
    """Open what remembers comparisons; nothing of it is read or made yet."""
    place = settings.store
    return open_records(place.url, origin.path.parent, prefix=place.prefix)


def _stream(settings: Settings, origin: Origin) -> Stream | None:
    """Open the stream of pairs, where there is one; nothing of it is read or made yet."""
    if settings.comparer.stream is None:
        return None
    place = settings.store
    return open_stream(place.url, origin.path.parent, prefix=place.prefix)


def _reloader(
    settings: Settings, origin: Origin, conductor: Conductor, prepare: Prepare, adopt: Adopt
) -> Reloader:
    return Reloader(
        path=origin.path,
        examine=partial(examined, origin.path),
        first=origin.first,
        settings=settings,
        conductor=conductor,
        prepare=lambda settings: prepare(plan(settings, origin)),
        adopt=lambda settings: adopt(plan(settings, origin)),
        clock=time.time,
        stopwatch=time.monotonic,
    )


def watched(settings: Settings) -> list[Watched]:
    """Name every variant's endpoints, as they are compiled, with how they are probed."""
    compiled = compile_snapshot(settings, {}, 0).services
    return [
        Watched(service.name, variant, upstream, _health(asked.health), _sandbox(written, variant))
        for service, written in zip(compiled, settings.services, strict=True)
        for variant, upstream, asked in (
            (Variant.LEGACY, service.legacy, written.legacy),
            (Variant.AI, service.ai, written.ai),
        )
    ]


def _sandbox(service: ServiceSettings, variant: Variant) -> tuple[Endpoint, ...]:
    """Return where a variant's copies go, as long as they may be switched on."""
    if service.shadow is None:
        return ()
    sandboxes = service.shadow.endpoints
    return sandboxes.ai if variant is Variant.AI else sandboxes.legacy


def _health(settings: HealthSettings | None) -> Health | None:
    if settings is None:
        return None
    return Health(
        path=settings.path,
        interval=settings.interval,
        timeout=settings.timeout,
        healthy_after=settings.healthy_after,
        unhealthy_after=settings.unhealthy_after,
    )


def _allow_descriptors() -> None:
    """Raise the soft limit to the hard one; each client and each backend takes a descriptor."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A container may promise more than the kernel then grants; what there was has to do.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
