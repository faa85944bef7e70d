import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from router.control.process import Process

SLEEPING = (sys.executable, "-c", "import time; time.sleep(60)")


Started = subprocess.Popen[bytes]


@pytest.fixture
def started() -> Iterator[Started]:
    with subprocess.Popen(SLEEPING) as process:
        yield process
        process.kill()


async def test_the_end_of_a_process_is_noticed_and_killing_it_again_does_no_harm(
    started: Started,
) -> None:
    process = Process(started.pid)
    ending = asyncio.ensure_future(process.wait())
    await asyncio.sleep(0)
    assert not ending.done()
    process.kill()
    assert await asyncio.wait_for(ending, 10) is None
    process.kill()
    assert started.wait() == -9


async def test_a_process_that_is_let_go_lives_on(started: Started) -> None:
    process = Process(started.pid)
    process.release()
    process.kill()  # nobody is meant any more
    assert started.poll() is None


async def test_where_nobody_is_left_there_is_nobody_to_hold(started: Started) -> None:
    started.kill()
    started.wait()
    with pytest.raises(ProcessLookupError):
        Process(started.pid)
