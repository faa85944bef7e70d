"""The function on the page about comparison judges as the page says."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from router.compare.custom import question, with_custom
from router.compare.pair import Answer, Asked
from router.compare.rules import CompareRules
from router.compare.verdict import Verdict
from router.comparer.custom_process import Deadlines, started
from router.model import Variant
from tests.house.house import ROOT

PAGE = (ROOT / "docs" / "topics" / "comparison.md").read_text()
SECTION = PAGE[PAGE.index("### `custom`") : PAGE.index("## What is done with verdicts")]
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))
BODIES: list[str] = re.findall(r"^```json\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
RULES = CompareRules(custom=re.findall(r'custom: "(.*)"', BLOCKS["yaml"])[0])
ASKED = Asked(b"POST", b"/v1/orders", [], b'{"text": "Where is my order?"}', 30)


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / f"{RULES.custom.split(':')[0]}.py").write_text(BLOCKS["python"])
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    yield RULES.custom
    assert "judge" not in sys.modules  # it was imported elsewhere


def answer(variant: Variant, body: bytes) -> Answer:
    return Answer(variant, 200, [(b"content-type", b"application/json")], body, len(body))


async def test_the_function_of_the_page_judges_as_the_page_says(judge: str) -> None:
    legacy, ai = (orjson.dumps(orjson.loads(body)) for body in BODIES)
    process, _ = await started(judge, Deadlines())
    results = []
    for theirs in (ai, ai.replace(b"4711", b"4712")):
        answers = answer(Variant.LEGACY, legacy), answer(Variant.AI, theirs)
        put = question(ASKED, *answers, RULES, turned=True)
        assert put is not None
        results.append(with_custom(Verdict(), (await process.ask(put)).said).result.value)
    await process.end()
    assert results == [BLOCKS["text"].strip(), "divergent"]
