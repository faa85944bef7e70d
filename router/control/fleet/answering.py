"""A rollback that is told more than once, by pub/sub and by peers at once, is obeyed once."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from router.control.events import tell
from router.control.fleet.words import Word
from router.release.state import Release
from router.tasks import TaskOwner


class Obey(Protocol):
    """Serves by rollbacks that others have called; returns once our own workers do, or are dead.

    To obey once more changes nothing, and says how it stands by then.
    """

    async def __call__(self, releases: Sequence[Release]) -> tuple[Word, ...]: ...


class Answering:
    """Who asks while the same is being obeyed already hears what comes of that."""

    def __init__(self, obey: Obey, tasks: TaskOwner) -> None:
        self._obey: Final = obey
        self._tasks: Final = tasks
        self._under_way: dict[tuple[Release, ...], asyncio.Task[tuple[Word, ...]]] = {}

    async def answer(self, releases: tuple[Release, ...]) -> tuple[Word, ...]:
        """Return our words upon these rollbacks; it goes on also if whoever asked goes away."""
        task = self._under_way.get(releases)
        if task is None:
            task = self._tasks.spawn(self._obeyed(releases), "obey")
            self._under_way[releases] = task
        return await asyncio.shield(task)

    async def _obeyed(self, releases: tuple[Release, ...]) -> tuple[Word, ...]:
        try:
            return await self._obey(releases)
        except Exception as error:  # noqa: BLE001 - what others send must not end this router
            tell("peer_failed", failure=error)
            return ()
        finally:
            del self._under_way[releases]
