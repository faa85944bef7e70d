"""What a pair of answers costs to be compared, parsing included, on one core.

The judge is measured by itself, in this process: no sockets, no batches. deepdiff compares the same
documents by the same rules beside it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
from deepdiff import DeepDiff

from loadtests.bench.figures import Figure
from loadtests.bench.results import Section
from loadtests.bench.stage import Stage
from router.compare.judge import Judge
from router.compare.pair import Answer, Fields
from router.compare.rules import CompareRules
from router.model import Variant

LIMITS_US: Final = {"1 KB": 50.0, "20 KB": 500.0}
"""20,000 and 2,000 pairs a second."""
OF_DEEPDIFF: Final = 10.0
"""In thousandths of its time, for the typical pair of 1 KB."""
TYPICAL: Final = "another id and time"
SLICES: Final = 200
SLICE_SECONDS: Final = 0.002
"""Short slices, of which the fastest counts: whatever makes one slower is somebody else."""

ENTITIES: Final = {"1 KB": 8, "20 KB": 246}
RULES: Final = CompareRules(ignore=("/request_id", "/answered_at"))
EXCLUDED: Final = ["root['request_id']", "root['answered_at']"]
FIELDS: Final[Fields] = [
    (b"content-type", b"application/json"),
    (b"date", b"Sun, 22 Nov 2026 10:00:00 GMT"),
]


@dataclass(frozen=True, slots=True)
class Case:
    """Two bodies, and whether they say the same."""

    name: str
    size: str
    legacy: bytes
    ai: bytes
    is_match: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """In microseconds a pair; deepdiff's where it was measured."""

    case: Case
    ours: float
    deepdiff: float | None


def cases() -> list[Case]:
    """Return what is compared, by size."""
    return [case for size in ENTITIES for case in _cases(size)]


def _cases(size: str) -> Iterator[Case]:
    legacy, same, other = (document(ENTITIES[size], asked) for asked in (1, 2, 2))
    other["entities"][-1]["end"] += 1
    written = orjson.dumps(legacy)
    yield Case("equal to the byte", size, written, written, is_match=True)
    yield Case(TYPICAL, size, written, orjson.dumps(same), is_match=True)
    yield Case(
        "the same, keys in another order", size, written, orjson.dumps(turned(same)), is_match=True
    )
    yield Case("a number that differs", size, written, orjson.dumps(other), is_match=False)


def turned(value: Any) -> Any:
    """Return the same with its keys in the other order, everywhere."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [*map(turned, value)] if isinstance(value, list) else value


def document(entities: int, asked: int) -> dict[str, Any]:
    """Return what a classifier answers to the request with this number."""
    labels = ("refund", "invoice", "delivery", "account", "contract", "complaint", "spam", "other")
    return {
        "request_id": f"9b2fcd66-3d5f-4a0d-8f2e-{asked:012}",
        "answered_at": f"2026-11-22T10:00:{asked:02}Z",
        "label": "refund",
        "scores": {label: 0.93 if label == "refund" else 0.01 for label in labels},
        "entities": [
            {
                "type": "order",
                "text": f"A-{1000 + number}",
                "start": 100 + number,
                "end": 106 + number,
                "score": 0.98,
                "known": number % 3 > 0,
            }
            for number in range(entities)
        ],
        "routing": {"queue": "billing", "priority": 2, "hours": 24, "auto": True, "skills": ["de"]},
        "usage": {"input": 411, "output": 57, "cached": 0},
    }


def play(stage: Stage) -> Section:
    """Measure each case, the first sizes beside deepdiff."""
    costs = []
    for case in cases():
        costs.append(cost(case, SLICES, with_deepdiff=case.size == "1 KB"))
        stage.tell(f"{case.size}, {case.name}: {costs[-1].ours:.1f} µs")
    return section(costs)


def cost(case: Case, slices: int, *, with_deepdiff: bool) -> Cost:
    """Measure one case; a wrong verdict is no measurement."""
    judge = Judge(RULES)
    legacy, ai = answer(Variant.LEGACY, case.legacy), answer(Variant.AI, case.ai)
    compare = partial(judge.compare, legacy, ai)
    differing = partial(_deepdiff, case)
    if (not compare().differences) is not case.is_match or bool(differing()) is case.is_match:
        raise WrongVerdictError(case.name)
    return Cost(
        case, fastest_us(compare, slices), fastest_us(differing, 20) if with_deepdiff else None
    )


class WrongVerdictError(Exception):
    """What is measured does not say what is known of the pair."""


def answer(variant: Variant, body: bytes) -> Answer:
    """Return it as a worker captures one."""
    return Answer(variant, 200, FIELDS, body, len(body))


def _deepdiff(case: Case) -> Any:
    legacy, ai = orjson.loads(case.legacy), orjson.loads(case.ai)
    return DeepDiff(legacy, ai, exclude_paths=EXCLUDED)


def fastest_us(call: Callable[[], object], slices: int) -> float:
    """Return the CPU time of a call in the fastest slice, in microseconds."""
    once = _seconds(call, 1)
    calls = max(1, int(SLICE_SECONDS / max(once, 1e-9)))
    return min(_seconds(call, calls) for _ in range(slices)) / calls * 1e6


def _seconds(call: Callable[[], object], calls: int) -> float:
    began = time.thread_time()
    for _ in range(calls):
        call()
    return time.thread_time() - began


def section(costs: list[Cost]) -> Section:
    """Tell what was found."""
    return Section(
        title="Comparer",
        measured=(
            "Two answers of a classifier, judged on one core: parsing, the walk and the "
            "verdict. The id of the request and a time are ignored. Beside it deepdiff with "
            "the same places left out, parsing included too."
        ),
        head=["size", "pair", "µs a pair", "pairs/s a core", "deepdiff, µs", "to deepdiff"],
        rows=[_row(each) for each in costs],
        figures=list(_figures(costs)),
        meaning="Most pairs cost what parsing them costs, and half as much again: only what "
        "differs is walked. Where backends write their keys in two orders, they are sorted first.",
        found={f"{each.case.size}, {each.case.name}": each.ours for each in costs},
    )


def _row(cost: Cost) -> list[str]:
    beside = ["-", "-"]
    if cost.deepdiff is not None:
        beside = [f"{cost.deepdiff:,.0f}", f"1 : {cost.deepdiff / cost.ours:.0f}"]
    return [
        cost.case.size,
        cost.case.name,
        f"{cost.ours:.1f}",
        f"{1e6 / cost.ours:,.0f}",
        *beside,
    ]


def _figures(costs: list[Cost]) -> Iterator[Figure]:
    for each in costs:
        size, name = each.case.size, each.case.name
        yield Figure(f"a pair of {size} ({name}), in µs,", each.ours, LIMITS_US[size])
        if each.deepdiff is not None and each.case.name == TYPICAL:
            thousandths = 1000 * each.ours / each.deepdiff
            yield Figure("the same, in thousandths of deepdiff's time,", thousandths, OF_DEEPDIFF)
