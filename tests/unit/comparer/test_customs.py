import asyncio
from dataclasses import replace

import pytest

from router.compare.rules import CompareRules, Profile
from router.compare.verdict import Judged, Verdict
from router.comparer.custom import Senses
from router.comparer.customs import Customs
from router.tasks import TaskOwner
from tests.support.moments import until
from tests.support.pairs import pair

PLAIN = CompareRules()
OURS = CompareRules(custom="no_such_module:compare")
THEIRS = CompareRules(custom="no_such_module:contrast")
SENSES = Senses(lambda: 0.0, lambda: 0.0, lambda _event, _detail: None)
PAIR = pair(ai=b"other")
JUDGED = Judged("support", "7", 0.0, Verdict())


@pytest.fixture
def tasks() -> TaskOwner:
    return TaskOwner(lambda _name, _error: None)


async def test_services_that_name_a_function_have_one(tasks: TaskOwner) -> None:
    customs = Customs(SENSES, tasks).compare_by({"support": OURS, "billing": PLAIN})
    assert set(customs) == {"support"}
    judged = await customs["support"].judged(PAIR, JUDGED)
    assert judged.verdict == Verdict(error="custom_failed")  # nobody has such a module


async def test_a_function_stays_while_it_would_be_asked_the_same(tasks: TaskOwner) -> None:
    customs = Customs(SENSES, tasks)
    before = customs.compare_by({"support": OURS, "billing": OURS})
    after = customs.compare_by({"support": OURS, "billing": THEIRS})
    assert after["support"] is before["support"]
    assert after["billing"] is not before["billing"]
    cheaper = customs.compare_by({"support": replace(OURS, budget=0.1, status=False)})
    assert cheaper["support"] is before["support"]
    changed = customs.compare_by({"support": replace(OURS, profile=Profile.OPENAI)})
    assert changed["support"] is not before["support"]
    await tasks.close()


async def test_functions_that_are_gone_are_closed_and_the_others_at_the_end(
    tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[object] = []

    async def note(custom: object) -> None:
        closed.append(custom)

    monkeypatch.setattr("router.comparer.customs.Custom.close", note)
    monkeypatch.setattr("router.comparer.customs.Custom.finish", note)
    customs = Customs(SENSES, tasks)
    before = customs.compare_by({"support": OURS, "billing": OURS})
    customs.compare_by({"billing": OURS})
    await until(lambda: closed == [before["support"]])
    await customs.close()
    assert closed == [before["support"], before["billing"]]


async def test_of_a_service_s_functions_that_go_only_the_last_one_finishes(
    tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[object] = []
    slow = asyncio.Event()

    async def note(custom: object) -> None:
        closed.append(custom)

    async def finish(custom: object) -> None:
        await slow.wait()
        closed.append(custom)

    monkeypatch.setattr("router.comparer.customs.Custom.close", note)
    monkeypatch.setattr("router.comparer.customs.Custom.finish", finish)
    customs = Customs(SENSES, tasks)
    first = customs.compare_by({"support": OURS})["support"]
    second = customs.compare_by({"support": THEIRS})["support"]
    last = customs.compare_by({"support": OURS})["support"]
    await until(lambda: closed == [first])
    await customs.close()  # also of those that are still at it
    assert closed == [first, second, last]
    slow.set()
    await until(lambda: len(closed) == 5)
