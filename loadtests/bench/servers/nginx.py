"""nginx: `split_clients` chooses one of two upstreams; `mirror` copies to the other."""

import re
from typing import Final

from loadtests.backends import static
from loadtests.bench.certificate import Certificate
from loadtests.bench.servers.server import AI_PERCENT, DEBIAN, Backends, Running, Setup
from loadtests.ground import Ground, free_port

CONFIG: Final = """\
daemon off; worker_processes {workers}; pid {pid}; error_log stderr warn;
events {{ worker_connections {connections}; }}
http {{
  access_log off; keepalive_requests 1000000000; {temporary}
  split_clients "$http_x_user_id" $variant {{ {percent}% ai; * legacy; }}
  upstream legacy {{
    server 127.0.0.1:{legacy}; keepalive {at_once}; keepalive_requests 1000000000;
  }}
  upstream ai {{
    server 127.0.0.1:{ai}; keepalive {at_once}; keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port}{tls};
    client_max_body_size 0; proxy_request_buffering off;
    location / {{
      {mirror}
      proxy_pass http://{served_by}; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
    location = /copy {{
      internal;
      proxy_pass http://ai$request_uri; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""
TLS: Final = " ssl; ssl_certificate {chain}; ssl_certificate_key {key}"


class Nginx:
    """nginx from Debian."""

    name = "nginx"

    def missing(self) -> str | None:
        return None if static.find_nginx() else f"nginx ({DEBIAN})"

    def version(self, ground: Ground) -> str:
        output = ground.run("nginx-version", [static.find_nginx() or self.name, "-v"], limit=10)
        found = re.search(r"nginx/(\S+)", output)
        return found.group(1) if found else "unknown"

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running:
        port = free_port()
        config = ground.directory / f"nginx-{port}.conf"
        config.write_text(
            CONFIG.format(
                workers=setup.workers,
                connections=2 * setup.clients + 100,
                at_once=setup.at_once,
                tls=_tls(setup.certificate),
                mirror="mirror /copy;" if setup.is_mirrored else "",
                served_by="legacy" if setup.is_mirrored else "$variant",
                pid=config.with_suffix(".pid"),
                temporary=static.temporary_paths(ground),
                percent=AI_PERCENT,
                legacy=backends.legacy,
                ai=backends.ai,
                port=port,
            )
        )
        started = ground.start(self.name, static.command(config), port=port, core=setup.core)
        return Running(port, started.pid, setup.certificate is not None)


def _tls(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    return TLS.format(chain=certificate.chain, key=certificate.key)
