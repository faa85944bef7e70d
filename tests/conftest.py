"""What holds for the whole suite."""

import gc

import pytest
from hypothesis import HealthCheck, settings

from tests.house.house import functions, python_files, relative

LONG_FILE = 400
LONG_FUNCTION = 40

# How long an example takes is the machine's business: one that others keep busy fails no property.
settings.register_profile(
    "any machine",
    parent=settings.default,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


LONG_ONES = ("tests/system/", "tests/properties/")


def pytest_configure() -> None:
    """Look for no garbage while thousands of tests are found: hardly any is made."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Never look at them again either: each search through all of them takes half a second."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left alone with it at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda it: (not it.nodeid.startswith(LONG_ONES), it.path not in slow))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what has grown long. This is a mirror; the fence stands in house/test_shape.py."""
    for path in python_files("router", "tests", "loadtests", "scripts"):
        lines = len(path.read_text().splitlines())
        if lines > LONG_FILE:
            terminalreporter.write_line(f"mirror: {relative(path)} has {lines} lines")
        for name, length in functions(path):
            if length > LONG_FUNCTION:
                where = f"{relative(path)}: {name}"
                terminalreporter.write_line(f"mirror: {where} has {length} lines")
