"""A process that changes releases and rolls back, says what was kept, and is killed by its test.

`python -m tests.support.store_child FOLDER STORE [LIMIT]`: STORE is a URL, or `none` for one that
is away. LIMIT is how large a file may become: then the disk is full.
"""

import asyncio
import resource
import sys
from pathlib import Path

from router.errors import NotDurableError, StoreError
from router.release.state import Release
from router.store.journal import Journal
from router.store.ledger import Durability, Ledger
from router.store.memory import MemoryStore
from router.store.opening import open_store
from router.store.port import Store, stand_of
from router.store.record import SLOT
from router.store.slots import SlotFile
from tests.support.stored import NOON, entry_of, release_at


def say(*words: object) -> None:
    """Say it at once: we may not live to say it later."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def tell(word: str, release: Release) -> None:
    say(word, release.epoch, release.revision)


async def opened(folder: Path, url: str) -> Store:
    if url != "none":
        return open_store(url, folder)
    away = MemoryStore()
    await away.close()
    return away


async def change(ledger: Ledger, before: Release) -> Release:
    epoch, revision = stand_of(before)
    after = release_at(epoch, revision + 1, share=500)
    try:
        await ledger.change(
            after, based_on=stand_of(before) if revision else None, entry=entry_of(after, before)
        )
    except NotDurableError:
        tell("refused", after)
        return before
    except StoreError:
        return before
    tell("kept", after)
    return after


async def roll_back(ledger: Ledger, before: Release) -> Release:
    epoch, revision = stand_of(before)
    after = release_at(epoch + 1, revision + 1)
    kept = await ledger.roll_back(after, entry=entry_of(after, before))
    tell("kept" if kept.durable is not Durability.NONE else "lost", after)
    say("durable", kept.durable)
    return after


async def main(folder: Path, url: str, limit: int | None) -> None:
    ledger = Ledger(await opened(folder, url), Journal(SlotFile(folder / "rollback.journal", SLOT)))
    found = await ledger.recover(1, at=NOON)
    say("can_journal", found.can_journal, *found.problems)
    release = found.releases.get("support", release_at(0, 0))
    tell("found", release)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    while True:
        release = await change(ledger, release)
        release = await change(ledger, release)
        release = await roll_back(ledger, release)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else None))
