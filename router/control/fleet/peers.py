"""Everything by which replicas speak to each other, put together once."""

import secrets
import socket
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

from router.control.clocks import Clocks
from router.control.encryption import GuardedTls, context_of, renew
from router.control.fleet.answering import Answering, Obey
from router.control.fleet.envelopes import TLS_ALONE, Seal
from router.control.fleet.outreach import Others, Outreach, Radio, Ways
from router.control.fleet.peer_client import PeerClient
from router.control.fleet.peer_site import PeerSite
from router.model import Address
from router.routing.snapshot import UpstreamTls
from router.tasks import TaskOwner
from router.tls import client_context


@dataclass(frozen=True, slots=True)
class Peering:
    """What the config says of it.

    listen: None where other replicas are not let in. advertise: where they find it, empty for
    nowhere. secret: empty where certificates alone say who may speak.
    """

    listen: Address | None = None
    advertise: str = ""
    tls: GuardedTls | None = None
    secret: str = field(default="", repr=False)


class Peers:
    """`outreach` for whoever rolls back; `run` it, and `serving` beside it; `close` at the end."""

    def __init__(
        self,
        name: str,
        peering: Peering,
        others: Others,
        radio: Radio | None,
        *,
        obey: Obey,
        clocks: Clocks,
        tasks: TaskOwner,
    ) -> None:
        tls = peering.tls or GuardedTls("", "")
        ours = UpstreamTls(ca=tls.client_ca, certificate=tls.certificate, key=tls.key)
        key = peering.secret.encode() or TLS_ALONE
        seal = Seal(name, key, clocks.wall, lambda: secrets.token_hex(16))
        answering = Answering(obey, tasks)
        self._to_others: Final = client_context(ours)
        self._to_us: Final = None if peering.tls is None else context_of(peering.tls)
        self._line: Final = PeerClient(
            seal, self._to_others, is_known_by_certificate=bool(tls.client_ca)
        )
        ways = Ways(radio, self._line, lambda: secrets.token_hex(8))
        self.outreach: Final = Outreach(others, answering, ways, tasks)
        self._site: Final = PeerSite(seal, others, answering, clocks.stopwatch)

    def serving(self, listener: socket.socket) -> AbstractAsyncContextManager[None]:
        """Let other replicas in until the end."""
        return self._site.serving(listener, self._to_us)

    def renew(self, tls: GuardedTls) -> None:
        """Show this certificate from now on; whose words count stays the same."""
        renew(self._to_others, tls)
        if self._to_us is not None:
            renew(self._to_us, tls)

    async def close(self) -> None:
        """Let go of all connections to others."""
        await self._line.close()
