import asyncio

import pytest

from router.control.fleet import alerting
from router.control.fleet.alerting import Alerting
from router.control.fleet.leading import Leading
from router.control.fleet.watching import Alarm
from router.control.webhook_message import Alert
from router.errors import StoreUnavailableError
from tests.support.leads import Throne

NOON = 1_790_000_000.0
DIFFER = Alarm("configs_differ", "their configs differ: a: 1; b: 2")
SILENT = Alarm("replica_silent:i2", "b says nothing")


class Replica:
    """One that sees what the test says, and posts into a list."""

    def __init__(self, throne: Throne, name: str) -> None:
        self.has_seen_enough = True
        self.seen: list[Alarm] = []
        self.posted: list[Alert] = []
        self.leading = Leading(throne, name, lambda: throne.now)
        self.it = Alerting(throne, self.leading, self, self._post, lambda: NOON)

    def _post(self, alert: Alert) -> None:
        self.posted.append(alert)

    def alarms(self) -> list[Alarm]:
        return self.seen

    @property
    def told(self) -> list[tuple[str, bool]]:
        return [(alert.name, alert.is_over) for alert in self.posted]


@pytest.fixture
def throne() -> Throne:
    return Throne()


async def leader(throne: Throne, name: str = "a") -> Replica:
    replica = Replica(throne, name)
    await replica.leading.ask()
    assert replica.leading.leads()
    return replica


async def test_what_is_wrong_is_told_once_and_its_end_too(throne: Throne) -> None:
    replica = await leader(throne)
    replica.seen = [DIFFER, SILENT]
    await replica.it.look()
    await replica.it.look()
    replica.seen = [SILENT]
    await replica.it.look()
    await replica.it.look()
    assert replica.told == [
        ("configs_differ", False),
        ("replica_silent", False),
        ("configs_differ", True),
    ]
    assert throne.told == {SILENT.topic: SILENT.text}
    assert replica.posted[0] == Alert("configs_differ", DIFFER.text, False, NOON, 1, 1)
    assert replica.posted[2].reason == f"over: {DIFFER.text}"


async def test_what_changes_is_told_again(throne: Throne) -> None:
    replica = await leader(throne)
    replica.seen = [DIFFER]
    await replica.it.look()
    replica.seen = [Alarm("configs_differ", "their configs differ: a: 1; b: 3")]
    await replica.it.look()
    assert replica.told == [("configs_differ", False)] * 2


async def test_each_stands_in_the_audit_log_by_the_routers_own_name(throne: Throne) -> None:
    replica = await leader(throne)
    replica.seen = [SILENT]
    await replica.it.look()
    (entry,) = throne.entries
    assert (entry.who, entry.command, entry.service) == ("router", "replica_silent", "")
    assert (entry.why, entry.at) == (SILENT.text, NOON)


async def test_whoever_does_not_lead_tells_nothing(throne: Throne) -> None:
    await leader(throne)
    other = Replica(throne, "b")
    await other.leading.ask()
    other.seen = [DIFFER]
    await other.it.look()
    assert (other.posted, throne.entries) == ([], [])


async def test_the_next_leader_tells_nothing_twice(throne: Throne) -> None:
    first = await leader(throne)
    first.seen = [DIFFER]
    await first.it.look()
    await first.leading.close()
    second = await leader(throne, "b")
    second.seen, second.has_seen_enough = [DIFFER], False
    await second.it.look()
    second.seen = []
    await second.it.look()
    assert second.posted == []  # it was not there for long enough to know that it is over
    second.has_seen_enough = True
    await second.it.look()
    assert second.told == [("configs_differ", True)]


async def test_a_leader_that_was_stopped_and_wakes_up_tells_nothing(throne: Throne) -> None:
    stopped = await leader(throne)
    stopped.seen = [DIFFER]
    throne.lock = None
    second = Leading(throne, "b", lambda: throne.now)
    second.told = {}
    await throne.lead("b", 1, 10.0)
    assert stopped.leading.leads()  # for all it knows
    await stopped.it.look()
    assert (stopped.posted, throne.entries) == ([], [])


async def test_what_the_store_does_not_take_is_told_later(throne: Throne) -> None:
    replica = await leader(throne)
    replica.seen = [DIFFER]
    throne.error = StoreUnavailableError("it is away")
    await replica.it.look()
    assert replica.posted == []
    throne.error = None
    await replica.it.look()
    assert replica.told == [("configs_differ", False)]


async def test_it_looks_again_and_again(throne: Throne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "EVERY", 0.001)
    replica, posted = await leader(throne), asyncio.Event()
    looks = Alerting(throne, replica.leading, replica, lambda _: posted.set(), lambda: NOON)
    running = asyncio.ensure_future(looks.run())
    await asyncio.sleep(0)
    replica.seen = [DIFFER]
    await asyncio.wait_for(posted.wait(), 5)
    running.cancel()
