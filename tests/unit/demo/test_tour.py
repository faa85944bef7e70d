import asyncio
import time

import pytest

from router.demo import tour as module
from router.demo.comparison import Seen
from router.demo.plan import Plan, Step
from router.demo.shoppers import Visit
from router.demo.tally import Answer, Tally
from router.demo.tour import Tour
from router.model import Variant
from router.tasks import TaskOwner
from tests.support.demo_answers import MODELS, SEEN, answer

PLAN = Plan((Step(0, 0.1), Step(50, 0.1), Step(0, 0.1)), tickets_per_second=200, customers=10)


class Town:
    """Desk and operator at once; what they hear lands in one list."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.heard: list[str] = []
        self.seen: Seen | None = SEEN
        self.steps: list[int | None] = []
        self._seconds = seconds

    async def ask(self, visit: Visit, step: int | None) -> Answer:
        began = time.perf_counter()
        self.steps.append(step)
        await asyncio.sleep(self._seconds)
        return answer(
            Variant.LEGACY,
            visit.customer,
            step=step,
            began=began,
            conversation="talk-of-" + visit.customer,
        )

    async def compared(self) -> Seen | None:
        self.heard.append("compare")
        return self.seen

    async def set_percent(self, percent: int, reason: str) -> None:
        self.heard.append(f"set {percent}")
        await asyncio.sleep(0.02)


async def walk(town: Town, plan: Plan = PLAN) -> Tally:
    tally = Tally(plan, MODELS)
    deaths: list[BaseException] = []
    owner = TaskOwner(lambda _, error: deaths.append(error))
    ended: list[int] = []
    tour = Tour(plan, tally, town, town, clock=time.perf_counter, on_step=ended.append)
    await tour.run(owner)
    await owner.close()
    assert not deaths
    assert ended == list(range(len(plan.steps)))
    return tally


async def test_the_operator_is_asked_for_every_step_but_the_first_which_holds_already() -> None:
    town = Town()
    await walk(town)
    assert town.heard == ["compare", "set 50", "set 0"]


async def test_visits_during_a_change_belong_to_no_step() -> None:
    town = Town()
    await walk(town)
    assert set(town.steps) == {0, 1, 2, None}
    assert town.steps[0] == 0
    assert town.steps[-1] == 2


async def test_every_visit_is_answered_before_the_tour_is_over() -> None:
    town = Town(seconds=0.3)
    tally = await walk(town)
    assert tally.variants[Variant.LEGACY].answers == len(town.steps)


async def test_customers_come_at_the_planned_rate() -> None:
    town = Town()
    await walk(town)
    # 0.3 s of steps and 0.04 s of changes; a busy machine may lose some, none are added.
    assert 40 <= len(town.steps) <= 80


async def test_slow_answers_do_not_thin_out_the_traffic() -> None:
    town = Town(seconds=0.25)
    await walk(town)
    assert len(town.steps) >= 40


async def test_an_operator_who_fails_ends_the_tour() -> None:
    class Broken(Town):
        async def set_percent(self, percent: int, reason: str) -> None:
            raise RuntimeError("the pen is empty")

    owner = TaskOwner(lambda *_: None)
    town = Broken()
    tour = Tour(
        PLAN, Tally(PLAN, MODELS), town, town, clock=time.perf_counter, on_step=lambda _: None
    )
    with pytest.raises(RuntimeError, match="the pen is empty"):
        await tour.run(owner)
    await owner.close()


async def test_what_was_compared_is_looked_at_before_the_first_raise() -> None:
    assert (await walk(Town())).compared is SEEN


async def test_a_router_that_compares_nothing_holds_the_tour_up_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BETWEEN_LOOKS", 0.001)
    town = Town()
    town.seen = None
    assert (await walk(town)).compared is None
    assert town.heard.count("compare") == module.LOOKS
