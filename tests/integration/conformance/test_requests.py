"""Nothing ambiguous passes, and nothing valid is refused."""

import asyncio
from functools import partial
from typing import Final

import pytest

from router.routing.snapshot import Limits
from tests.integration.conformance.accepted_bodies import ACCEPTED_BODIES
from tests.integration.conformance.accepted_fields import ACCEPTED_FIELDS
from tests.integration.conformance.accepted_lines import ACCEPTED_LINES
from tests.integration.conformance.build import Accepted, Either, Refused
from tests.integration.conformance.drive import (
    Finding,
    Manner,
    Verdict,
    attempt_accepted,
    attempt_either,
    attempt_refused,
    judge_accepted,
    judge_either,
    judge_refused,
    report,
    try_all,
)
from tests.integration.conformance.either import EITHER
from tests.integration.conformance.refused_bodies import REFUSED_BODIES
from tests.integration.conformance.refused_framing import REFUSED_FRAMING
from tests.integration.conformance.refused_heads import REFUSED_HEADS
from tests.integration.conformance.refused_lines import REFUSED_LINES
from tests.support.raw import PATIENCE
from tests.support.recording_backend import RecordingBackend, answering, plain_ok
from tests.support.worker import Gateway

REFUSED: Final = {
    "framing": REFUSED_FRAMING,
    "heads": REFUSED_HEADS,
    "lines": REFUSED_LINES,
    "bodies": REFUSED_BODIES,
}
ACCEPTED: Final = {
    "bodies": ACCEPTED_BODIES,
    "fields": ACCEPTED_FIELDS,
    "lines": ACCEPTED_LINES,
}
SOON: Final = Limits(header_timeout=1.5)
"""What could still become a request is refused as too slow, within the test's patience."""
manners: Final = pytest.mark.parametrize("manner", list(Manner), ids=lambda manner: manner.name)


def check(findings: list[Finding]) -> None:
    """Fail with the whole report if one case went wrong."""
    assert all(finding.verdict is Verdict.RIGHT for finding in findings), report(findings)


@manners
@pytest.mark.parametrize("cases", REFUSED.values(), ids=REFUSED)
async def test_what_is_ambiguous_is_refused_and_the_connection_closed(
    gateway: Gateway, cases: tuple[Refused, ...], manner: Manner
) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend, limits=SOON)
        attempt = partial(attempt_refused, gateway.port, manner)
        check(await try_all(cases, attempt, judge_refused, backend))


@manners
@pytest.mark.parametrize("cases", ACCEPTED.values(), ids=ACCEPTED)
async def test_what_is_valid_reaches_the_backend_in_one_spelling(
    gateway: Gateway, cases: tuple[Accepted, ...], manner: Manner
) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        attempt = partial(attempt_accepted, gateway.port, manner)
        check(await try_all(cases, attempt, judge_accepted, backend))


@manners
async def test_what_is_disputed_is_refused_or_written_anew(
    gateway: Gateway, manner: Manner
) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        attempt = partial(attempt_either, gateway.port, manner)
        check(await try_all(EITHER, attempt, judge_either, backend))


async def test_a_refused_request_never_looks_complete_to_the_backend(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        attempt = partial(attempt_refused, gateway.port, Manner.PIECES)
        await try_all(REFUSED_BODIES, attempt, judge_refused, backend)
        for peer in backend.connections:
            await asyncio.wait_for(peer.over.wait(), PATIENCE)
    assert backend.requests
    assert not any(request.complete for request in backend.requests)


def test_each_case_has_a_name_and_bytes_of_its_own() -> None:
    every: list[Refused | Accepted | Either] = list(EITHER)
    for groups in (REFUSED, ACCEPTED):
        every += [case for cases in groups.values() for case in cases]
    assert len({case.name for case in every}) == len(every)
    assert len({case.raw for case in every}) == len(every)
