"""Upstream answers are held to the same: 502, a broken transfer, or passed on in one spelling."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pytest

from tests.integration.conformance.answers import (
    BROKEN,
    MALFORMED,
    SURPLUS,
    Valid,
)
from tests.integration.conformance.build import HOST
from tests.integration.conformance.drive import AT_ONCE, FEW
from tests.integration.conformance.valid_answers import VALID_ANSWERS
from tests.support.raw import EndedError
from tests.support.recording_backend import OK, BackendConnection, RecordingBackend
from tests.support.strict import AmbiguousError, Answer, BrokenTransferError, read_answer
from tests.support.worker import Gateway

NEXT: Final = b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n"


class Scripted(Protocol):
    """What all four kinds of answers have."""

    @property
    def name(self) -> str: ...
    @property
    def raw(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What the client saw: an answer, whole or not, and then the answer to its next request."""

    answer: Answer | None
    whole: bool
    following: Answer | None
    trouble: str


def playing(cases: Sequence[Scripted], *, slowly: bool) -> RecordingBackend:
    """A backend that gives the answer whose number is the request's target."""

    async def serve(peer: BackendConnection) -> None:
        while True:
            request = await peer.request()
            if request.target == b"/next":
                await peer.send(OK)
                continue
            case = cases[int(request.target[1:])]
            step = max(1, len(case.raw) // 500 if len(case.raw) > FEW else 1)
            await peer.send_in_pieces(case.raw, step if slowly else max(1, len(case.raw)))
            if getattr(case, "resets", False):
                await asyncio.sleep(0.05)  # what was sent must arrive before the reset wipes it out
                peer.reset()
                return
            if getattr(case, "closes", False):
                return

    return RecordingBackend(serve)


async def ask(gateway: Gateway, number: int, method: bytes) -> Seen:
    """Ask for one answer, and if the connection lasts, ask for another."""
    async with await gateway.ask(b"%b /%d HTTP/1.1\r\n%b\r\n" % (method, number, HOST)) as client:
        answer: Answer | None = None
        try:
            answer = await read_answer(client, method)
            await client.send(NEXT)
            following = await read_answer(client)
        except BrokenTransferError as broken:
            return Seen(
                answer or broken.answer, whole=answer is not None, following=None, trouble=""
            )
        except EndedError as ended:
            trouble = f"ended with {ended.rest!r}" if ended.rest else ""
            return Seen(answer, whole=answer is not None, following=None, trouble=trouble)
        except (TimeoutError, AmbiguousError) as error:
            return Seen(answer, whole=answer is not None, following=None, trouble=repr(error))
        return Seen(answer, whole=True, following=following, trouble="")


async def ask_for_all(gateway: Gateway, cases: Sequence[Scripted], *, slowly: bool) -> list[Seen]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Scripted) -> Seen:
        async with gate:
            return await ask(gateway, number, getattr(case, "method", b"GET"))

    async with playing(cases, slowly=slowly) as backend:
        gateway.serve(backend)
        seen = await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))
        assert not backend.violations
        return seen


def check(cases: Sequence[Scripted], verdicts: Sequence[str]) -> None:
    """Fail with every case that has something said against it."""
    against = [f"{case.name}: {v}" for case, v in zip(cases, verdicts, strict=True) if v]
    if against:
        pytest.fail("\n".join(against), pytrace=False)


def poisoned(seen: Seen) -> str:
    """Say so if the next request got an answer that was not its own."""
    if seen.trouble:
        return seen.trouble
    if seen.following is not None and bytes(seen.following.body) != b"ok":
        return f"the next request was answered {_shown(seen.following)}"
    return ""


slowly_too: Final = pytest.mark.parametrize("slowly", [False, True], ids=["whole", "slowly"])


@slowly_too
async def test_a_malformed_answer_becomes_a_502(gateway: Gateway, slowly: bool) -> None:
    def verdict(seen: Seen) -> str:
        if seen.answer is None or not seen.whole or seen.answer.status != 502:
            return f"{_shown(seen.answer)} {seen.trouble}"
        if seen.answer.value(b"x-gray-error") is None:
            return "the backend's own 502?"
        return poisoned(seen)

    seen = await ask_for_all(gateway, MALFORMED, slowly=slowly)
    check(MALFORMED, [verdict(one) for one in seen])


@slowly_too
async def test_a_broken_answer_never_ends_properly(gateway: Gateway, slowly: bool) -> None:
    def verdict(seen: Seen) -> str:
        if seen.answer is None:
            return f"neither a head nor a 502 {seen.trouble}"
        if seen.whole and seen.answer.status != 502:
            return f"taken for whole: {_shown(seen.answer)}"
        return poisoned(seen)

    seen = await ask_for_all(gateway, BROKEN, slowly=slowly)
    check(BROKEN, [verdict(one) for one in seen])


async def test_bytes_behind_an_answer_reach_nobody(gateway: Gateway) -> None:
    def verdict(seen: Seen) -> str:
        if seen.answer is None:
            return f"no answer {seen.trouble}"
        if seen.whole and seen.answer.status == 200 and bytes(seen.answer.body) != b"ok":
            return f"the wrong body {_shown(seen.answer)}"
        return poisoned(seen)

    seen = await ask_for_all(gateway, SURPLUS, slowly=False)
    check(SURPLUS, [verdict(one) for one in seen])


@slowly_too
async def test_an_odd_but_valid_answer_passes(gateway: Gateway, slowly: bool) -> None:
    seen = await ask_for_all(gateway, VALID_ANSWERS, slowly=slowly)
    verdicts = [
        poisoned(one) or differences(case, one)
        for case, one in zip(VALID_ANSWERS, seen, strict=True)
    ]
    check(VALID_ANSWERS, verdicts)


def differences(case: Valid, seen: Seen) -> str:
    """In what the client saw something else than ``case`` demands."""
    answer = seen.answer
    if answer is None or not seen.whole:
        return f"not whole: {_shown(answer)}"
    wanted: dict[str, tuple[object, object]] = {
        "status": (answer.status, case.status),
        "body": (bytes(answer.body), case.body),
        "interim": (tuple(one.status for one in answer.interim), case.interim),
        "trailers": (tuple((n.lower(), value) for n, value in answer.trailers), case.trailers),
        "dropped": ([name for name in case.lacks if answer.values(name)], []),
    }
    for name in dict.fromkeys(name for name, _ in case.has):
        values = [value for key, value in case.has if key == name]
        wanted[name.decode()] = (answer.values(name), values)
    return "; ".join(
        f"{what}: {pair!r:.300}" for what, pair in wanted.items() if pair[0] != pair[1]
    )


def _shown(answer: Answer | None) -> str:
    return f"{answer!r:.600}"


def test_each_answer_has_a_name_and_bytes_of_its_own() -> None:
    for cases in (MALFORMED, BROKEN, SURPLUS, VALID_ANSWERS):
        assert len({case.name for case in cases}) == len(cases)
    assert not {case.raw for case in MALFORMED} & {case.raw for case in VALID_ANSWERS}
