"""To forget a caller: what was recorded of his requests is removed, and that is noted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from router.compare.callers import Callers
from router.control.caller import Caller
from router.store.records import Records, Removed

COMMAND: Final = "forget"
"""What the audit log calls it."""


class Noting(Protocol):
    """Notes what was done (`Conductor`)."""

    async def note_done(self, caller: Caller, command: str, service: str, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Carries it out. secret: what callers are named by, as of now."""

    records: Records
    noting: Noting
    secret: Callable[[], bytes]

    async def forget(self, caller: Caller, key: str, service: str | None) -> Removed:
        """Forget whoever brought ``key``, or the request that was called so; raise StoreError.

        The audit log names the digest, not the key: else it would be the one place that remembers.
        """
        digest = Callers(self.secret()).digest(key.encode("utf-8", "surrogateescape"))
        removed = await self.records.forget([digest], service=service)
        why = f"{digest.hex()}: {removed.samples} samples, {removed.sealed} originals"
        await self.noting.note_done(caller, COMMAND, service or "", why)
        return removed
