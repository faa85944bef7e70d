"""How a Redis server is set, and what of it would let it forget."""

from collections.abc import Iterator, Mapping
from typing import Final

from router.errors import StoreError, StoreUnavailableError
from router.store.port import Note
from router.store.redis_server import RedisServer

OLDEST: Final = (6, 2)
"""The oldest Redis that has all that is asked of it."""

_SETTINGS: Final = (
    "appendonly",
    "maxmemory",
    "maxmemory-policy",
    "min-replicas-to-write",
    "min-replicas-max-lag",
)


async def advice(server: RedisServer, max_lag: float) -> list[Note]:
    """Say what the operator should know; raise StoreUnavailableError where it is too old."""
    await _refuse_if_old(server)
    try:
        replies = [(await server.read(("CONFIG", "GET", name)))[0] for name in _SETTINGS]
    except StoreUnavailableError:
        text = f"{server}: whether it keeps what it is given cannot be seen (CONFIG GET)"
        return [Note(text, is_loss=False)]
    settings = {
        name: reply[1].decode()
        for name, reply in zip(_SETTINGS, replies, strict=True)
        if len(reply) > 1
    }
    lag = max_lag if server.is_behind_sentinels else None
    return [Note(f"{server}: {text}", is_loss=False) for text in shortcomings(settings, lag)]


def shortcomings(settings: Mapping[str, str], max_lag: float | None) -> Iterator[str]:
    """Name them; max_lag (seconds): that of a server that sentinels may replace, else None."""
    if settings.get("appendonly") == "no":
        yield "a restart of it forgets what was kept since its last snapshot: set appendonly yes"
    policy = settings.get("maxmemory-policy", "")
    if settings.get("maxmemory", "0") != "0" and policy.startswith("allkeys"):
        yield f"it may throw releases away ({policy}): set maxmemory-policy noeviction"
    if max_lag is None:
        return
    if settings.get("min-replicas-to-write") == "0":
        yield (
            "a master that is cut off from its replicas goes on as if nothing were: "
            "set min-replicas-to-write 1"
        )
    elif (lag := settings.get("min-replicas-max-lag")) not in (None, f"{max_lag:g}"):
        yield f"its min-replicas-max-lag is {lag}, and store.max_lag {max_lag:g}s: set both alike"


async def _refuse_if_old(server: RedisServer) -> None:
    try:
        (reply,) = await server.read(("INFO", "server"))
    except StoreError:
        return  # who may not ask is not told
    for line in reply.decode().splitlines():
        name, _, version = line.partition(":")
        if name == "redis_version" and _numbers(version) < OLDEST:
            raise StoreUnavailableError(f"{server}: it is Redis {version}; 6.2 or later is needed")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
