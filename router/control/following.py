"""Follows a store that is ours alone: what another program writes there is served at once."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Final

from router.control.events import tell
from router.control.keeping import Keeping
from router.control.reach import Reach
from router.errors import StoreError
from router.release.state import Release
from router.store.port import Store, stand_of

RETRY_EVERY: Final = 1.0
"""Seconds after which what failed is tried again."""

LOOK_WITHIN: Final = 10.0
"""Seconds in which a store has to say how it stands."""


class Following:
    """`run` until cancelled."""

    def __init__(self, store: Store, keeping: Keeping, reach: Reach) -> None:
        self._store = store
        self._keeping = keeping
        self.reach: Final = reach

    async def run(self) -> None:
        """Look again whenever the store says that it has changed."""
        while True:
            try:
                await self._follow_while_it_answers()
            except (StoreError, TimeoutError) as error:
                self.reach.lost(str(error) or f"no answer within {LOOK_WITHIN:g} s")
                await asyncio.sleep(RETRY_EVERY)

    async def _follow_while_it_answers(self) -> None:
        while True:
            kept = self._keeping.in_store()
            async with asyncio.timeout(LOOK_WITHIN):
                loaded = await self._store.load()
            self.reach.found()
            self._look_for_losses(kept, loaded.releases)
            for release in loaded.releases.values():
                if self._keeping.follow(release):
                    tell_followed(release)
            with contextlib.suppress(TimeoutError):  # then it is seen whether it still answers
                async with asyncio.timeout(LOOK_WITHIN):
                    await self._store.changed(loaded.version)

    def _look_for_losses(self, kept: Iterable[Release], stored: Mapping[str, Release]) -> None:
        """Have everything stand still that the store had, and has no more."""
        missing = [
            release
            for release in kept
            if release.service not in stored
            or stand_of(stored[release.service]) < stand_of(release)
        ]
        for release in missing:
            self._keeping.lose(release.service)


def tell_followed(release: Release) -> None:
    """Log that somebody else's change is served."""
    tell(
        "release_followed",
        service=release.service,
        by=release.by,
        status=release.status,
        percent=release.share / 100,
        epoch=release.epoch,
        revision=release.revision,
    )
