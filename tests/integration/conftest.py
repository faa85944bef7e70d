"""One worker process for all tests; each test gives it a table of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.recording_backend import RecordingBackend
from tests.support.worker import Gateway, WorkerProcess


@pytest.fixture(scope="session")
def living_worker() -> Iterator[Callable[[], WorkerProcess]]:
    """The one worker, or its successor where a test has killed it."""
    with ExitStack() as stack:
        workers: list[WorkerProcess] = []

        def living() -> WorkerProcess:
            if not workers or not workers[-1].is_alive:
                workers.append(stack.enter_context(WorkerProcess()))
            return workers[-1]

        yield living


@pytest.fixture
def gateway(living_worker: Callable[[], WorkerProcess]) -> Iterator[Gateway]:
    """The router as a test sees it; a test that kills the worker fails."""
    worker = living_worker()
    yield Gateway(worker)
    assert worker.is_alive, "this test killed the worker"


@pytest.fixture
async def backend() -> AsyncIterator[RecordingBackend]:
    """A backend whose part the test plays line by line."""
    async with RecordingBackend() as listening:
        yield listening
