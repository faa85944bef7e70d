"""A whole router as an operator runs it: `gray-router serve` with its worker, on free ports.

with RunningRouter({"services": [service(legacy=9001, ai=9002)]}) as router:
    answer = router.admin("PUT", "/api/v1/services/support/percent", {"percent": 20})
    http.client.HTTPConnection("127.0.0.1", router.port) …
"""

import contextlib
import hashlib
import http.client
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from prometheus_client.parser import text_string_to_metric_families

ROOT: Final = Path(__file__).resolve().parents[2]

PATIENCE: Final = 15.0
"""Seconds that a router may take to start or to end on a busy machine."""

SHOWN: Final = "the-token-of-a-test"
"""What a test shows to the admin API; where the config knows no tokens it counts nothing."""

OPERATED: Final[dict[str, object]] = {
    "tokens": [
        {"name": "tester", "role": "admin", "sha256": hashlib.sha256(SHOWN.encode()).hexdigest()}
    ]
}
"""The config's `admin`, for tests that may do everything."""

Event = dict[str, Any]


def service(
    name: str = "support", *, legacy: int | Sequence[int], ai: int | Sequence[int], **more: object
) -> dict[str, object]:
    """Write a service with variants on these ports of this machine; ``more`` are other keys."""
    return {"name": name, "legacy": _variant(legacy), "ai": _variant(ai), **more}


def _variant(ports: int | Sequence[int]) -> dict[str, object]:
    listed = [ports] if isinstance(ports, int) else ports
    return {"endpoints": [f"http://127.0.0.1:{port}" for port in listed]}


@dataclass(frozen=True, slots=True)
class AdminAnswer:
    """What the admin API answered. `data` is its JSON, or None where it is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body) if "json" in self.headers["Content-Type"] else None


class Serving:
    """`gray-router serve` as a process, or another command, whether or not it comes to serve."""

    def __init__(
        self,
        config: str | Mapping[str, object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = ("serve",),
    ) -> None:
        self._folder = (
            tempfile.TemporaryDirectory(prefix="gray-router-")
            if folder is None
            else contextlib.nullcontext(str(folder))
        )
        self.config: Final = Path(self._folder.__enter__()) / "gray-router.yaml"
        # JSON is YAML.
        self.config.write_text(config if isinstance(config, str) else json.dumps(config))
        self.events: Final[list[Event]] = []
        self.plain_lines: Final[list[str]] = []
        self._news: queue.Queue[Event | None] = queue.Queue()
        self.access_log: Final = self.config.with_name("access.log")
        with self.access_log.open("ab") as stdout:
            self.process: Final = subprocess.Popen(
                [sys.executable, "-m", "router", *command, "-c", str(self.config)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, name: str) -> Event:
        """Return the next event of this name that was not waited for yet."""
        while True:
            try:
                event = self._news.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no event {name!r} after {PATIENCE} s: {self.said}") from None
            if event is None:
                raise AssertionError(f"ended before an event {name!r}: {self.said}")
            if event["event"] == name:
                return event

    def exit_code(self) -> int:
        """Wait for the end."""
        code = self.process.wait(PATIENCE)
        if code >= 0:  # whoever is killed leaves workers, who still write
            self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """End whatever still runs: in order if possible, so that the worker ends first."""
        self.process.terminate()
        try:
            self.exit_code()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.exit_code()
        # Workers that a killed router left end with the folder.
        self._folder.__exit__(None, None, None)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    @property
    def said(self) -> str:
        """All that was written to stderr."""
        return "\n".join([*self.plain_lines, *map(json.dumps, self.events)])

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                self.plain_lines.append(line.rstrip("\n"))
                continue
            self.events.append(event)
            self._news.put(event)
        self._news.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class RunningRouter(Serving):
    """A router that serves; `port` and `admin_port` are where."""

    def __init__(
        self,
        config: Mapping[str, object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = ("serve",),
    ) -> None:
        self._given = _on_free_ports(config)
        super().__init__(self._given, folder, environment, command)
        try:
            ready = self.wait_for("ready")
        except BaseException:
            self.close()
            raise
        self.ports: Final = [_port(address) for address in ready["listen"]]
        self.port: Final = self.ports[0]
        self.admin_port: Final = _port(ready["admin"])

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"

    @property
    def worker_pids(self) -> list[int]:
        """The workers that were started last, one for each seat."""
        started = [event for event in self.events if event["event"] == "worker_started"]
        return list({event["worker"]: int(event["pid"]) for event in started}.values())

    def followed(self) -> "RunningRouter":
        """Start another one in the same folder, after this one was killed."""
        return RunningRouter(self._given, self.config.parent)

    def admin(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> AdminAnswer:
        """Call the admin API; ``body`` is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=PATIENCE)
        try:
            content = None if body is None else json.dumps(body)
            signed = {"Content-Type": "application/json", "Authorization": f"Bearer {SHOWN}"}
            sent = {**signed, **(headers or {})}
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            return AdminAnswer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def set_percent(self, percent: float, name: str = "support", reason: str = "") -> AdminAnswer:
        """Set a service's share; return when every worker serves by it."""
        answer = self.admin(
            "PUT", f"/api/v1/services/{name}/percent", {"percent": percent, "reason": reason}
        )
        assert answer.status == http.HTTPStatus.OK, answer.body
        return answer

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of all fresh samples of a metric that carry these labels."""
        text = self.admin("GET", "/metrics").body.decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"gray_router_{name}" and labels.items() <= sample.labels.items()
        )

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        return self.exit_code()


def _on_free_ports(config: Mapping[str, object]) -> dict[str, object]:
    """Let the system choose the ports, where the test does not."""
    given_proxy, given_admin = config.get("proxy", {}), config.get("admin", {})
    assert isinstance(given_proxy, dict)
    assert isinstance(given_admin, dict)
    return {
        **config,
        "proxy": {"listen": "127.0.0.1:0", "drain_timeout": "5s", **given_proxy},
        "admin": {"listen": "127.0.0.1:0", **given_admin},
    }


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
