"""The key by which is drawn which requests are copied: one for all who share a store.

It is made once and kept in the store, so that all replicas draw the same. Until the store has
answered it is the last one that was heard, from `state_dir`, else one of our own: copies then go on
in any case, and of another sample at worst. It is never logged and never shown.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from router.control.events import tell
from router.errors import StoreError
from router.wire.whole_file import replace_whole

FILE: Final = "shadow.key"
"""In `state_dir`."""

NAME: Final = "shadow"
"""What it is called in the store."""

KEY_BYTES: Final = 32

RETRY_EVERY: Final = 1.0
"""Seconds until a store that has not answered is asked again."""

LOOK_AGAIN: Final = 30.0
"""Seconds after which one that has answered is: it may have lost its state, and hears it again."""

ANSWER_WITHIN: Final = 10.0
"""Seconds in which a store has to answer."""


def own_key() -> "ShadowKey":
    """Return one that nobody else has."""
    return ShadowKey(secrets.token_bytes(KEY_BYTES))


class Secrets(Protocol):
    """The part of a store that is asked."""

    async def secret(self, name: str, fresh: bytes) -> bytes: ...


class ShadowKey:
    """Begins with 32 random bytes of its own."""

    def __init__(self, fresh: bytes) -> None:
        self._value = fresh
        self._kept = b""
        self._is_told = False
        self.observers: Final[list[Callable[[], None]]] = []
        """Called when it has become another."""

    @property
    def value(self) -> bytes:
        """What is drawn by now."""
        return self._value

    def recall(self, folder: Path) -> None:
        """Begin with the last one that was heard, if that can be read."""
        with contextlib.suppress(OSError):
            found = (folder / FILE).read_bytes()
            if len(found) == KEY_BYTES:
                self._value = self._kept = found

    async def keep(self, store: Secrets, folder: Path, *, is_ours: Callable[[], bool]) -> None:
        """Go by what the store says, until cancelled. ``is_ours``: whether the folder is by now."""
        while True:
            is_heard = await self._ask(store)
            if is_heard and is_ours():
                self._write(folder)
            await asyncio.sleep(LOOK_AGAIN if is_heard else RETRY_EVERY)

    async def _ask(self, store: Secrets) -> bool:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                heard = await store.secret(NAME, self._value)
        except (StoreError, TimeoutError):
            return False  # whoever follows the store says that it does not answer
        if len(heard) != KEY_BYTES:
            self._tell()
        elif heard != self._value:
            self._value = heard
            for observer in self.observers:
                observer()
        return True

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            tell("shadow_key_unusable", level=logging.WARNING)

    def _write(self, folder: Path) -> None:
        """Keep it for a start without the store; a disk that takes nothing costs only that."""
        with contextlib.suppress(OSError):
            if self._value == self._kept and (folder / FILE).exists():
                return
            replace_whole(folder / FILE, self._value, is_secret=True)
            self._kept = self._value
