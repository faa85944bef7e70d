from pathlib import Path

import pytest

from router.compare.rules import CompareRules
from router.errors import RecordingError
from router.model import Variant
from router.replay.judging import custom_of, judge_of
from tests.support.pairs_shown import answered, asked, pair_of

PAIR = pair_of(answered(Variant.LEGACY, b'{"a": 1}'), answered(Variant.AI, b'{"a": 2}'), asked(b""))

OWN = """
def different(a, b):
    assert set(a) == set(b) == {"status", "kind", "body"}
    return "different"

def raising(a, b):
    raise ValueError("a secret")
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_of_replay.py").write_text(OWN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(Path(__file__).parents[3])
    return "own_of_replay"


def test_a_pair_is_judged_by_the_rules_of_its_service() -> None:
    judged = judge_of(PAIR.service, CompareRules(), "x-gray-")(PAIR)
    assert [it.field for it in judged.verdict.differences] == ["/a"]
    rules = CompareRules(ignore=("/a",))
    assert not judge_of(PAIR.service, rules, "x-gray-")(PAIR).verdict.differences


async def test_a_function_of_the_services_own_adds_its_verdict_without_knowing_whose_is_whose(
    own: str,
) -> None:
    rules = CompareRules(custom=f"{own}:different")
    judged = judge_of(PAIR.service, rules, "x-gray-")(PAIR)
    async with custom_of(rules, lambda _: None) as ask:
        assert ask is not None
        found = await ask(PAIR, judged)
    assert [it.field for it in found.verdict.differences] == ["/a", "custom"]


async def test_a_function_that_fails_is_said_and_costs_its_pair(own: str) -> None:
    told: list[str] = []
    rules = CompareRules(custom=f"{own}:raising")
    judged = judge_of(PAIR.service, rules, "x-gray-")(PAIR)
    async with custom_of(rules, told.append) as ask:
        assert ask is not None
        found = await ask(PAIR, judged)
    assert found.verdict.error == "custom_failed"
    (line,) = told
    assert line.startswith(f"compare.custom {own}:raising: ValueError at own_of_replay.py:")
    assert "secret" not in line


async def test_a_function_that_cannot_be_loaded_is_said_at_once(own: str) -> None:
    with pytest.raises(RecordingError, match=f"{own}:missing cannot be asked: AttributeError"):
        async with custom_of(CompareRules(custom=f"{own}:missing"), lambda _: None):
            pytest.fail("it cannot be asked")


async def test_one_that_is_never_asked_is_ended_too(own: str) -> None:
    async with custom_of(CompareRules(custom=f"{own}:different"), lambda _: None) as ask:
        assert ask is not None


async def test_without_a_function_nobody_is_asked() -> None:
    async with custom_of(CompareRules(), lambda _: None) as ask:
        assert ask is None
