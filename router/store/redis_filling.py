"""All of another store into an empty one: it is there whole, or not at all.

It is brought in pieces under other names, which Redis forgets by itself where nobody finishes; one
script gives them their own names at the end, if there is still no store.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from router.release.state import Release
from router.store.audit import Head, Link, head_of
from router.store.codec import encode
from router.store.redis_rows import as_bytes
from router.store.redis_scripts import FILL, FORMAT, SAVED, Keys
from router.store.redis_server import Command, RedisServer

PIECE: Final = 500
"""Commands that are sent at once."""

FORGOTTEN_AFTER: Final = 3_600_000
"""Milliseconds for which a copy that nobody finished stays."""


async def fill(
    server: RedisServer, keys: Keys, releases: Mapping[str, Release], links: Sequence[Link]
) -> bool:
    """Bring all of it; False: the store is not empty."""
    begun = f"{keys.filling}{secrets.token_hex(8)}:".encode()
    moves: dict[bytes, bytes] = {}
    commands = _commands(keys, releases, links, begun, moves)
    while piece := list(islice(commands, PIECE)):
        forgotten: list[Command] = [("PEXPIRE", name, FORGOTTEN_AFTER) for name in moves]
        await server.write(keys.guard, *piece, *forgotten)
    head = head_of(links[-1]) if links else Head()
    names = (keys.mark, keys.releases, keys.stands, keys.events)
    moved = [name for move in moves.items() for name in move]
    mark: dict[str, str | int] = {
        "birth": secrets.token_hex(16),
        "format": FORMAT,
        "version": 1 if releases else 0,
        "changed": head.hash,
        "epoch": max((each.epoch for each in releases.values()), default=0),
        "sequence": head.sequence,
        "hash": head.hash,
    }
    arguments = [word for pair in mark.items() for word in pair]
    count = len(names) + len(moved)
    (reply,) = await server.write(keys.guard, ("EVAL", FILL, count, *names, *moved, *arguments))
    return bool(reply == SAVED)


def _commands(
    keys: Keys,
    releases: Mapping[str, Release],
    links: Sequence[Link],
    begun: bytes,
    moves: dict[bytes, bytes],
) -> Iterator[Command]:
    """Write under names that begin with ``begun``; note in ``moves`` what they will be called."""

    def draft(name: bytes) -> bytes:
        moves[begun + name] = name
        return begun + name

    for release in releases.values():
        service = as_bytes(release.service)
        stand = f"{release.epoch} {release.revision}"
        yield ("HSET", draft(keys.releases.encode()), service, encode(release))
        yield ("HSET", draft(keys.stands.encode()), service, stand)
    for link in links:
        service = as_bytes(link.service)
        number = f"{link.sequence}-0"
        fields = ("service", service, "text", link.text, "hash", link.hash)
        yield ("XADD", draft(keys.events.encode()), number, *fields)
        yield ("XADD", draft(keys.events_of(service)), number, "of", "")
