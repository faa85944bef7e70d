"""Who gives a command, and from where; never with what he proved it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity, and the way by which it came.

    name: a token's, what a trusted proxy says, `local` where there are no tokens; `reload` and
    `router` are ourselves. source: its address, empty for ourselves. via: `api`, `page`, `signal`,
    `router` or `store`.
    """

    name: str
    source: str
    via: str

    @property
    def origin(self) -> str:
        """Write it as the audit log does."""
        return f"{self.source} via {self.via}" if self.source else self.via


LOCAL: Final = "local"
"""Who somebody on this machine is, while there are no identities."""

ROUTER: Final = Caller("router", "", "router")
"""Who does what nobody has asked for."""

RELOAD: Final = Caller("reload", "", "router")
"""Who decides the release of a service that comes with another config."""
