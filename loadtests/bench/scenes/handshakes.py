"""A new connection with TLS for every request, by clients whom nobody has seen before.

wrk resumes its sessions, so it would hardly measure a handshake. Here no client remembers one, and
every connection costs the proxy a signature.
"""

import ssl
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from loadtests.backends import static
from loadtests.bench import certificate, plain_client
from loadtests.bench.measure import Meter
from loadtests.bench.results import Section
from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.bench.stage import Stage
from loadtests.bench.turns import rotated

AT_ONCE: Final = 8
"""Threads; a handshake leaves the interpreter's lock."""
WARM_UP: Final = 16


class Handshakes(msgspec.Struct, frozen=True):
    """One proxy's turn. cpu_us: a connection, its handshake, one request, and its end."""

    connections: int
    cpu_us: float


def play(stage: Stage) -> Section:
    """Let the proxies take turns."""
    ground, cores, pace = stage.ground, stage.cores, stage.pace
    ports = [static.start(ground, variant, core=cores.load).port for variant in ("legacy", "ai")]
    shown = certificate.make(ground)
    setup = Setup(cores.proxy, certificate=shown)
    running = {each.name: each.start(ground, Backends(*ports), setup) for each in stage.proxies}
    found: dict[str, list[Handshakes]] = {name: [] for name in running}
    for each in running.values():
        _measure(each, WARM_UP, shown.trusting())
    for number in range(pace.free_rounds):
        for name in rotated(list(running), number):
            turn = _measure(running[name], pace.handshakes, shown.trusting())
            found[name].append(turn)
            stage.tell(f"round {number + 1}: {name} {turn.cpu_us:.0f} µs a connection")
    return section(found)


def section(found: Mapping[str, Sequence[Handshakes]]) -> Section:
    """Tell what was found; there is no limit."""
    costs = {
        name: statistics.median(each.cpu_us for each in turns) for name, turns in found.items()
    }
    nginx = costs.get("nginx")
    rows = [
        [name, f"{cost:.0f}", "-" if nginx is None else f"{cost / nginx:.2f}"]
        for name, cost in costs.items()
    ]
    each = [f"{1e6 / cost:,.0f} by {name}" for name, cost in costs.items()]
    return Section(
        title="TLS, a new connection each request",
        measured=(
            "Full handshakes with TLS 1.3 and a P-256 key, one small answer, the end; "
            "medians of alternating rounds."
        ),
        head=["proxy", "CPU µs a connection", "to nginx"],
        rows=rows,
        figures=[],
        meaning=f"So many new clients a second fill a core: {', '.join(each)}. Where clients "
        "come back rarely, this and not the request is what TLS costs.",
        found=dict(found),
    )


def _measure(running: Running, count: int, tls: ssl.SSLContext) -> Handshakes:
    def meet(number: int) -> None:
        connection = plain_client.connect(running.port, tls)
        with connection:
            plain_client.ask(connection, plain_client.question(f"user-{number:06d}"))

    with Meter(running.pid) as meter, ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(meet, range(count)))
    return Handshakes(count, meter.cpu_seconds / count * 1e6)
