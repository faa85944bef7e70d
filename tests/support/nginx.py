"""A real nginx on a free port, which mirrors by the very lines that the docs show."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.redis_servers import free_port
from tests.support.serving import ROOT

PAGE: Final = ROOT / "docs" / "howto" / "compare-before-you-route.md"
SHOWN: Final = re.compile(r"^```nginx\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEGACY: Final = "http://legacy;"
ROUTER: Final = "10.0.0.7:9910"
"""What the page calls them."""

PATIENCE: Final = 20.0
"""Seconds for it to start, or to end."""

AROUND: Final = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""


@contextmanager
def mirroring_nginx(folder: Path, *, serves_from: int, mirrors_to: int) -> Iterator[int]:
    """Run it until the end; give its port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert program, "nginx is not installed: scripts/install-servers.sh does it"
    port = free_port()
    config = folder / "nginx.conf"
    locations = _shown(serves_from, mirrors_to)
    config.write_text(AROUND.format(folder=folder, port=port, locations=locations))
    with (folder / "nginx.log").open("ab") as log:
        arguments = [program, "-p", str(folder), "-e", "stderr", "-c", str(config)]
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
    try:
        _await(port, process, folder / "nginx.log")
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _shown(serves_from: int, mirrors_to: int) -> str:
    """Return the page's lines, with addresses of this machine."""
    (lines,) = SHOWN.findall(PAGE.read_text())
    assert LEGACY in lines
    assert ROUTER in lines
    moved = lines.replace(LEGACY, f"http://127.0.0.1:{serves_from};")
    return str(moved.replace(ROUTER, f"127.0.0.1:{mirrors_to}"))


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nginx does not serve: {log.read_text()[-2000:]}")
