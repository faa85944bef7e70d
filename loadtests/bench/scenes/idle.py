"""Ten thousand clients who keep their connection and ask nothing: how much memory is each?

Each has had one answer, so that whatever a proxy keeps of a request is there. Memory is what its
processes hold that is no file's, before and after; what the kernel holds for a socket is the same
for all.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from loadtests import family
from loadtests.backends import static
from loadtests.bench import certificate, plain_client
from loadtests.bench.figures import Figure
from loadtests.bench.results import OURS, Section
from loadtests.bench.servers.server import Backends, Server, Setup
from loadtests.bench.stage import Stage, clients_that_fit

KIB: Final = 1024
KIB_EACH: Final = 5.0
KIB_EACH_TLS: Final = 60.0
OF_ENVOY: Final = 0.4
WARM_UP: Final = 200
"""Requests before the first look, so that what is there once is not counted for each."""
SETTLE: Final = 1.0
"""Seconds in which a proxy may free what it does not keep."""


class Held(msgspec.Struct, frozen=True):
    """What so many idle connections hold."""

    connections: int
    kib_each: float


class Found(msgspec.Struct, frozen=True):
    """One proxy's idle connections, without and with TLS."""

    plain: Held
    tls: Held


def play(stage: Stage) -> Section:
    """Fill each proxy with clients, one proxy after the other."""
    ground, core = stage.ground, stage.cores.load
    ports = [static.start(ground, variant, core=core).port for variant in ("legacy", "ai")]
    backends = Backends(*ports)
    shown = certificate.make(ground)
    found: dict[str, Found] = {}
    for server in stage.proxies:
        plain = _fill(stage, server, backends, stage.pace.idle, None)
        tls = _fill(stage, server, backends, stage.pace.idle_tls, shown)
        found[server.name] = Found(plain, tls)
        stage.tell(f"{server.name} {plain.kib_each:.2f} KiB each, {tls.kib_each:.1f} with TLS")
    return section(found)


def section(found: Mapping[str, Found]) -> Section:
    """Tell what was found."""
    first = next(iter(found.values()))
    return Section(
        title="Idle connections",
        measured=(
            f"{first.plain.connections:,} connections kept open after one answer each, and "
            f"{first.tls.connections:,} with TLS 1.3: the rise of the proxy's own memory by "
            "their number. A proxy is given two descriptors a client, which may be fewer than "
            "the 10,000 clients that are aimed at."
        ),
        head=["proxy", "KiB each", "KiB each with TLS"],
        rows=[
            [name, f"{each.plain.kib_each:.2f}", f"{each.tls.kib_each:.1f}"]
            for name, each in found.items()
        ],
        figures=list(_figures(found)),
        meaning=_meaning(found),
        found=dict(found),
    )


def _figures(found: Mapping[str, Found]) -> Iterator[Figure]:
    own, envoy = found.get(OURS), found.get("Envoy")
    if own is None:
        return
    yield Figure("an idle connection's memory in KiB", own.plain.kib_each, KIB_EACH)
    if envoy is not None:
        multiple = own.plain.kib_each / envoy.plain.kib_each
        yield Figure("the same as a multiple of Envoy's", multiple, OF_ENVOY)
    yield Figure("an idle TLS connection's memory in KiB", own.tls.kib_each, KIB_EACH_TLS)


def _meaning(found: Mapping[str, Found]) -> str:
    each = [
        f"{name} {one.plain.kib_each * 1e5 / KIB:,.0f} ({one.tls.kib_each * 1e5 / KIB:,.0f})"
        for name, one in found.items()
    ]
    return f"A hundred thousand clients who wait hold so many MiB (with TLS): {', '.join(each)}."


def _fill(
    stage: Stage,
    server: Server,
    backends: Backends,
    wanted: int,
    shown: certificate.Certificate | None,
) -> Held:
    count = clients_that_fit(wanted)
    setup = Setup(stage.cores.proxy, clients=count, certificate=shown)
    running = server.start(stage.ground, backends, setup)
    tls = None if shown is None else shown.trusting()
    for opened in _open(running.port, WARM_UP, tls):
        opened.close()
    before = _memory(running.pid)
    clients = list(_open(running.port, count, tls))
    time.sleep(SETTLE)
    rise = _memory(running.pid) - before
    for client in clients:
        client.close()
    return Held(count, rise / count / KIB)


def _open(port: int, count: int, tls: ssl.SSLContext | None) -> Iterator[socket.socket]:
    for number in range(count):
        connection = plain_client.connect(port, tls)
        plain_client.ask(connection, plain_client.question(f"user-{number:06d}"))
        yield connection


def _memory(pid: int) -> int:
    return family.own_bytes([member.pid for member in family.members(pid)])
