"""From one store into another: as when one machine becomes several, or several become one again.

Releases and the whole audit log go, the log checked and byte by byte as it was. Answers to
idempotency keys do not: they are of a day, and of requests to the routers that are stopped now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from router.errors import StoreDamagedError, StoreUnavailableError
from router.store.audit import Broken, Head, Link, verify
from router.store.port import Store


@dataclass(frozen=True, slots=True)
class Copied:
    """What the new store holds."""

    services: tuple[str, ...]
    head: Head


async def copy(source: Store, target: Store) -> Copied:
    """Copy all of ``source`` into ``target``, which has to be empty; raise StoreError.

    All of the log is in memory meanwhile: some 600 bytes an event.
    """
    head = await source.head()
    links = await _verified(source, head)
    releases = (await source.load()).releases
    if await source.head() != head:
        raise StoreUnavailableError(
            "a router writes to the store that is to be copied: stop it first; nothing was copied"
        )
    await target.fill(releases, links)
    return Copied(tuple(sorted(releases)), await target.head())


async def _verified(source: Store, head: Head) -> Sequence[Link]:
    links: list[Link] = []

    async def read(after: int) -> Sequence[Link]:
        page = await source.links(after)
        links.extend(link for link in page if link.sequence <= head.sequence)
        return page

    found = await verify(read, head)
    if isinstance(found, Broken):
        raise StoreDamagedError(
            f"the audit log does not hold at event {found.sequence}: {found.because}; "
            "nothing was copied"
        )
    return links
