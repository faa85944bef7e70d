"""A certificate for this machine's loopback address, made by openssl and gone with the ground."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.ground import Ground

LIMIT: Final = 20.0
"""Seconds; elliptic keys take milliseconds."""
NAMES: Final = "subjectAltName=DNS:bench.example.com,IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Its files; `both` has chain and key in one, as HAProxy wants them."""

    chain: Path
    key: Path
    both: Path

    def trusting(self) -> ssl.SSLContext:
        """Return a client's settings that accept this certificate and no other."""
        return ssl.create_default_context(cafile=self.chain)


def make(ground: Ground) -> Certificate:
    """Make one on the P-256 curve, which all of the compared proxies know."""
    folder = ground.directory
    made = Certificate(folder / "chain.pem", folder / "key.pem", folder / "both.pem")
    command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=bench.example.com"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", NAMES]
    command += ["-keyout", str(made.key), "-out", str(made.chain)]
    ground.run("openssl", command, limit=LIMIT)
    made.both.write_bytes(made.chain.read_bytes() + made.key.read_bytes())
    return made
