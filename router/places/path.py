"""The path by which a request is matched.

`/a/../admin`, `//admin` and `/%61dmin` mean `/admin` to most backends. Were they matched as they
are spelled, a caller could slip past a match: reach a service's backend under a path that belongs
to another one. So they are matched by what they mean. What is *forwarded* stays as it came: a
backend may tell the spellings apart, and a router that rewrites them would break signatures over
the target.
"""

import re
from typing import Final

from router.places.percent import decode_unreserved

_SLASHES: Final = re.compile(rb"/{2,}")
_PERCENT: Final = ord("%")
_QUESTION: Final = ord("?")


def path_of(target: bytes) -> bytes:
    """Return the normalised path of a target.

    `*` asks about the server and has the empty path (RFC 9112, 3.2.4), which lies under every host
    and under the prefix `/*`, but is no exact path.
    """
    if target == b"*":
        return b""
    path = target.partition(b"?")[0] if _QUESTION in target else target
    # Nearly every path is normal already. To look for a byte by its number takes 0.02 µs, for two
    # with find() 0.07, and with `in` 0.14.
    if _PERCENT in path or path.find(b"/.") >= 0 or path.find(b"//") >= 0:
        return normalised(path)
    return path


def normalised(path: bytes) -> bytes:
    """Decode unreserved bytes, merge slashes, resolve `.` and `..`; never above the root.

    Slashes are merged before segments are removed, as nginx and most frameworks do.
    """
    path = _SLASHES.sub(b"/", decode_unreserved(path))
    return _without_dots(path)


def _without_dots(path: bytes) -> bytes:
    kept: list[bytes] = []
    first, *segments = path.split(b"/")
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment != b".":
            kept.append(segment)
    if segments[-1] in {b".", b".."}:
        kept.append(b"")  # `/a/.` and `/a/b/..` name the folder: `/a/`
    return b"/".join((first, *kept))
