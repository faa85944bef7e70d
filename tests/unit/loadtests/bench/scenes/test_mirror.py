import os
import subprocess
import sys

from loadtests.bench.scenes.mirror import Turn, comparers, section


def turn(cpu_us: float, comparer_us: float = 0.0) -> Turn:
    return Turn(cpu_us, comparer_us, per_second=1000.0, p99_us=2000, copied=1.0)


FOUND = {
    "nginx": [turn(100.0), turn(80.0), turn(100.0)],
    "Envoy": [turn(150.0), turn(100.0), turn(150.0)],
    "Gray Router": [turn(75.0, 20.0), turn(72.0, 20.0), turn(75.0, 20.0)],
}


def test_copies_may_cost_no_more_than_the_others_with_comparing_beside() -> None:
    told = section(FOUND, "turns")
    envoy, nginx = told.figures
    assert (envoy.measured, nginx.measured) == (0.5, 0.75)
    assert told.rows[-1][:5] == ["Gray Router", "75.0", "0.75", "0.50", "20.0"]


def test_what_costs_more_is_missed() -> None:
    told = section({"nginx": [turn(50.0)], "Gray Router": [turn(60.0)]}, "turns")
    assert [figure.is_met for figure in told.figures] == [False]


def test_a_comparer_is_known_by_its_command() -> None:
    command = [sys.executable, "-c", "print(flush=True); input()", "router.processes.comparer"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert comparers({process.pid: 0.0, os.getpid(): 0.0, 2**22 + 1: 0.0}) == [process.pid]
