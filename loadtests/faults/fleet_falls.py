"""What AI's own book says of rollbacks of many replicas, and what their reports said. Pure.

A report that says `complete` speaks for each replica; one that does not says by when those that
are silent are safe by themselves.
"""

import statistics
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.faults.book import Verdict, failures
from loadtests.faults.falls import ON_ITS_WAY
from loadtests.faults.manager import Rollback
from loadtests.faults.promise import Promise, at_most, none, p99, shown

MEDIAN_MS: Final = 150.0
P99_MS: Final = 500.0


@dataclass(frozen=True, slots=True)
class FleetFall:
    """One rollback. last: seconds from the call to the last AI request begun, anywhere.

    limit: seconds that are promised of it where this fault has happened. complete: whether its
    report said so. lies: what that said that is not so.
    """

    fault: str
    last: float
    limit: float
    complete: bool = True
    lies: Sequence[str] = ()


def fall(
    fault: str, rollback: Rollback, names: Collection[str], *, last: float, limit: float
) -> FleetFall:
    """Put together what was seen and what was said; ``names``: whom the report has to speak of."""
    told = tuple(lies(rollback.report, names, last=last, seconds=rollback.seconds))
    return FleetFall(fault, last, limit, rollback.report["complete"], told)


def lies(
    report: dict[str, Any], names: Collection[str], *, last: float, seconds: float
) -> Iterator[str]:
    """Hold a report against what was seen."""
    if report["percent"] != 0:
        yield f"it leaves {report['percent']} %"
    said = {each["replica"]: each for each in report["replicas"]}
    if unknown := sorted(set(names) - set(said)):
        yield f"it says nothing of {', '.join(unknown)}"
    if report["complete"]:
        yield from _lies_of_complete(said, last, seconds)
    elif report["bound_s"] is not None and last > report["bound_s"] + ON_ITS_WAY:
        yield f"all are safe after {report['bound_s']} s, and AI is asked after {shown(last)} s"


def _lies_of_complete(
    said: dict[str, dict[str, Any]], last: float, seconds: float
) -> Iterator[str]:
    if last > seconds + ON_ITS_WAY:
        yield f"complete after {shown(seconds)} s, and AI is asked after {shown(last)} s"
    for name, each in said.items():
        if each["acked"] < each["workers"] or not each["workers"]:
            yield f"complete, and {each['acked']} of {each['workers']} workers of {name} have acked"


def at_once(falls: Sequence[FleetFall]) -> Iterator[Promise]:
    """Say how long they took where nothing has failed."""
    lasts = [each.last * 1000 for each in falls]
    what = f"{len(falls)} rollbacks: from the call to the last AI request"
    yield at_most(f"{what}, median", statistics.median(lasts), MEDIAN_MS, "ms")
    yield at_most(f"{what}, p99", p99(lasts), P99_MS, "ms")


def by_fault(falls: Sequence[FleetFall]) -> Iterator[Promise]:
    """Say of each fault whether a rollback took longer than is promised of it."""
    for fault in dict.fromkeys(each.fault for each in falls):
        own = [each for each in falls if each.fault == fault]
        limit = max(each.limit for each in own)
        lasts = [each.last for each in own]
        median, longest = shown(statistics.median(lasts) * 1000), shown(max(lasts) * 1000)
        yield Promise(
            f"{len(own)} {fault}: none begins later than {limit:g} s after the call",
            f"median {median} ms, longest {longest} ms",
            held=all(each.last <= each.limit for each in own),
            is_timing=True,
        )


def truthful(falls: Sequence[FleetFall]) -> Promise:
    """Say whether each report was right."""
    told = [f"{each.fault}: {lie}" for each in falls for lie in each.lies]
    return none("report says what is not so", told, len(falls))


def streams_end(seconds: Sequence[float], begun: float, drain: float) -> Promise:
    """Say how long after the call the last stream ended, of those begun while they might."""
    what = f"streams that it has begun end within {begun:g} s and {drain:g} s of stream_drain"
    return Promise(
        what, f"after {shown(max(seconds))} s", max(seconds) <= begun + drain, is_timing=True
    )


def unharmed(verdict: Verdict) -> Sequence[Promise]:
    """Say that no request was lost, whatever has happened."""
    seen = dict(failures(verdict.failed))
    return [
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
    ]
