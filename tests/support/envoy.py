"""A real Envoy on a free port, which serves from one address and mirrors to another."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.redis_servers import free_port

PROGRAM: Final = Path(sys.executable).with_name("envoy")

PATIENCE: Final = 20.0
"""Seconds for it to start."""

_EXTENSIONS: Final = "type.googleapis.com/envoy.extensions.filters"


@contextmanager
def mirroring_envoy(folder: Path, *, serves_from: int, mirrors_to: int) -> Iterator[int]:
    """Run it until the end; give its port."""
    assert PROGRAM.exists(), "Envoy is not installed: scripts/install-envoy.sh does it"
    port = free_port()
    config = folder / "envoy.json"
    config.write_text(json.dumps(_config(port, serves_from, mirrors_to)))
    with (folder / "envoy.log").open("ab") as log:
        process = subprocess.Popen(
            [PROGRAM, "-c", str(config), "--concurrency", "1", "--use-dynamic-base-id"],
            stdout=log,
            stderr=log,
        )
    try:
        _await(port, process, folder / "envoy.log")
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise AssertionError(f"Envoy does not serve: {log.read_text()[-2000:]}")


def _config(port: int, serves_from: int, mirrors_to: int) -> dict[str, Any]:
    """Write what docs/howto/compare-before-you-route.md shows, as JSON."""
    mirror = {"request_mirror_policies": [{"cluster": "gray_router"}]}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "legacy", **mirror}}
    manager = {
        "@type": f"{_EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_EXTENSIONS}.http.router.v3.Router"},
            }
        ],
    }
    network = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    listener = {"address": _address(port), "filter_chains": [{"filters": [network]}]}
    clusters = [_cluster("legacy", serves_from), _cluster("gray_router", mirrors_to)]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
