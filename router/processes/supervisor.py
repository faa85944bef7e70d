"""The supervisor's process: settings in, one `Supervisor` assembled, an exit code out."""

import asyncio
import contextlib
import logging
import os
import random
import resource
import time
from pathlib import Path
from typing import Final

from router.control.directory import Watched
from router.control.events import tell, write_events
from router.control.health import Health
from router.control.listening import Address
from router.control.supervisor import Plan, Supervisor
from router.control.systemd import notifier
from router.model import Variant
from router.release.state import Release
from router.settings.compile import compile_snapshot
from router.settings.cores import usable_cores
from router.settings.load import Examination, accepted, examine
from router.settings.machine import this_machine
from router.settings.schema import Settings
from router.settings.schema_service import HealthSettings

DONE: Final = 0
FAILED: Final = 1


def serve(config: Path) -> int:
    """Run the router by this config until a signal ends it; raise when it cannot start."""
    examination = examine(config, os.environ, this_machine(time.time()))
    settings = accepted(examination)
    write_events()
    _allow_descriptors()
    tell("starting", config=str(config))
    warn(examination)
    return DONE if asyncio.run(_supervise(settings)) else FAILED


def warn(examination: Examination) -> None:
    """Log what `check` would advise: nobody is known to have asked it."""
    for advice in examination.warnings:
        tell(
            "config_warning",
            level=logging.WARNING,
            config=examination.file,
            line=advice.line,
            path=advice.path,
            text=advice.statement,
        )


async def _supervise(settings: Settings) -> bool:
    return await Supervisor(plan(settings)).run()


def plan(settings: Settings) -> Plan:
    """Translate what the operator asked for into what a supervisor is told."""
    now = time.time()
    return Plan(
        listen=[Address(at.host, at.port) for at in settings.proxy.listen],
        admin=Address(settings.admin.listen.host, settings.admin.listen.port),
        workers=usable_cores() if settings.proxy.workers == "auto" else settings.proxy.workers,
        state_dir=settings.state_dir,
        lease=settings.lease,
        releases=[
            Release(service.name, updated_at=now, by="start", reason="every start begins at 0")
            for service in settings.services
        ],
        stages={
            service.name: tuple(stage.percent for stage in service.release.stages)
            for service in settings.services
        },
        sticky=frozenset(
            service.name
            for service in settings.services
            if service.split.key or service.split.cookie is not None
        ),
        compile=lambda releases, version: compile_snapshot(settings, releases, version),
        drain_timeout=settings.proxy.drain_timeout,
        clock=time.time,
        stopwatch=time.monotonic,
        watched=watched(settings),
        roll=random.random,
        boottime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        notify=notifier(os.environ),
    )


def watched(settings: Settings) -> list[Watched]:
    """Name every variant's endpoints, as they are compiled, with how they are probed."""
    compiled = compile_snapshot(settings, {}, 0).services
    return [
        Watched(service.name, variant, upstream, _health(asked.health))
        for service, written in zip(compiled, settings.services, strict=True)
        for variant, upstream, asked in (
            (Variant.LEGACY, service.legacy, written.legacy),
            (Variant.AI, service.ai, written.ai),
        )
    ]


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
