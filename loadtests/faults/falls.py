"""What AI's own book says of a rollback, and whether the report said the same. Pure.

The time that counts is the one from the call to the last request that AI saw begin, whoever sent it
and whatever happened meanwhile. A report that says `complete` says that no worker asks AI any more.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.faults.book import Ask, Visit
from loadtests.faults.promise import Promise, at_most, none, shown

MEDIAN_MS: Final = 100.0
LONGEST: Final = 1.0
"""Seconds."""
REPORTED_WITHIN: Final = 5.0
"""Seconds, also where a worker has to be replaced first."""
ON_ITS_WAY: Final = 0.1
"""Seconds that a request may need from a worker's socket to the backend's book."""
DISAGREE_MS: Final = 50.0


@dataclass(frozen=True, slots=True)
class Fall:
    """A rollback at full load. last: seconds from the call to the last AI request begun.

    asked, lost, wrong: how many asked meanwhile, who failed though no fault cut them, and what was
    unseen, doubled or misdirected. lies: what was said of it that is not so.
    """

    fault: str
    last: float
    seconds: float
    last_reported_ms: float | None
    asked: int
    lost: Sequence[Ask]
    wrong: Sequence[object]
    lies: Sequence[str]


def last_begun(visits: Sequence[Visit], called: float) -> float:
    """Return how long after the call the last request began, 0 if that was before it."""
    return max([0.0, *(visit.at - called for visit in visits)])


def lies(report: dict[str, Any], *, last: float, seconds: float, durable: str) -> Iterator[str]:
    """Hold a report against what was seen.

    Whatever the fault, who does not acknowledge can be killed, so each rollback comes to its end.
    """
    if report["percent"] != 0:
        yield f"it leaves {report['percent']} %"
    if not report["complete"]:
        yield f"it is not complete after {shown(seconds)} s, missing: {report['missing']}"
    if report["complete"] and last > seconds + ON_ITS_WAY:
        yield f"complete after {shown(seconds)} s, and AI is asked after {shown(last)} s"
    if report["durable"] != durable:
        yield f"durable is {report['durable']}, not {durable}"


def promises(falls: Sequence[Fall]) -> list[Promise]:
    """Say of all rollbacks what was promised and what was seen."""
    asked = sum(fall.asked for fall in falls)
    lost = [ask for fall in falls for ask in fall.lost]
    wrong = [each for fall in falls for each in fall.wrong]
    told = [f"{fall.fault}: {lie}" for fall in falls for lie in fall.lies]
    median_ms = statistics.median(fall.last for fall in falls) * 1000
    return [
        at_most(
            f"{len(falls)} rollbacks: from the call to the last AI request, median",
            median_ms,
            MEDIAN_MS,
            "ms",
        ),
        *_by_fault(falls),
        at_most("the report comes after", max(f.seconds for f in falls), REPORTED_WITHIN, "s"),
        none("report says `complete`, `durable` or a share that is not so", told, len(falls)),
        _agreed(falls),
        none("request fails that the fault did not cut", lost, asked),
        none("request is unseen, doubled or misdirected", wrong, asked),
    ]


def _by_fault(falls: Sequence[Fall]) -> Iterator[Promise]:
    for fault in dict.fromkeys(fall.fault for fall in falls):
        lasts = [fall.last for fall in falls if fall.fault == fault]
        what = f"{len(lasts)} {fault}: none begins later than"
        yield Promise(
            f"{what} {LONGEST:g} s after the call",
            f"median {shown(statistics.median(lasts) * 1000)} ms, "
            f"longest {shown(max(lasts) * 1000)} ms",
            held=max(lasts) <= LONGEST,
            is_timing=True,
        )


def _agreed(falls: Sequence[Fall]) -> Promise:
    """Compare where nobody was killed: who is cannot tell what it did last."""
    differences = [
        abs(fall.last * 1000 - fall.last_reported_ms)
        for fall in falls
        if fall.last_reported_ms is not None
    ]
    return at_most(
        "the report's last AI request and AI's own differ by",
        max(differences, default=0.0),
        DISAGREE_MS,
        "ms",
    )
