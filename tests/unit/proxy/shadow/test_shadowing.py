import asyncio
from dataclasses import replace
from typing import Any

import pytest

from router.model import BasisPoints, ShadowResult, Variant
from router.proxy.deadlines import NEVER
from router.proxy.permits import Permit
from router.proxy.shadow.shadowing import QUIET, Shadowing, Surface
from router.proxy.shadow.shadows import Shadows
from router.routing.snapshot import Breaker, HeaderPolicy, Snapshot
from router.routing.spending import SHARED_BYTES
from router.tasks import TaskOwner
from tests.support.score import SUPPORT, Score
from tests.support.shadow_score import COPIED


class Made:
    """The copying of a worker that finds no comparer."""

    def __init__(self) -> None:
        self.score = Score(now=100.0)
        self.errors: list[BaseException] = []
        self.permit = Permit("support", 0, is_valid=True, last_begun=0)
        self.looks = 0
        surface = Surface(
            loop=asyncio.get_running_loop(),
            tasks=TaskOwner(lambda *_: None),
            deadlines=self.score.deadlines,
            memory=memoryview(bytearray(SHARED_BYTES)),
            connect=self._connect,
            tell=self.errors.append,
            may_open=lambda: True,
            below=lambda _: 0,
        )
        self.shadowing = Shadowing(self.score, surface)

    def shadows(self, headers: HeaderPolicy | None = None, **settings: Any) -> Shadows | None:
        service = replace(SUPPORT, shadow=replace(COPIED, **settings), phase=7)
        return self.shadowing.shadows(
            service,
            Snapshot(1, (service,), headers=headers or HeaderPolicy()),
            lambda variant: self.score.copies[variant],
            counters=self.score.counters.shadow,
            permit=self.permit,
        )

    def _connect(self) -> Any:
        self.looks += 1
        raise ConnectionRefusedError


@pytest.fixture
async def made() -> Made:
    return Made()


async def test_nothing_is_made_for_who_copies_nothing(made: Made) -> None:
    assert made.shadows(share=BasisPoints(0)) is None
    assert made.looks == 0


async def test_the_comparer_is_looked_for_when_somebody_needs_it(made: Made) -> None:
    assert made.shadows() is not None
    made.shadows()
    assert made.looks == 1
    made.shadowing.close()


class Waiting:
    """A tap that waits for an answer."""

    held = 0
    deadline = NEVER
    is_kept_from_ai = False
    given_up: ShadowResult | None = None

    def time_out(self) -> None:
        raise AssertionError

    def give_up(self, result: ShadowResult) -> None:
        self.given_up = result


async def test_copies_that_are_on_their_way_at_the_end_are_counted(made: Made) -> None:
    waiting = Waiting()
    made.shadowing.taps.join(waiting)
    made.shadowing.close()
    assert waiting.given_up is ShadowResult.STOPPED


async def test_ways_outlive_their_table_unless_they_would_be_made_otherwise(made: Made) -> None:
    first, same = made.shadows(), made.shadows(max_body=7)
    other = made.shadows(breaker=Breaker(min_requests=1))
    assert first is not None
    assert same is not None
    assert other is not None
    assert same._terms.ways[1] is first._terms.ways[1]
    assert other._terms.ways[1] is not first._terms.ways[1]
    assert same._terms.phase == 7
    made.shadowing.close()


async def test_a_copy_says_so_and_names_its_variant_and_the_configured_id(made: Made) -> None:
    headers = HeaderPolicy(prefix="X-Own-", request_id="X-Trace")
    shadows = made.shadows(headers, put=(("x-env", "shadow"),))
    assert shadows is not None
    asked = shadows._terms.ways[Variant.AI.number].asked
    assert asked == b"x-own-variant: ai\r\nx-own-shadow: 1\r\nx-env: shadow\r\nx-trace: "
    made.shadowing.close()


@pytest.mark.parametrize(
    ("settings", "is_valid", "has_lease", "holds_on", "may"),
    [
        ({}, True, True, False, True),
        ({}, True, False, False, False),
        ({}, True, False, True, True),
        ({}, False, True, True, False),
        ({"stops_at_rollback": False}, False, False, False, True),
    ],
)
async def test_ai_gets_copies_by_a_permit_and_a_lease_unless_they_go_on_without(
    made: Made,
    settings: dict[str, Any],
    *,
    is_valid: bool,
    has_lease: bool,
    holds_on: bool,
    may: bool,
) -> None:
    made.permit.is_valid, made.permit.holds_on = is_valid, holds_on
    made.score.has_lease = has_lease
    shadows = made.shadows(**settings)
    assert shadows is not None
    assert shadows._terms.may_ask_ai() is may
    made.shadowing.close()


async def test_failures_of_our_own_are_told_once_in_a_while(made: Made) -> None:
    for passed in (0.0, QUIET - 1, 1.0):
        made.score.now += passed
        made.shadowing.taps.on_error(RuntimeError("ours"))
    assert len(made.errors) == 2
