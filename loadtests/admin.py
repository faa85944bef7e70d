"""The calls of the admin API that a load test needs."""

import http.client
from typing import Any
from urllib.parse import urlsplit

import orjson


class AdminCallError(Exception):
    """The admin API refused; the message is its answer."""


def services(admin: str) -> list[dict[str, Any]]:
    """Return the releases of all services."""
    listed: list[dict[str, Any]] = _call(admin, "GET", "/api/v1/services", None)["services"]
    return listed


def set_percent(admin: str, service: str, percent: float, reason: str) -> dict[str, Any]:
    """Change a share, and return the release when every worker serves by it."""
    body = orjson.dumps({"percent": percent, "reason": reason})
    release: dict[str, Any] = _call(admin, "PUT", f"/api/v1/services/{service}/percent", body)
    return release


def reload(admin: str) -> dict[str, Any]:
    """Have the config read again, and return what came of it."""
    report: dict[str, Any] = _call(admin, "POST", "/api/v1/reload", b"{}")
    return report


def replica(admin: str) -> dict[str, Any]:
    """Return the router that is asked: its config's hash, its workers."""
    listed: list[dict[str, Any]] = _call(admin, "GET", "/api/v1/replicas", None)["replicas"]
    return listed[0]


def _call(admin: str, method: str, path: str, body: bytes | None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(admin).netloc, timeout=10)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise AdminCallError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
    return orjson.loads(text)
