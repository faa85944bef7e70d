import asyncio

import pytest

from router.control.fleet import alone
from router.control.fleet.alone import Alone
from tests.support.releases import fleet_of


async def test_the_lease_is_renewed_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "RENEW_EVERY", 0.001)
    heard = asyncio.Queue[float]()
    ticks = iter(range(100, 1_000_000))
    fleet = fleet_of(lambda: 0.0)
    it = Alone(fleet, 15.0, heard.put_nowait, lambda: float(next(ticks)))
    running = asyncio.ensure_future(it.run())
    assert [await heard.get() for _ in range(3)] == [115.0, 116.0, 117.0]
    assert fleet.lease_until >= 117.0
    running.cancel()
