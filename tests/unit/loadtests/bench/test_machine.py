import time

import pytest

from loadtests.bench import machine
from loadtests.bench.machine import (
    Cores,
    TooFewCoresError,
    Use,
    choose,
    describe,
    others_percent,
    use,
    worked_seconds,
)
from loadtests.family import TICK

CPU = "processor\t: 0\nmodel name\t: A Fast One\n\nprocessor\t: 1\nmodel name\t: A Fast One\n"
STAT = """\
cpu  900 900 900 900 900 900 900 900 0 0
cpu0 10 2 30 4000 50 60 70 8 0 0
cpu1 100 200 300 4000 500 600 700 800 0 0
cpu2 1 1 1 4000 1 1 1 1 0 0
"""
MEMORY = "MemTotal:       25165824 kB\nMemFree:        1 kB\n"


def test_the_proxies_have_a_core_that_nobody_else_uses() -> None:
    assert choose([2, 5, 7]) == Cores(proxy=7, load=2)


def test_one_core_is_too_few() -> None:
    with pytest.raises(TooFewCoresError, match="needs 2 cores"):
        choose([3])


def test_a_machine_is_its_processor_and_memory() -> None:
    assert describe(CPU, MEMORY) == "A Fast One, 2 cores, 24 GiB"


def test_work_is_counted_on_the_two_cores_alone_and_without_interrupts() -> None:
    assert worked_seconds(STAT, Cores(proxy=2, load=0)) == pytest.approx(54 * TICK)


def test_what_others_took_is_what_was_worked_and_not_by_us() -> None:
    before = Use(passed=100.0, worked=50.0, ours=40.0)
    assert others_percent(before, Use(passed=300.0, worked=150.0, ours=120.0)) == 10.0


def test_nobody_takes_less_than_nothing() -> None:
    before = Use(passed=100.0, worked=50.0, ours=40.0)
    assert others_percent(before, Use(passed=300.0, worked=150.0, ours=141.0)) == 0.0


def test_our_own_work_is_not_taken_for_that_of_others() -> None:
    allowed = machine.allowed_cores()
    cores = Cores(allowed[-1], allowed[0])
    before = use(cores)
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    assert use(cores).ours - before.ours >= 0.08
