from dataclasses import replace

import pytest

from router.compare.rules import CompareRules
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


async def test_a_function_stays_while_its_service_s_rules_do(tasks: TaskOwner) -> None:
    customs = Customs(SENSES, tasks)
    before = customs.compare_by({"support": OURS, "billing": OURS})
    after = customs.compare_by({"support": OURS, "billing": THEIRS})
    assert after["support"] is before["support"]
    assert after["billing"] is not before["billing"]
    changed = customs.compare_by({"support": replace(OURS, status=False)})
    assert changed["support"] is not before["support"]
    await tasks.close()


async def test_functions_that_are_gone_are_closed_and_the_others_at_the_end(
    tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[object] = []

    async def note(custom: object) -> None:
        closed.append(custom)

    monkeypatch.setattr("router.comparer.customs.Custom.close", note)
    customs = Customs(SENSES, tasks)
    before = customs.compare_by({"support": OURS, "billing": OURS})
    customs.compare_by({"billing": OURS})
    await until(lambda: closed == [before["support"]])
    await customs.close()
    assert closed == [before["support"], before["billing"]]
