"""Each example on the page about comparison is run, and each option has its section.

An example is a verdict (`text`) and the two answers before it: `json`, or `http` where more than a
body matters. The rules are those of the last `yaml` in the same section.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest

from router.compare.judge import Judge
from router.compare.pair import Answer
from router.compare.rules import CompareRules
from router.compare.verdict import Difference, Result, Verdict
from router.model import Variant
from router.places.pointer import Json, Missing
from router.settings.compile_shadow import compile_rules
from router.settings.load import accepted, examine_text
from router.settings.schema_compare import CompareSettings
from tests.house.house import ROOT

PAGE = (ROOT / "docs" / "topics" / "comparison.md").read_text()
SECTION = re.compile(r"^(#{1,3} .*)$", re.MULTILINE)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVICE = """services:
- name: support
  legacy: {endpoints: ["http://127.0.0.1:9001"]}
  ai: {endpoints: ["http://127.0.0.1:9002"]}
"""


@dataclass(frozen=True)
class Example:
    heading: str
    rules: str
    legacy: tuple[str, str]
    ai: tuple[str, str]
    verdict: str


def examples() -> Iterator[Example]:
    parts = SECTION.split(PAGE)
    for heading, section in zip(parts[1::2], parts[2::2], strict=True):
        blocks = FENCED.findall(section)
        rules = ""
        for index, (language, text) in enumerate(blocks):
            if language == "yaml":
                rules = text
            elif language == "text":
                yield Example(heading, rules, blocks[index - 2], blocks[index - 1], text)


EXAMPLES = list(examples())


def rules_of(text: str) -> CompareRules:
    """Compile what stands under `compare` as a service of a config would."""
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    settings = accepted(examine_text((SERVICE + indented).encode(), {}, "comparison.md"))
    return compile_rules(settings)["support"]


def answer_of(block: tuple[str, str], variant: Variant) -> Answer:
    language, text = block
    if language == "json":
        text = f"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{text.strip()}"
    head, _, body = text.partition("\n\n")
    status, *lines = head.splitlines()
    fields = [(name.lower(), value) for name, value in (line.split(": ", 1) for line in lines)]
    raw = body.encode()
    return Answer(
        variant,
        int(status.split()[1]),
        [(name.encode(), value.encode()) for name, value in fields],
        raw,
        len(raw),
    )


def shown(verdict: Verdict) -> str:
    lines = [f"{verdict.result}{': ' * bool(verdict.error)}{verdict.error}"]
    if verdict.decision is not None:
        lines.append(
            "decided {} and {}".format(*(label or "nothing" for label in verdict.decision))
        )
    return "\n".join([*lines, *map(difference_of, verdict.differences)]) + "\n"


def difference_of(difference: Difference) -> str:
    where = "" if difference.at == difference.field else f"  at {difference.at}"
    values = f"{value_of(difference.legacy)} -> {value_of(difference.ai)}".strip()
    return f"{difference.field}  {difference.change}  {values}{where}"


def value_of(value: Json | Missing) -> str:
    return "" if isinstance(value, Missing) else orjson.dumps(value).decode()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading.strip("# `"))
def test_an_example_is_judged_as_the_page_says(example: Example) -> None:
    judge = Judge(rules_of(example.rules))
    legacy = answer_of(example.legacy, Variant.LEGACY)
    ai = answer_of(example.ai, Variant.AI)
    assert shown(judge.compare(legacy, ai)) == example.verdict


SHOWN_BY_RUNNING = {field.alias or name for name, field in CompareSettings.model_fields.items()} - {
    "budget",
    "mask",
    "record",
    "custom",
}
"""The others say what is done with verdicts, or who judges instead."""


@pytest.mark.parametrize("option", sorted(SHOWN_BY_RUNNING))
def test_each_option_has_an_example_with_a_difference(option: str) -> None:
    verdicts = [each for each in EXAMPLES if each.heading == f"### `{option}`"]
    assert any(f"  {option}:" in each.rules for each in verdicts)
    assert any(each.verdict.startswith(Result.DIVERGENT) for each in verdicts)


def test_what_does_not_judge_is_explained_all_the_same() -> None:
    headings = set(SECTION.findall(PAGE))
    assert {f"### `{option}`" for option in ("budget", "mask", "record", "custom")} <= headings
