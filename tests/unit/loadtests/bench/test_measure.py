import subprocess
import sys
from collections.abc import Iterator

import pytest

from loadtests.bench.measure import MIB, FamilyChangedError, Meter, Watermark

OBEDIENT = """
import sys, time
held = []
for line in sys.stdin:
    if line == "work\\n":
        end = time.process_time() + 0.1
        while time.process_time() < end: pass
    elif line == "hold\\n":
        held.append(b"x" * (32 * 1024 * 1024))
    elif line == "release\\n":
        held.clear()
    print("done", flush=True)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {OBEDIENT!r}])"


class Child:
    """A family of two: the parent only waits, the child does as it is told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def obey(self, command: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture
def child() -> Iterator[Child]:
    family = Child()
    family.obey("start")
    with family.process:
        yield family


def test_the_work_of_a_child_is_counted_with_its_parent_s(child: Child) -> None:
    with Meter(child.process.pid) as meter:
        child.obey("work")
    assert 0.08 <= meter.cpu_seconds <= 0.3
    assert meter.memory_bytes > MIB


def test_idleness_costs_nothing(child: Child) -> None:
    with Meter(child.process.pid) as meter:
        pass
    assert meter.cpu_seconds <= 0.02


def test_memory_that_was_held_for_a_while_is_not_forgotten(child: Child) -> None:
    with Watermark(child.process.pid) as watermark:
        child.obey("hold")
        child.obey("work")
        child.obey("release")
    assert 31 * MIB < watermark.rise_bytes < 40 * MIB


def test_memory_that_was_held_before_is_no_rise(child: Child) -> None:
    child.obey("hold")
    with Watermark(child.process.pid) as watermark:
        child.obey("work")
    assert watermark.rise_bytes < MIB


def test_a_family_that_lost_a_member_is_not_measured(child: Child) -> None:
    def measure() -> None:
        with Meter(child.process.pid):
            child.process.communicate()

    with pytest.raises(FamilyChangedError):
        measure()
