"""Sends the cases and says what became of them.

Each case comes from an address of its own in 127.1.0.0/16. The router names it to the backend in
X-Forwarded-For, and so every request that the backend sees is the work of one case, however broken
the bytes were that caused it; what nobody's name stands on was smuggled.
"""

import asyncio
import enum
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from tests.integration.conformance.build import HOST, TRAILING, Accepted, Either, Refused
from tests.support.raw import EndedError, RawSocket
from tests.support.recording_backend import RecordingBackend
from tests.support.strict import (
    AmbiguousError,
    Answer,
    BrokenTransferError,
    Request,
    read_answer,
)

AT_ONCE: Final = 24
FEW: Final = 2_000
"""Bytes up to which a request is sent in packets of one byte."""
NEXT: Final = b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n"


class Manner(enum.StrEnum):
    """How the bytes are sent."""

    WHOLE = "whole"
    PIECES = "byte by byte"
    TRAILING = "with another request behind"


class Verdict(enum.StrEnum):
    """What became of a case; all but the first are failures."""

    RIGHT = "RIGHT"
    SMUGGLED = "SMUGGLED"  # the backend saw more requests than the client sent, or other ones
    LEAK = "LEAK"  # ambiguous bytes were served
    OVERBLOCK = "OVERBLOCK"  # a valid request was refused
    DEAD = "DEAD"  # no answer, or no end
    WRONG = "WRONG"  # refused, or passed on, but not as it should be


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and what it rests on."""

    name: str
    raw: bytes
    verdict: Verdict
    why: str

    def __str__(self) -> str:
        return f"{self.verdict:9} {self.name}: {self.why}\n          {self.raw[:300]!r}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client of one case saw; `ended` says that the router hung up behind the answers."""

    source: str
    answers: tuple[Answer, ...]
    ended: bool
    trouble: str = ""


Case = TypeVar("Case", Refused, Accepted, Either)


