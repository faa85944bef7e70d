from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from router.control.directory import Directory, Found, Watched
from router.control.health import Health
from router.model import Variant
from router.routing.snapshot import Endpoint, Upstream
from router.tasks import TaskOwner
from router.wire.messages import Locate, Target
from tests.support.background import World, owner, settle

HEALTH = Health("/healthz")


class Posted(World):
    """A directory with everything around it; `sent` is what workers were told."""

    def __init__(self, tasks: TaskOwner) -> None:
        super().__init__()
        self.sent: list[Locate] = []
        self.directory = Directory(self.means(tasks), self.sent.append)

    async def start(self, *watched: Watched) -> None:
        """As the supervisor does: names first, so that the first word is the whole one."""
        await self.directory.prepare(watched)
        self.directory.watch(watched)
        await settle()


@pytest.fixture
async def it() -> AsyncIterator[Posted]:
    with owner() as tasks:
        yield Posted(tasks)
        await tasks.close()


def ai(*hosts: str, health: Health | None = None, service: str = "support") -> Watched:
    endpoints = tuple(Endpoint(host, 0 if host[0] == "/" else 9002) for host in hosts)
    return Watched(service, Variant.AI, Upstream(endpoints), health)


def locate(*targets: Target, endpoints: list[str]) -> Locate:
    return Locate("support", Variant.AI, list(targets), endpoints)


async def test_addresses_without_a_health_check_need_no_word(it: Posted) -> None:
    await it.start(ai("10.0.0.1", "::1", "/run/ai.sock"))
    assert it.sent == []
    assert it.names.asked == []


async def test_names_are_known_before_the_first_snapshot(it: Posted) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7", "::7"]}
    await it.start(ai("10.0.0.1", "ai.internal"))
    told = locate(
        Target(0, "10.0.0.1", 9002),
        Target(1, "10.0.0.7", 9002),
        Target(1, "::7", 9002),
        endpoints=["10.0.0.1:9002", "ai.internal:9002"],
    )
    assert it.sent == [told]


async def test_a_sandbox_is_looked_up_beside_its_variant_and_never_probed_or_shown(
    it: Posted,
) -> None:
    it.names.known = {"sandbox": ["10.0.0.9"]}
    sandbox = (Endpoint("sandbox", 1), Endpoint("10.0.0.1", 9002))
    await it.start(replace(ai("10.0.0.1", health=HEALTH), sandbox=sandbox))
    await it.pauses.end()
    told = locate(
        Target(0, "10.0.0.1", 9002),
        Target(1, "10.0.0.9", 1),
        endpoints=["10.0.0.1:9002", "sandbox:1"],
    )
    assert it.sent == [told]
    assert it.patients.probed == {"10.0.0.1:9002": 1}
    assert [found.name for found in it.directory.found()] == ["10.0.0.1:9002"]


async def test_a_name_without_an_address_has_no_target_until_it_has_one(it: Posted) -> None:
    await it.start(ai("ai.internal"))
    assert it.sent == [locate(endpoints=["ai.internal:9002"])]
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    await it.pauses.end()
    assert it.sent[1:] == [locate(Target(0, "10.0.0.7", 9002), endpoints=["ai.internal:9002"])]


async def test_a_move_is_told_at_once_and_nothing_is_told_while_nothing_changes(
    it: Posted,
) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    await it.start(ai("ai.internal"))
    for _ in range(3):
        await it.pauses.end()
    assert len(it.sent) == 1
    it.names.known = {"ai.internal": ["10.0.0.8"]}
    await it.pauses.end()
    assert [target.address for target in it.sent[-1].targets] == ["10.0.0.8"]


async def test_each_address_of_a_name_is_probed_by_itself(it: Posted) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7", "10.0.0.8"]}
    it.patients.ill = {"10.0.0.8": "refused"}
    await it.start(ai("ai.internal", health=HEALTH))
    await it.pauses.end()
    assert [target.is_up for target in it.sent[-1].targets] == [True, False]
    assert it.patients.probed == {
        "ai.internal:9002 (10.0.0.7)": 1,
        "ai.internal:9002 (10.0.0.8)": 1,
    }


async def test_an_address_that_a_name_gets_is_up_and_probed_soon(it: Posted) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    it.patients.ill = {"10.0.0.8": "timeout"}
    await it.start(ai("ai.internal", health=HEALTH))
    it.names.known = {"ai.internal": ["10.0.0.8"]}
    await it.pauses.end()
    assert it.sent[-1].targets == [Target(0, "10.0.0.8", 9002, is_up=True)]
    await it.pauses.end()
    assert it.sent[-1].targets == [Target(0, "10.0.0.8", 9002, is_up=False)]


async def test_another_config_keeps_what_is_known_of_targets_that_stay(it: Posted) -> None:
    it.patients.ill = {"10.0.0.1": "refused"}
    await it.start(ai("10.0.0.1", health=HEALTH))
    await it.pauses.end()
    await it.start(ai("10.0.0.2", "10.0.0.1", health=HEALTH))
    assert it.sent[-1] == locate(
        Target(0, "10.0.0.2", 9002, is_up=True),
        Target(1, "10.0.0.1", 9002, is_up=False),
        endpoints=["10.0.0.2:9002", "10.0.0.1:9002"],
    )


async def test_without_its_health_check_an_endpoint_is_up_again(it: Posted) -> None:
    it.patients.ill = {"10.0.0.1": "refused"}
    await it.start(ai("10.0.0.1", health=HEALTH))
    await it.pauses.end()
    await it.start(ai("10.0.0.1"))
    assert it.sent[-1].targets == [Target(0, "10.0.0.1", 9002, is_up=True)]
    told = len(it.sent)
    await it.start(ai("10.0.0.1"))
    assert len(it.sent) == told


async def test_a_service_that_goes_is_forgotten_and_one_that_is_back_is_told_anew(
    it: Posted,
) -> None:
    await it.start(ai("10.0.0.1", health=HEALTH))
    await it.start()
    assert tuple(it.directory.found()) == ()
    await it.start(ai("10.0.0.1", health=HEALTH))
    assert it.sent == [it.sent[0], it.sent[0]]


async def test_a_service_that_is_back_without_its_health_check_is_not_down_as_it_was(
    it: Posted,
) -> None:
    it.patients.ill = {"10.0.0.1": "refused"}
    await it.start(ai("10.0.0.1", health=HEALTH))
    await it.pauses.end()
    await it.start()
    await it.start(ai("10.0.0.1"))
    assert it.sent[-1].targets == [Target(0, "10.0.0.1", 9002, is_up=True)]


async def test_two_services_may_share_a_name(it: Posted) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    await it.start(ai("ai.internal"), ai("ai.internal", service="orders"))
    assert it.names.asked == ["ai.internal"]
    assert [told.service for told in it.sent] == ["support", "orders"]


async def test_everything_that_is_watched_is_shown_with_what_is_wrong(it: Posted) -> None:
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    it.patients.ill = {"10.0.0.7": "status 500"}
    await it.start(ai("ai.internal", "gone.internal", "/run/ai.sock", health=HEALTH))
    await it.pauses.end()
    assert [*it.directory.found()] == [
        Found("support", Variant.AI, "ai.internal:9002 (10.0.0.7)", False, "status 500"),
        Found("support", Variant.AI, "gone.internal:9002", False, "no address"),
        Found("support", Variant.AI, "unix:/run/ai.sock", True, ""),
    ]
