"""Which recorded requests are sent at all? A request that no shadow would copy is none to replay.

Whatever is left out is counted by its reason. Some reasons mean that a request does not belong to
what is tried (`OUTSIDE`): no figure speaks of it. The others lower the coverage.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from router.compare.pair import Asked, Fields
from router.errors import MalformedMessageError
from router.http1.authority import host_of, without_mirror_suffix
from router.replay.entries import Recorded
from router.routing.match import RouteTable
from router.routing.snapshot import Service, Shadow

OTHER_SERVICE: Final = "other_service"  # named as another's, or `match` says so
NOT_SHADOWED: Final = "not_shadowed"  # beyond `shadow.match`
OUTSIDE: Final = frozenset({OTHER_SERVICE, NOT_SHADOWED})

UNSAFE: Final = "unsafe_method"
TOO_LARGE: Final = "too_large"
NO_PATH: Final = "no_path"  # `OPTIONS *`: the same for every service
NO_TEXT: Final = "no_text"  # a header's value is no UTF-8: it cannot be sent as it was
UNMASKABLE: Final = "unmaskable"  # a variant may not see all of it, and it cannot be read


@dataclass(frozen=True, slots=True)
class _View:
    """A recorded request as `match` sees it."""

    method: bytes
    target: bytes
    host: bytes
    fields: Fields
    minor: int = 1


class Choosing:
    """Says it for one service. is_any: whatever `match` and `shadow.match` say."""

    def __init__(
        self,
        services: Sequence[Service],
        name: str,
        shadow: Shadow,
        may_ask: Callable[[Asked], bool],
        *,
        is_any: bool,
    ) -> None:
        self._name = name
        self._index = [service.name for service in services].index(name)
        self._services = RouteTable(services)
        self._shadowed = RouteTable((shadow,))
        self._methods = frozenset(method.encode() for method in shadow.methods)
        self._most = shadow.max_body
        self._may_ask = may_ask
        self._is_any = is_any

    def reason(self, recorded: Recorded) -> str | None:
        """Return why it is not sent; None if it is."""
        asked = recorded.asked
        if recorded.service not in ("", self._name):
            return OTHER_SERVICE
        if not asked.target.startswith(b"/"):
            return NO_PATH
        return self._outside(recorded) or self._kept_back(asked)

    def _outside(self, recorded: Recorded) -> str | None:
        """Ask what the config says; whoever named the service has said whose it is."""
        if self._is_any:
            return None
        asked = recorded.asked
        view = _View(asked.method, asked.target, _host(asked.fields), asked.fields)
        if not recorded.service and self._services.find(view) != self._index:
            return OTHER_SERVICE
        return None if self._shadowed.find(view) is not None else NOT_SHADOWED

    def _kept_back(self, asked: Asked) -> str | None:
        if asked.method not in self._methods:
            return UNSAFE
        if not all(map(_is_text, asked.fields)):
            return NO_TEXT
        if not self._may_ask(asked):
            return UNMASKABLE
        return TOO_LARGE if asked.size > self._most else None


def _is_text(field: tuple[bytes, bytes]) -> bool:
    try:
        field[1].decode()
    except UnicodeDecodeError:
        return False
    return True


def _host(fields: Fields) -> bytes:
    """Read it as the router does, and undo what Envoy does to it where it mirrors."""
    written = next((value for name, value in fields if name == b"host"), b"")
    try:
        return host_of(without_mirror_suffix(written)) if written else b""
    except MalformedMessageError:
        return b""
