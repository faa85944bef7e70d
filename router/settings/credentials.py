"""How those who may command are written in a config: names, roles, digests, secrets.

Nothing here repeats a value: whoever pastes a token where its digest belongs must not find it in
a log.
"""

import hashlib
import re
from typing import Final

from router.settings.problems import NotAllowedError
from router.settings.words import read_text

SHORTEST_SECRET: Final = 16
"""Characters. Whoever guesses one can forge what it signs."""

OURS: Final = ("local", "reload", "router", "start", "store")
"""Who the audit log names where no person was there."""

SHORTEST_PEER_SECRET: Final = 32
"""Characters. It is one key of many machines, and stays for long."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,62}")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_OF_NOTHING: Final = frozenset(hashlib.sha256(text).hexdigest() for text in (b"", b"\n"))


def read_caller_name(value: object) -> str:
    """Read what the audit log calls a person or a robot."""
    text = read_text(value)
    if not _NAME.fullmatch(text):
        raise NotAllowedError
    if text in OURS:
        raise NotAllowedError(allowed=f"any name but {', '.join(OURS)}: the router's own")
    return text


def read_digest(value: object) -> str:
    """Read the SHA-256 of a token, as `sha256sum` prints it."""
    text = read_text(value).lower()
    if not _DIGEST.fullmatch(text):
        raise NotAllowedError
    if text in _OF_NOTHING:
        raise NotAllowedError(allowed="the digest of a token; this is the one of no text at all")
    return text


def read_secret(value: object) -> str:
    """Read a text that two sides share and nobody guesses."""
    return _long_enough(value, SHORTEST_SECRET)


def read_peer_secret(value: object) -> str:
    """Read the one that all replicas share."""
    return _long_enough(value, SHORTEST_PEER_SECRET)


def _long_enough(value: object, least: int) -> str:
    text = read_text(value)
    if len(text) < least or not text.isprintable():
        raise NotAllowedError
    return text
