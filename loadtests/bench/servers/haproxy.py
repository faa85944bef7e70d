"""HAProxy: an ACL on the hash of the header chooses one of two backends.

`http-no-delay` because it keeps events of a stream back for up to 0.2 s without. `maxconn` as the
idle clients need it, and because it keeps no connection to a backend while a quarter of the
descriptors that it counts on are taken; `no strict-limits` because it would refuse to start where
there are not two for each client.
"""

import re
import shutil
from typing import Final

from loadtests.bench.certificate import Certificate
from loadtests.bench.servers.server import AI_PERCENT, DEBIAN, Backends, Running, Setup
from loadtests.ground import Ground, free_port

CONFIG: Final = """\
global
  nbthread {workers}
  maxconn 10100
  no strict-limits
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
  option http-no-delay
frontend proxy
  bind 127.0.0.1:{port}{tls}
  use_backend ai if {{ req.hdr(x-user-id),xxh32,mod(100) lt {percent} }}
  default_backend legacy
backend legacy
  server legacy 127.0.0.1:{legacy}
backend ai
  server ai 127.0.0.1:{ai}
"""


class HAProxy:
    """HAProxy from Debian."""

    name = "HAProxy"

    def missing(self) -> str | None:
        return None if _find() else f"haproxy ({DEBIAN})"

    def version(self, ground: Ground) -> str:
        output = ground.run("haproxy-version", [_find() or "haproxy", "-v"], limit=10)
        found = re.search(r"version ([\d.]+)", output)
        return found.group(1) if found else "unknown"

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running:
        port = free_port()
        config = ground.directory / f"haproxy-{port}.cfg"
        config.write_text(
            CONFIG.format(
                workers=setup.workers,
                port=port,
                tls=_tls(setup.certificate),
                percent=AI_PERCENT,
                legacy=backends.legacy,
                ai=backends.ai,
            )
        )
        command = [_find() or "haproxy", "-W", "-f", str(config)]
        started = ground.start(self.name, command, port=port, core=setup.core)
        return Running(port, started.pid, setup.certificate is not None)


def _find() -> str | None:
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


def _tls(certificate: Certificate | None) -> str:
    return "" if certificate is None else f" ssl crt {certificate.both}"
