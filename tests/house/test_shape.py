"""Files and functions that fit in a head.

The aim is 150 lines and 7. What is beyond 400 and 40 is named at the end of every test run
(tests/conftest.py): that is a mirror. The fence stands at twice that, here.
"""

from pathlib import Path

import pytest

from tests.house.house import functions, python_files, relative

SOURCES = python_files("router", "tests", "loadtests", "scripts")
LONGEST_FILE = 800
LONGEST_FUNCTION = 80


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    for name, lines in functions(path):
        assert lines <= LONGEST_FUNCTION, f"{name} has {lines} lines"
