import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from router.compare.custom import Question
from router.comparer.custom_process import ENDED, TOO_LARGE, Deadlines, started
from router.comparer.custom_runner import NICENESS
from router.comparer.custom_words import MOST_BYTES, READY, Reply

ASKED = Question({"body": 1}, {"body": 2}, {})
PATIENT = Deadlines(20, 20)
HASTY = Deadlines(20, 0.2)
Write = Callable[[str], str]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what makes a module of a text, and gives the name of its function."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")

    def write(text: str) -> str:
        (tmp_path / "judge_of_tests.py").write_text(text)
        return "judge_of_tests:compare"

    return write


async def test_a_process_answers_one_question_after_the_other(written: Write) -> None:
    target = written("def compare(a, b): return a['body'] == b['body']")
    process, ready = await started(target, PATIENT)
    assert ready == READY
    assert await process.ask(ASKED) == Reply("different")
    assert await process.ask(Question({"body": 1}, {"body": 1}, {})) == Reply("same")
    await process.end()
    assert process.is_over


async def test_what_a_function_prints_or_reads_disturbs_nobody(written: Write) -> None:
    target = written(
        "import os, sys\n"
        "def compare(a, b):\n"
        "    print('x' * 100_000); print('y' * 100_000, file=sys.stderr)\n"
        "    return sys.stdin.read() == ''\n"
    )
    process, _ = await started(target, PATIENT)
    assert await process.ask(ASKED) == Reply("same")
    await process.end()


async def test_a_function_that_hangs_is_ended_at_its_deadline(written: Write) -> None:
    process, _ = await started(written("def compare(a, b):\n    while True: pass"), HASTY)
    assert await process.ask(ASKED) == Reply("custom_timeout", "no answer within 0.2 s")
    assert process.is_over


async def test_whatever_a_function_that_hangs_has_started_ends_with_it(written: Write) -> None:
    reading, writing = os.pipe()
    fifo = f"/proc/{os.getpid()}/fd/{writing}"
    target = written(
        "import subprocess, time\n"
        "def compare(a, b):\n"
        "    with open(a['body'], 'wb') as pipe:\n"
        "        subprocess.Popen(['sleep', '60'], stdout=pipe)\n"
        "    time.sleep(60)\n"
    )
    process, _ = await started(target, Deadlines(20, 1))
    reply = await process.ask(Question({"body": fifo}, {}, {}))
    os.close(writing)
    assert reply.said == "custom_timeout"
    # Nobody holds the other end any more.
    assert await asyncio.to_thread(os.read, reading, 1) == b""
    os.close(reading)


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "raise KeyboardInterrupt", "os.abort()"]
)
async def test_a_function_may_take_its_process_with_it(written: Write, end: str) -> None:
    process, _ = await started(written(f"import os\ndef compare(a, b): {end}"), PATIENT)
    assert await process.ask(ASKED) == ENDED
    assert process.is_over


async def test_a_module_that_cannot_be_loaded_is_told_and_its_process_is_gone(
    written: Write,
) -> None:
    process, reply = await started(written("raise RuntimeError('secret')"), PATIENT)
    assert reply == Reply("custom_failed", "RuntimeError at judge_of_tests.py:1")
    assert process.is_over


async def test_a_module_that_takes_too_long_to_load_is_given_up(written: Write) -> None:
    process, reply = await started(written("import time; time.sleep(60)"), Deadlines(0.5, 20))
    assert reply.said == "custom_timeout"
    assert process.is_over


async def test_what_is_too_large_to_ask_about_costs_no_process(written: Write) -> None:
    process, _ = await started(written("def compare(a, b): return True"), PATIENT)
    assert await process.ask(Question({"body": "x" * MOST_BYTES}, {}, {})) == TOO_LARGE
    assert await process.ask(ASKED) == Reply("same")
    await process.end()


async def test_a_question_that_nobody_waits_for_any_more_ends_the_process(written: Write) -> None:
    process, _ = await started(written("def compare(a, b):\n    while True: pass"), PATIENT)
    asking = asyncio.ensure_future(process.ask(ASKED))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert process.is_over
    await process.end()


async def test_a_process_is_modest(written: Write) -> None:
    niceness = min(os.nice(0) + NICENESS, 19)
    target = written(
        "import os, resource\n"
        "def compare(a, b):\n"
        "    score = open('/proc/self/oom_score_adj').read()\n"
        "    cores = resource.getrlimit(resource.RLIMIT_CORE)\n"
        f"    return (os.nice(0), score, cores) == ({niceness}, '1000\\n', (0, 0))\n"
    )
    process, _ = await started(target, PATIENT)
    assert await process.ask(ASKED) == Reply("same")
    await process.end()
