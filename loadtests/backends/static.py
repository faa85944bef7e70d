"""A backend by nginx that costs next to nothing: 1 KB of JSON naming its variant and the user.

    GET /large      100 KB of a file
    GET /huge       4 MB of one: more than the kernel takes in for a reader who does not read
    POST /upload    the JSON, once the body is read whole

nginx answers a `return` before it has read the body. A mirrored request has to have the body first
(the copy goes nowhere), and a POST to a file is 405, which becomes the answer.
"""

import re
import shutil
from dataclasses import dataclass
from typing import Final

from loadtests import ask
from loadtests.ground import Core, Ground, free_port

CONFIG: Final = """\
daemon off; worker_processes 1; pid {directory}/nginx-{variant}.pid; error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type application/json;
  keepalive_requests 1000000000; keepalive_timeout 300s; tcp_nodelay on;
  {temporary}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0; client_body_buffer_size 128k;
    location / {{ return 200 '{body}'; }}
    location = /large {{ alias {directory}/large; }}
    location = /huge {{ alias {directory}/huge; }}
    location = /upload {{
      mirror /nowhere; mirror_request_body on;
      alias {directory}/large; error_page 405 =200 @taken;
    }}
    location = /nowhere {{ internal; return 204; }}
    location @taken {{ return 200 '{body}'; }}
  }}
  server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""
TEMPORARY: Final = " ".join(
    f"{kind}_temp_path {{directory}};"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)
SIZE: Final = 1024
"""Bytes of a body, for users with a name of `USER_LENGTH`."""
USER_LENGTH: Final = 11
LARGE: Final = b"large answer, 32 bytes a time.\r\n" * (100 * 1024 // 32)
"""What `/large` answers."""
HUGE_TIMES: Final = 40
"""How often `/huge` has the large answer."""


@dataclass(frozen=True, slots=True)
class StaticBackend:
    """A running backend; `port` serves, `status` counts."""

    port: int
    status: int

    def requests(self) -> int:
        """Count the requests answered so far; asking for the number is one of them."""
        text = ask.get(self.status, "/", {}).body.decode()
        counted = re.search(r"\n +\d+ +\d+ +(\d+)", text)
        if counted is None:
            raise ValueError(f"no counters in {text!r}")
        return int(counted.group(1))


def start(ground: Ground, variant: str, *, core: Core) -> StaticBackend:
    """Start the backend of one variant."""
    backend = StaticBackend(free_port(), free_port())
    config = ground.directory / f"backend-{variant}.conf"
    (ground.directory / "large").write_bytes(LARGE)
    (ground.directory / "huge").write_bytes(LARGE * HUGE_TIMES)
    config.write_text(
        CONFIG.format(
            directory=ground.directory,
            temporary=temporary_paths(ground),
            variant=variant,
            port=backend.port,
            status=backend.status,
            body=body(variant, "$http_x_user_id"),
        )
    )
    ground.start(f"backend-{variant}", command(config), port=backend.port, core=core)
    return backend


def body(variant: str, user: str) -> str:
    """Return what ``variant`` answers a user."""
    head = f'{{"variant":"{variant}","user":"'
    tail = '","padding":"{}"}}'
    width = SIZE - len(head) - USER_LENGTH - len(tail.format(""))
    return f"{head}{user}{tail.format('x' * width)}"


def command(config: object) -> list[str]:
    """Build the command that runs nginx in the foreground by this file alone."""
    return [find_nginx() or "nginx", "-c", str(config), "-e", "stderr", "-g", "master_process on;"]


def find_nginx() -> str | None:
    """Find nginx also where Debian puts it and only root's PATH looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def temporary_paths(ground: Ground) -> str:
    """Write the directives that keep nginx out of /var, where only root may write."""
    return TEMPORARY.format(directory=ground.directory)
