"""The books of what is compared: who fills them, how long they are kept, and what is read in them.

The supervisor begins and ends all of it here; the comparer's own life is in `comparing`.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from router.control.appraisal import Appraisal
from router.control.booked import BookedFile
from router.control.comparisons import Comparisons
from router.control.ledgers import Ledgers, Shadows
from router.control.plan import Plan
from router.control.recording import Recording
from router.control.retention import CLOSE_WITHIN, Retention
from router.errors import StoreError
from router.release.state import Release
from router.store.records import Limits
from router.tasks import TaskOwner


class Bookkeeping:
    """One router's. shadows: what its workers have counted of copies.

    is_ours: whether `state_dir` still belongs to this router.
    """

    def __init__(
        self,
        plan: Plan,
        shadows: Callable[[], Shadows],
        releases: Callable[[], Sequence[Release]],
        is_ours: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._retention = Retention(plan.records(), self._limits, plan.clock)
        self.records: Final = self._retention.records
        self._stream: Final = plan.stream()
        keeps = Recording(self.records, self._limits, self._stream)
        self.comparing: Final = plan.comparing(keeps)
        self.appraisal: Final = Appraisal(
            Comparisons(self.records, plan.clock), lambda: self._plan.shadowed
        )
        self._file = BookedFile(plan.state_dir, is_ours)
        self._ledgers = Ledgers(
            self.records,
            plan.instance,
            shadows,
            releases,
            clock=plan.clock,
            keep=self._file.keep,
        )

    def caller_secret(self) -> bytes:
        """Return what callers are named by in records, as of now."""
        return self._plan.shadow_key.value

    def inherit(self, *, has_orphans: bool) -> None:
        """Go on where a predecessor was killed and its workers live; else nobody counts on."""
        if not has_orphans:
            self._file.forget()
        elif (booked := self._file.found()) is not None:
            self._ledgers.inherit(booked)

    def begin(self) -> None:
        """Say by which rules pairs are compared, now and whenever the store has another secret."""
        self._tell_comparer()
        self._plan.shadow_key.observers.append(self._tell_comparer)

    def start(self, tasks: TaskOwner) -> None:
        """Keep what becomes of copies, look at what is compared, and end what is old."""
        tasks.spawn(self._retention.run(), "retention")
        tasks.spawn(self._ledgers.keep_going(), "ledgers")
        tasks.spawn(self.appraisal.keep_going(), "appraisal")

    def serve_by(self, plan: Plan) -> None:
        """Go by the plan of another config."""
        self._plan = plan
        self._tell_comparer()

    async def close(self) -> None:
        """Let go of the records, once nobody fills them any more."""
        await self._retention.close()
        if self._stream is not None:
            with contextlib.suppress(StoreError, TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._stream.close()

    # Own...

    def _limits(self) -> Limits:
        return self._plan.record_limits

    def _tell_comparer(self) -> None:
        by = self._plan.compare
        self.comparing.serve_by(None if by is None else replace(by, secret=self.caller_secret()))
