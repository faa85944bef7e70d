"""The calls of the admin API that a load test needs."""

import hashlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

NOTHING: Final[Mapping[str, str]] = {}
PATIENCE: Final = 10.0
"""Seconds that an answer may take."""

SHOWN: Final = "the-token-of-a-load-test"
"""What is shown with each call; where the config knows no tokens it counts nothing."""

OPERATED: Final[dict[str, Any]] = {
    "tokens": [
        {"name": "loadtest", "role": "admin", "sha256": hashlib.sha256(SHOWN.encode()).hexdigest()}
    ]
}
"""The config's `admin` where a load test has the config reloaded."""


class AdminCallError(Exception):
    """The admin API refused; the message is its answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the admin API said; `data` is its JSON."""

    status: int
    data: Any


def services(admin: str) -> list[dict[str, Any]]:
    """Return the releases of all services."""
    listed: list[dict[str, Any]] = _done(admin, "GET", "/api/v1/services")["services"]
    return listed


def release(admin: str, service: str) -> dict[str, Any]:
    """Return the release of one."""
    found: dict[str, Any] = _done(admin, "GET", f"/api/v1/services/{service}")
    return found


def set_percent(admin: str, service: str, percent: float, reason: str) -> dict[str, Any]:
    """Change a share, and return the release when every worker serves by it."""
    body = {"percent": percent, "reason": reason}
    changed: dict[str, Any] = _done(admin, "PUT", f"/api/v1/services/{service}/percent", body)
    return changed


def command(admin: str, service: str, verb: str, reason: str, **more: object) -> dict[str, Any]:
    """Move a release (start, promote, pause, …), or roll it back: then a report is returned."""
    path = f"/api/v1/services/{service}/{verb}"
    told: dict[str, Any] = _done(admin, "POST", path, {"reason": reason, **more})
    return told


def reload(admin: str) -> dict[str, Any]:
    """Have the config read again, and return what came of it."""
    report: dict[str, Any] = _done(admin, "POST", "/api/v1/reload", {})
    return report


def replica(admin: str) -> dict[str, Any]:
    """Return the router that is asked: its config's hash, its workers."""
    listed: list[dict[str, Any]] = _done(admin, "GET", "/api/v1/replicas")["replicas"]
    return listed[0]


def is_ready(admin: str) -> bool:
    """Tell whether its workers serve."""
    return call(admin, "GET", "/readyz").status == http.client.OK


def call(
    admin: str,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] = NOTHING,
) -> Answer:
    """Call it, whatever it says."""
    connection = http.client.HTTPConnection(urlsplit(admin).netloc, timeout=PATIENCE)
    content = None if body is None else orjson.dumps(body)
    try:
        signed = {"content-type": "application/json", "authorization": f"Bearer {SHOWN}"}
        connection.request(method, path, content, {**signed, **headers})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return Answer(answer.status, orjson.loads(text))


def _done(admin: str, method: str, path: str, body: object = None) -> Any:
    answer = call(admin, method, path, body)
    if answer.status != http.client.OK:
        raise AdminCallError(f"{method} {path}: {answer.status} {orjson.dumps(answer.data)!r}")
    return answer.data
