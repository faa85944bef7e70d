import os
import subprocess
import sys

import pytest

from router.comparer.parent import end_with

CHILD = """
import os, sys, time
from router.comparer.parent import end_with
end_with(int(sys.argv[1]))
os.write(1, b"lives")
time.sleep(60)
"""
PARENT = f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD!r}, str(os.getpid())])
sys.stdin.read()
os._exit(1)
"""


def test_a_child_ends_with_its_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.read(5) == b"lives"
        parent.stdin.close()
        # Only once the child is gone as well, nobody can write any more.
        assert parent.stdout.read() == b""


def test_a_child_whose_parent_is_gone_already_does_not_begin() -> None:
    with pytest.raises(SystemExit):
        end_with(os.getpid())
