import socket
from collections.abc import Sequence

import pytest

from router.control import names
from router.control.names import Names


def leading_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def resolve(_host: str) -> Sequence[str]:
        return addresses

    monkeypatch.setattr(names, "resolve", resolve)


async def test_every_address_of_a_name_is_given_with_its_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leading_to(monkeypatch, "10.0.0.3", "fd00::3")
    found = await Names().resolve("r1.internal", 9902)
    assert [(each["host"], each["port"], each["family"]) for each in found] == [
        ("10.0.0.3", 9902, socket.AF_INET),
        ("fd00::3", 9902, socket.AF_INET6),
    ]
    assert {each["hostname"] for each in found} == {"r1.internal"}


async def test_a_name_without_an_address_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    leading_to(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        await Names().resolve("r1.internal", 9902)
