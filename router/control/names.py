"""How aiohttp asks for the addresses of a name here: beside the loop, and each time anew.

A name server that is dead holds up nothing but the one who asked.
"""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from router.control.resolver import resolve


class Names(AbstractResolver):
    """The system's own resolver."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [_result(host, address, port) for address in await resolve(host)]
        if not found:
            raise OSError("the name has no address")
        return found

    async def close(self) -> None:
        """Nothing is kept."""


def _result(hostname: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=hostname,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
