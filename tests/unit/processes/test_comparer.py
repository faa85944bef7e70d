import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from router.compare.judge import Judge
from router.compare.rules import CompareRules
from router.compare.tally import load
from router.compare.verdict import Verdict
from router.control.child import COMPARER
from router.processes.comparer import Comparer
from router.processes.worker_events import WorkerEvents
from router.wire.channel import Channel
from router.wire.comparer_socket import bind_comparer, connect_comparer
from router.wire.comparing import CompareBy, Compared, Finish, Kept
from router.wire.pairs import encode_pairs
from tests.support.contrary import contrary
from tests.support.pairs import pair

BY = CompareBy({"support": CompareRules()})


@dataclass
class Started:
    """A comparer that runs, and our end of its channel."""

    process: subprocess.Popen[str]
    channel: Channel

    async def told(self) -> Compared:
        """Return the next thing that it tells, and that is more than a sign of life."""
        async with asyncio.timeout(20):
            while True:
                message = await self.channel.receive()
                assert isinstance(message, Compared)
                if message.number:
                    return message

    async def ended(self) -> int:
        return await asyncio.wait_for(asyncio.to_thread(self.process.wait), 20)


def run(
    command: Sequence[str], channel: socket.socket, listening: socket.socket
) -> subprocess.Popen[str]:
    passed = (channel.fileno(), listening.fileno())
    return subprocess.Popen(
        [*command, f"--channel-fd={passed[0]}", f"--listen-fd={passed[1]}"],
        pass_fds=passed,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )


@asynccontextmanager
async def started(state_dir: Path, parent: int | None = None) -> AsyncGenerator[Started]:
    ours, theirs = socket.socketpair()
    with theirs, bind_comparer(state_dir) as listening:
        process = run([*COMPARER, f"--parent={parent or os.getpid()}"], theirs, listening)
    channel = await Channel.over(ours)
    try:
        yield Started(process, channel)
    finally:
        process.kill()
        process.communicate()
        channel.close()
        await channel.wait_closed()


async def test_pairs_in_counts_out_and_an_orderly_end(tmp_path: Path) -> None:
    async with started(tmp_path) as comparer:
        comparer.channel.send(BY)
        with connect_comparer(tmp_path) as worker:
            worker.send(encode_pairs([pair(), pair(ai=b'{"label": "other"}')]))
            told = await comparer.told()
            comparer.channel.send(Kept(told.number))
            assert told.results == {"support": {"match": 1, "divergent": 1}}
            (whole,) = [each for each in told.counted if each.minute is None]
            assert load(whole.counts).fields["/label"].changes == {"value": 1}
            worker.send(encode_pairs([pair()]))
        comparer.channel.send(Finish(5.0))
        last = await comparer.told()
        comparer.channel.send(Kept(last.number))
        assert last.results["support"]["match"] == 2
        assert await comparer.ended() == 0


async def test_a_service_s_own_function_judges_in_a_process_of_its_own(tmp_path: Path) -> None:
    custom = f"{contrary.__module__}:{contrary.__name__}"
    async with started(tmp_path) as comparer:
        comparer.channel.send(CompareBy({"support": CompareRules(custom=custom)}))
        with connect_comparer(tmp_path) as worker:
            spelled = b'{"label":"refund"}'
            worker.send(encode_pairs([pair(), pair(ai=spelled)]))
            told = await comparer.told()
            comparer.channel.send(Kept(told.number))
            while told.results != {"support": {"match": 1, "divergent": 1}}:
                told = await comparer.told()
                comparer.channel.send(Kept(told.number))
        (whole,) = [each for each in told.counted if each.minute is None]
        assert set(load(whole.counts).fields) == {"custom"}


async def test_samples_that_nobody_keeps_are_told_of_once_they_go(tmp_path: Path) -> None:
    rules = {"support": CompareRules(record="full", budget=2.0)}
    async with started(tmp_path) as comparer:
        comparer.channel.send(CompareBy(rules, key=bytes(32)))
        with connect_comparer(tmp_path) as worker:
            for number in range(5):
                large = pair(ai=b'{"label": "%b"}' % (b"x" * 2_500_000), number=number)
                await asyncio.get_running_loop().sock_sendall(worker, encode_pairs([large]))
        assert comparer.process.stderr is not None
        line = await asyncio.wait_for(asyncio.to_thread(comparer.process.stderr.readline), 20)
        assert '"event":"samples_lost"' in line


async def test_it_ends_with_its_supervisor_even_where_it_was_stopped(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys; "
        f"it = subprocess.Popen([*{COMPARER!r}, *sys.argv[1:], f'--parent={{os.getpid()}}'],"
        " pass_fds=[int(arg.partition('=')[2]) for arg in sys.argv[1:]]); "
        "print(it.pid, flush=True); sys.stdin.read()"
    )
    ours, theirs = socket.socketpair()
    with theirs, bind_comparer(tmp_path) as listening:
        supervisor = run([sys.executable, "-c", script], theirs, listening)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    channel = await Channel.over(ours)
    channel.send(BY)
    assert isinstance(await asyncio.wait_for(channel.receive(), 20), Compared)
    os.kill(pid, signal.SIGSTOP)
    supervisor.kill()
    supervisor.communicate()
    async with asyncio.timeout(5):
        while await channel.receive() is not None:
            pass
    channel.close()
    await channel.wait_closed()


async def test_it_does_not_begin_where_its_supervisor_is_gone_already(tmp_path: Path) -> None:
    async with started(tmp_path, parent=1) as comparer:
        assert await comparer.ended() == 1


async def test_a_channel_that_closes_is_the_end(tmp_path: Path) -> None:
    async with started(tmp_path) as comparer:
        comparer.channel.close()
        assert await comparer.ended() == 0


async def test_who_is_not_understood_is_told_of(tmp_path: Path) -> None:
    async with started(tmp_path) as comparer:
        comparer.channel.send(BY)
        with connect_comparer(tmp_path) as stranger:
            stranger.send(b"GET / HTTP/1.1\r\n\r\n")
            assert comparer.process.stderr is not None
            line = await asyncio.to_thread(comparer.process.stderr.readline)
    assert '"event":"comparer_guest_refused"' in line


async def test_comparisons_that_fail_one_after_another_are_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Verdict:
        raise ZeroDivisionError

    monkeypatch.setattr(Judge, "compare", fail)
    reading, writing = os.pipe()
    ours, theirs = socket.socketpair()
    events = WorkerEvents(writing, lambda _: None)
    supervisor = await Channel.over(ours)
    with theirs, bind_comparer(tmp_path) as listening, ThreadPoolExecutor(1) as thread:
        comparer = Comparer(await Channel.over(theirs), listening, events, thread)
        running = asyncio.create_task(comparer.run())
        supervisor.send(BY)
        with connect_comparer(tmp_path) as worker:
            worker.send(encode_pairs([pair()] * 20))
            results: dict[str, int] = {}
            while results.get("error") != 20:
                message = await asyncio.wait_for(supervisor.receive(), 20)
                assert isinstance(message, Compared)
                supervisor.send(Kept(message.number))
                results = message.results.get("support", {})
        supervisor.close()
        await asyncio.wait_for(running, 20)
    events.close()
    os.close(writing)
    with os.fdopen(reading) as told:
        (line,) = told
    assert '"event":"comparison_failed"' in line
    assert "1 pairs: ZeroDivisionError at " in line
