"""What stands behind the `?` of a call."""

import re
from typing import Final

from aiohttp import web

from router.control.api.problems import MALFORMED_QUERY, RefusedError

_WHOLE: Final = re.compile(r"[0-9]{1,19}")


def whole_number(request: web.Request, name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number, or the default where none is given."""
    written = one(request, name)
    if written is None:
        return default
    number = int(written) if _WHOLE.fullmatch(written) else -1
    if not least <= number <= most:
        raise RefusedError(MALFORMED_QUERY, f"{name} is a whole number from {least} to {most}")
    return number


def one(request: web.Request, name: str) -> str | None:
    """Return a value that may be given once, and not for nothing."""
    values = request.query.getall(name, [])
    if len(values) > 1:
        raise RefusedError(MALFORMED_QUERY, f"{name} stands twice")
    if "" in values:
        raise RefusedError(MALFORMED_QUERY, f"{name} is empty")
    return values[0] if values else None