async def try_all(
    cases: Sequence[Case],
    attempt: Callable[[Case, str], Awaitable[Outcome]],
    judge: Callable[[Case, Outcome, Sequence[Request]], tuple[Verdict, str]],
    backend: RecordingBackend,
) -> list[Finding]:
    """Send all cases and judge each by what its client and the backend saw."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> Outcome:
        async with gate:
            return await attempt(case, f"127.1.{number // 250}.{number % 250 + 1}")

    outcomes = await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))
    findings = []
    for case, outcome in zip(cases, outcomes, strict=True):
        verdict, why = judge(case, outcome, requests_of(backend, outcome.source))
        findings.append(Finding(case.name, case.raw, verdict, why))
    return findings + strangers(backend, {outcome.source for outcome in outcomes})


def requests_of(backend: RecordingBackend, source: str) -> list[Request]:
    return [r for r in backend.requests if r.values(b"x-forwarded-for") == [source.encode()]]


def strangers(backend: RecordingBackend, sources: set[str]) -> list[Finding]:
    """What the backend saw and no client sent."""
    known = {source.encode() for source in sources}
    nameless = [
        Finding("(nobody's)", r.method + b" " + r.target, Verdict.SMUGGLED, f"{r.fields}")
        for r in backend.requests
        if not known.issuperset(r.values(b"x-forwarded-for")) or not r.values(b"x-forwarded-for")
    ]
    return nameless + [Finding("(ambiguous)", b"", Verdict.LEAK, v) for v in backend.violations]


def report(findings: Iterable[Finding]) -> str:
    """The counts, and every case that did not go right."""
    findings = list(findings)
    counts = Counter(finding.verdict for finding in findings)
    head = " ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict)
    wrong = [str(finding) for finding in findings if finding.verdict is not Verdict.RIGHT]
    return "\n".join([head, *wrong])


# Refused...


async def attempt_refused(port: int, manner: Manner, case: Refused, source: str) -> Outcome:
    """Send the case, read the refusal, and wait until the router hangs up."""
    async with await RawSocket.connect(port, source=source) as client:
        await _send(client, case.raw, manner, TRAILING)
        return await _hear(client, case.raw, source, at_most=None)


async def attempt_either(port: int, manner: Manner, case: Either, source: str) -> Outcome:
    """Send the case and read its refusal, or as many answers as there were requests."""
    async with await RawSocket.connect(port, source=source) as client:
        await _send(client, case.raw, manner, TRAILING)
        at_most = 2 if manner is Manner.TRAILING else 1
        return await _hear(client, case.raw, source, at_most=at_most)


async def _hear(client: RawSocket, raw: bytes, source: str, *, at_most: int | None) -> Outcome:
    answers: list[Answer] = []
    try:
        while len(answers) != at_most:
            answers.append(await read_answer(client, _method(raw)))
    except EndedError as ended:
        trouble = f"bytes behind the answer: {ended.rest!r}" if ended.rest else ""
        return Outcome(source, tuple(answers), ended=True, trouble=trouble)
    except (TimeoutError, AmbiguousError, BrokenTransferError) as error:
        return Outcome(source, tuple(answers), ended=False, trouble=repr(error))
    return Outcome(source, tuple(answers), ended=False)


def judge_refused(
    case: Refused, outcome: Outcome, requests: Sequence[Request]
) -> tuple[Verdict, str]:
    served = [request.target for request in requests if request.complete]
    statuses = [answer.status for answer in outcome.answers]
    if served:
        smuggled = len(served) > statuses.count(200)
        return (Verdict.SMUGGLED if smuggled else Verdict.LEAK), f"served {served} {statuses}"
    if not statuses:
        return Verdict.DEAD, f"no answer {outcome.trouble}"
    if len(statuses) > 1 or statuses[0] not in case.statuses:
        return Verdict.WRONG, f"answered {statuses}, not {case.statuses}"
    if not outcome.ended or outcome.trouble:
        return Verdict.WRONG, f"not closed behind {statuses}: {outcome.trouble}"
    return Verdict.RIGHT, ""


def judge_either(
    _case: Either, outcome: Outcome, requests: Sequence[Request]
) -> tuple[Verdict, str]:
    """The strict backend has judged the spelling already."""
    statuses = [answer.status for answer in outcome.answers]
    if not statuses:
        return Verdict.DEAD, outcome.trouble
    served = [request.target for request in requests if request.complete]
    if statuses[0] >= 400:
        return (Verdict.SMUGGLED if served else Verdict.RIGHT), f"served {served} {statuses}"
    if len(served) != len(statuses):
        return Verdict.SMUGGLED, f"served {served} {statuses}"
    return Verdict.RIGHT, ""


# Accepted...


async def attempt_accepted(port: int, manner: Manner, case: Accepted, source: str) -> Outcome:
    """Send the case and read its answer; what stands behind it is answered unless the case ends."""
    async with await RawSocket.connect(port, source=source) as client:
        await _send(client, case.raw, manner, NEXT)
        answers: list[Answer] = []
        try:
            answers.append(await read_answer(client, case.method))
            if manner is Manner.TRAILING or case.ends:
                answers.append(await read_answer(client))
        except EndedError:
            return Outcome(source, tuple(answers), ended=True)
        except (TimeoutError, AmbiguousError, BrokenTransferError) as error:
            return Outcome(source, tuple(answers), ended=False, trouble=repr(error))
        return Outcome(source, tuple(answers), ended=False)


def judge_accepted(
    case: Accepted, outcome: Outcome, requests: Sequence[Request]
) -> tuple[Verdict, str]:
    statuses = [answer.status for answer in outcome.answers]
    targets = sorted(request.target for request in requests)
    if not statuses:
        return Verdict.DEAD, f"no answer {outcome.trouble}"
    if any(status != 200 for status in statuses):
        return Verdict.OVERBLOCK, f"{statuses} {bytes(outcome.answers[0].body)!r}"
    if targets != sorted([case.target, b"/next"][: len(statuses)]):
        smuggled = len(targets) > len(statuses)
        return (Verdict.SMUGGLED if smuggled else Verdict.WRONG), f"the backend saw {targets}"
    if outcome.trouble or (case.ends is not None and case.ends != outcome.ended):
        return Verdict.WRONG, f"{statuses}, ended: {outcome.ended} {outcome.trouble}"
    wrong = differences(case, next(r for r in requests if r.target == case.target))
    return (Verdict.WRONG, "; ".join(wrong)) if wrong else (Verdict.RIGHT, "")


def differences(case: Accepted, request: Request) -> list[str]:
    """In what ``request`` is not what ``case`` demands."""
    wrong = [f"{name!r} was passed on" for name in case.lacks if request.values(name)]
    for name in dict.fromkeys(name for name, _ in case.has):
        wanted = [value for key, value in case.has if key == name]
        if request.values(name) != wanted:
            wrong.append(f"{name!r} is {request.values(name)!r}, not {wanted!r}")
    if (request.method, bytes(request.body)) != (case.method, case.body):
        wrong.append(f"arrived as {request.method!r} {bytes(request.body[:100])!r}")
    trailers = tuple((name.lower(), value) for name, value in request.trailers)
    if not request.complete or trailers != case.trailers:
        wrong.append(f"complete: {request.complete}, trailers {trailers!r}")
    return wrong


# Both...


async def _send(client: RawSocket, raw: bytes, manner: Manner, behind: bytes) -> None:
    if manner is Manner.PIECES:
        await client.send_in_pieces(raw, 1 if len(raw) <= FEW else len(raw) // 500)
    else:
        await client.send(raw + behind if manner is Manner.TRAILING else raw)


def _method(raw: bytes) -> bytes:
    return b"HEAD" if raw.startswith(b"HEAD ") else b"GET"
