import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadtests.faults.clocks import Clocks

HOUR = 3600.0
SAY = "import time; print(time.time(), time.monotonic())"


def told(clocks: Clocks) -> tuple[float, float]:
    """Return how far a new process's clocks are ahead of ours: the time of day, the monotonic."""
    environment = {**os.environ, **clocks.environment({})}
    wall, monotonic = time.time(), time.monotonic()
    said = subprocess.check_output([sys.executable, "-c", SAY], env=environment, text=True).split()
    return float(said[0]) - wall, float(said[1]) - monotonic


@pytest.mark.parametrize("seconds", [0.0, HOUR, -HOUR])
def test_only_the_time_of_day_is_shifted(tmp_path: Path, seconds: float) -> None:
    clocks = Clocks(tmp_path)
    clocks.set(seconds)
    wall, monotonic = told(clocks)
    assert wall == pytest.approx(seconds, abs=10)
    assert monotonic == pytest.approx(0.0, abs=10)


def test_what_was_in_the_path_stays_there(tmp_path: Path) -> None:
    clocks = Clocks(tmp_path)
    assert clocks.environment({"PYTHONPATH": "/a:/b"})["PYTHONPATH"].endswith("/clocks:/a:/b")


def test_a_process_that_runs_is_shifted_at_once(tmp_path: Path) -> None:
    clocks = Clocks(tmp_path)
    ask = "import sys, time\nfor _ in sys.stdin: print(time.time(), flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", ask],
        env={**os.environ, **clocks.environment({})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for seconds in (HOUR, -HOUR):
            clocks.set(seconds)
            asked.stdin.write("now?\n")
            asked.stdin.flush()
            assert float(asked.stdout.readline()) - time.time() == pytest.approx(seconds, abs=10)
        asked.stdin.close()
