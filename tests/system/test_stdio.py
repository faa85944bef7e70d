"""The router with a stdout and a stderr that are not as one would wish."""

import fcntl
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.serving import OPERATED, ROOT, SHOWN, service

NOBODY = 9
"""The port of the discard service: whoever is asked there refuses, and that is logged."""

PIPE = 4096
"""Bytes: the smallest pipe there is."""


class Started:
    """A router whose stderr is read until it is ready, and no further."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        self.process = process
        self.events: list[dict[str, Any]] = []
        while not self.events or self.events[-1]["event"] != "ready":
            self.events.append(json.loads(process.stderr.readline()))

    def ask(self, where: str, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Return status and body; ``where`` is `listen` or `admin`."""
        address = self.events[-1][where]
        port = int((address if isinstance(address, str) else address[0]).rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            signed = {"Content-Type": "application/json", "Authorization": f"Bearer {SHOWN}"}
            connection.request(method, path, body, signed)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def workers(self) -> list[int]:
        started = [event for event in self.events if event["event"] == "worker_started"]
        return [event["pid"] for event in started]


@contextmanager
def started(folder: Path, redirected: str = "") -> Iterator[Started]:
    config = folder / "gray-router.yaml"
    proxy = {"listen": "127.0.0.1:0", "workers": 1, "access_log": "all"}
    admin = {"listen": "127.0.0.1:0", **OPERATED}
    services = [service(legacy=NOBODY, ai=NOBODY)]
    config.write_text(json.dumps({"proxy": proxy, "admin": admin, "services": services}))
    shell = ["bash", "-c", f'exec "$@" {redirected}', "-"]
    with subprocess.Popen(
        [*shell, sys.executable, "-m", "router", "serve", "-c", str(config)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stderr is not None
        fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, PIPE)
        try:
            yield Started(process)
        finally:
            process.kill()


def test_a_stderr_that_nobody_reads_stops_neither_the_supervisor_nor_its_end(
    tmp_path: Path,
) -> None:
    with started(tmp_path) as router:
        for _ in range(100):  # each leaves an event, of far more than 41 bytes
            status, _ = router.ask("admin", "POST", "/api/v1/reload", "{}")
            assert status == 200
        assert router.ask("admin", "GET", "/livez")[0] == 200
        router.process.send_signal(signal.SIGTERM)
        assert router.process.wait(10) == 0


def test_a_log_goes_nowhere_where_stdout_is_closed(tmp_path: Path) -> None:
    with started(tmp_path, "<&- >&-") as router:
        for _ in range(3):
            assert router.ask("listen", "GET", "/")[0] == 502
        for pid in [router.process.pid, *router.workers()]:
            held = [Path(f"/proc/{pid}/fd/{number}").readlink() for number in (0, 1)]
            assert held == [Path("/dev/null")] * 2
        router.process.send_signal(signal.SIGTERM)
        assert router.process.wait(10) == 0
