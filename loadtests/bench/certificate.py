"""A certificate for this machine's loopback address, gone with the ground."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from loadtests.ground import Ground
from tests.support.certificates import self_signed


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
    stem = ground.directory / "bench"
    own = self_signed(stem, "DNS:bench.example.com", "IP:127.0.0.1")
    both = stem.with_suffix(".both")
    both.write_text(own.certificate + own.key)
    return Certificate(own.certificate_path, own.key_path, both)
