import asyncio
import socket
import threading
from typing import Any

import pytest

from router.control.resolver import address_text, resolve

SOON = 10.0


async def test_this_machine_is_known_by_its_name() -> None:
    assert "127.0.0.1" in await resolve("localhost")


async def test_an_address_is_its_own_answer() -> None:
    assert await resolve("127.0.0.1") == ["127.0.0.1"]
    assert await resolve("::1") == ["::1"]


async def test_a_name_that_cannot_exist_is_an_error() -> None:
    with pytest.raises(socket.gaierror):
        await resolve("nobody.invalid")


async def test_a_name_that_no_resolver_takes_is_an_error_too() -> None:
    with pytest.raises(UnicodeError):
        await resolve("a" * 64 + ".example")


def answers(*addresses: str) -> Any:
    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (each, 9, 0, 0)[: 4 if ":" in each else 2])
            for family, each in zip(families, addresses, strict=True)
        ]

    return getaddrinfo


async def test_both_families_are_kept_in_the_order_of_the_resolver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("::1", "127.0.0.2", "127.0.0.1"))
    assert await resolve("both.example") == ["::1", "127.0.0.2", "127.0.0.1"]


async def test_what_cannot_be_routed_to_is_left_out_unless_nothing_else_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A socket of one family has no way to addresses of the other.
    unroutable = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("255.255.255.255", 9))
    found = [unroutable, *answers("127.0.0.1")()]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert await resolve("half.example") == ["127.0.0.1"]
    found.pop()
    assert await resolve("half.example") == ["255.255.255.255"]


def test_a_link_local_address_names_its_interface() -> None:
    index, name = socket.if_nameindex()[0]
    assert address_text(socket.AF_INET6, ("fe80::1", 9, 0, index)) == f"fe80::1%{name}"


async def test_one_slow_name_server_holds_up_no_other_name_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, released = socket.getaddrinfo, threading.Event()

    def slow(host: str, *arguments: Any, **options: Any) -> Any:
        if host == "slow.example":
            released.wait(SOON)
        return known("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    waiting = [asyncio.ensure_future(resolve("slow.example")) for _ in range(50)]
    assert await asyncio.wait_for(resolve("quick.example"), SOON) == ["127.0.0.1"]
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "lookup")
    waiting[0].cancel()
    released.set()
    assert await asyncio.wait_for(waiting[1], SOON) == ["127.0.0.1"]
    await asyncio.gather(*waiting[2:])
