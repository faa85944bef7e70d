"""`Idempotency-Key`: a change that is asked for twice, since its answer was lost, is made once."""

import hashlib
import re
from typing import Final

from aiohttp import web

from router.control.api.bodies import bytes_of
from router.control.api.problems import MALFORMED_KEY, RefusedError

HEADER: Final = "Idempotency-Key"

PATTERN: Final = r"^[!-~]{1,255}$"
"""Of the keys that are understood."""

_KEY: Final = re.compile(PATTERN)


def key_of(request: web.Request, caller: str) -> str | None:
    """Return under what the answer is kept, None where nobody wants that.

    Two callers may have thought of the same key; neither gets to see the other's answer.
    """
    keys = request.headers.getall(HEADER, [])
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise RefusedError(
            MALFORMED_KEY, f"{HEADER} takes one word of at most 255 visible ASCII characters"
        )
    return f"{caller} {keys[0]}"


async def fingerprint(request: web.Request) -> str:
    """Return what tells this request from another one with the same key."""
    asked = f"{request.method} {request.path}\n".encode(errors="surrogateescape")
    return hashlib.sha256(asked + await bytes_of(request)).hexdigest()
