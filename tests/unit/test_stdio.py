import json
import subprocess
import sys
from pathlib import Path

import pytest

SEEN = """
import json, os, sys
from router.stdio import hold_stdio
hold_stdio()
hold_stdio()
first_free = os.open("/", os.O_RDONLY)
held = [os.readlink(f"/proc/self/fd/{each}") for each in range(3)]
inherited = [os.get_inheritable(each) for each in range(3)]
try:
    print("x", flush=True)
    printed = True
except OSError:
    printed = False
sys.stderr.write("nobody hears it")
with open(sys.argv[1], "w") as found:
    json.dump([first_free, held, inherited, printed], found)
"""


@pytest.mark.parametrize(
    ("closed", "stand_ins"),
    [("<&-", [0]), (">&-", [0, 1]), ("2>&-", [0, 2]), ("<&- >&- 2>&-", [0, 1, 2]), ("", [0])],
)
def test_the_numbers_of_closed_streams_go_to_nobody_else(
    closed: str, stand_ins: list[int], tmp_path: Path
) -> None:
    found = tmp_path / "found"
    shell = ["bash", "-c", f'exec "$@" {closed}', "-"]
    command = [*shell, sys.executable, "-c", SEEN, str(found)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    first_free, held, inherited, printed = json.loads(found.read_text())
    assert first_free >= 3
    assert [number for number, name in enumerate(held) if name == "/dev/null"] == stand_ins
    assert inherited == [True, True, True]
    assert printed is (1 not in stand_ins)
