"""How a proxy fares: `python -m tests.integration.conformance [PORT BACKEND_PORT]`.

Without ports it tries a worker of its own. With them it tries whatever proxy listens on PORT and
sends to BACKEND_PORT of this machine; it has to name its client in X-Forwarded-For.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from tests.integration.conformance.drive import (
    Finding,
    Manner,
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
from tests.integration.conformance.test_requests import ACCEPTED, REFUSED, SOON
from tests.support.recording_backend import RecordingBackend, answering, plain_ok
from tests.support.worker import Gateway, WorkerProcess

Attempt = Callable[[int, Manner, RecordingBackend], Awaitable[list[Finding]]]


async def _refused(port: int, manner: Manner, backend: RecordingBackend) -> list[Finding]:
    cases = [case for group in REFUSED.values() for case in group]
    return await try_all(cases, partial(attempt_refused, port, manner), judge_refused, backend)


async def _either(port: int, manner: Manner, backend: RecordingBackend) -> list[Finding]:
    return await try_all(EITHER, partial(attempt_either, port, manner), judge_either, backend)


async def _accepted(port: int, manner: Manner, backend: RecordingBackend) -> list[Finding]:
    cases = [case for group in ACCEPTED.values() for case in group]
    return await try_all(cases, partial(attempt_accepted, port, manner), judge_accepted, backend)


ATTEMPTS: Final[dict[str, Attempt]] = {
    "malformed": _refused,
    "disputed": _either,
    "valid": _accepted,
}


async def try_proxy(port: int, backend_port: int, worker: WorkerProcess | None) -> None:
    """Send all cases in all manners, and write down how it went."""
    for kind, attempt in ATTEMPTS.items():
        for manner in Manner:
            async with RecordingBackend(answering(plain_ok), port=backend_port) as backend:
                if worker is not None:
                    Gateway(worker).serve(backend, limits=SOON)
                findings = await attempt(port, manner, backend)
            sys.stdout.write(f"{kind}, sent {manner}: {len(findings)}\n{report(findings)}\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(try_proxy(int(sys.argv[1]), int(sys.argv[2]), None))
    else:
        with WorkerProcess() as own:
            asyncio.run(try_proxy(own.port, 0, own))
