"""A Gray Router of our own: one service that is sticky by `x-user-id`, and its admin API."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from loadtests import admin
from loadtests.ground import Core, Ground, free_port, python, wait_until, wait_until_it_accepts
from router.wire.roster import read_roster

SERVICE: Final = "answers"
NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Router:
    """A running router; `pid` is its supervisor's."""

    port: int
    admin: str
    pid: int
    state_dir: Path

    def worker_pids(self) -> list[int]:
        """Return the workers that serve now."""
        return sorted(entry.pid for entry in read_roster(self.state_dir))

    def set_percent(self, percent: float, reason: str) -> dict[str, Any]:
        """Change AI's share; it holds for every request that begins after the return."""
        return admin.set_percent(self.admin, SERVICE, percent, reason)


def start(
    ground: Ground,
    legacy: int,
    ai: int,
    *,
    core: Core = None,
    proxy: Mapping[str, Any] = NOTHING,
    variants: Mapping[str, Any] = NOTHING,
    service: Mapping[str, Any] = NOTHING,
    more: Mapping[str, Any] = NOTHING,
) -> Router:
    """Start a router in front of two backends on this machine.

    What `proxy`, `variants`, `service` and `more` hold is added to those parts of its config, and
    to all.
    """
    port, admin_port = free_port(), free_port()
    folder = ground.directory / f"gray-router-{port}"  # store and state stand beside a config
    folder.mkdir()
    config = folder / "gray-router.yaml"
    settings = _settings(admin_port, legacy, ai, variants, service)
    settings["proxy"] = {"listen": f"127.0.0.1:{port}", **proxy}
    settings |= more
    # JSON is YAML too.
    config.write_bytes(orjson.dumps(settings))
    command = python("router", "serve", "-c", str(config))
    started = ground.start("gray-router", command, port=port, core=core)
    wait_until_it_accepts(started, admin_port)
    router = Router(port, f"http://127.0.0.1:{admin_port}", started.pid, folder / "data")
    wait_until(lambda: admin.is_ready(router.admin), started, "is not ready")
    return router


def _settings(
    admin_port: int, legacy: int, ai: int, variants: Mapping[str, Any], more: Mapping[str, Any]
) -> dict[str, Any]:
    service = {
        "name": SERVICE,
        "legacy": {"endpoints": [f"http://127.0.0.1:{legacy}"], **variants},
        "ai": {"endpoints": [f"http://127.0.0.1:{ai}"], **variants},
        "split": {"key": ["header:x-user-id"]},
        **more,
    }
    return {"admin": {"listen": f"127.0.0.1:{admin_port}"}, "services": [service]}
