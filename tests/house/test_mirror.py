"""Every module has its tests where a reader looks for them, or it is written here why not.

The tests of `router/http1/head.py` are `tests/unit/http1/test_head.py`, or stand beside it under a
name that goes on, as in `test_head_framing.py`.
"""

from pathlib import Path

import pytest

from tests.house.house import ROOT, python_files, relative

ELSEWHERE = {
    "router/__main__.py": "tests/system/test_serve.py",
    "router/settings/schema_tls.py": "tests/unit/settings/test_schema_replica.py",
    "router/control/declared.py": "tests/unit/control/test_metrics.py",
    "router/store/redis_stream_scripts.py": "tests/unit/store/test_redis_stream.py",
    "router/control/api/divergence_models.py": "tests/unit/control/api/test_divergence_views.py",
}
"""module -> the test file that covers it, where that is not its mirror image."""

WITHOUT = {
    "router/__init__.py": "the map of the house, and the version",
    "router/places/__init__.py": "the rules of its rooms",
    "router/places/request.py": "one Protocol",
    "router/compare/__init__.py": "the rules of its rooms",
    "router/compare/pair.py": "plain values",
    "router/compare/rules.py": "plain values",
    "router/evidence/__init__.py": "the rules of its rooms",
    "router/comparer/__init__.py": "what its rooms are for",
    "router/replay/entries.py": "plain values",
    "router/replay/__init__.py": "the rules of its rooms",
    "router/replica/__init__.py": "the rules of its rooms",
    "router/control/fleet/__init__.py": "what its rooms are for",
    "router/proxy/ports.py": "Protocols",
    "router/proxy/given.py": "one dataclass",
    "router/proxy/shadow/__init__.py": "the rules of its rooms",
    "router/proxy/shadow/terms.py": "one dataclass",
    "router/control/clocks.py": "three functions under one name",
    "router/control/fleet/words.py": "a dataclass, and Protocols",
    "router/control/plan.py": "what a supervisor is told, and Protocols",
    "router/store/stream.py": "what a stream of pairs can do, plain values and one Protocol",
    "router/store/leading.py": "what a store says of leading, and one Protocol",
    "router/store/tallying.py": "what a store says of counts, and one Protocol",
    "router/cli/subcommands.py": "one Protocol, which the type checkers hold against argparse",
}
"""module -> why it needs no test of its own."""

MODULES = [
    path
    for path in python_files("router")
    if path.name != "__init__.py" or path.read_text().strip()
]


def mirrored(module: Path) -> list[Path]:
    folder = ROOT / "tests" / "unit" / module.parent.relative_to(ROOT / "router")
    if module.name == "__init__.py":
        return [*folder.parent.glob(f"test_{module.parent.name}.py")]
    return [*folder.glob(f"test_{module.stem}.py"), *folder.glob(f"test_{module.stem}_*.py")]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_a_module_has_its_tests(module: Path) -> None:
    name = relative(module)
    if name in ELSEWHERE:
        assert (ROOT / ELSEWHERE[name]).is_file()
    elif name not in WITHOUT:
        assert mirrored(module), f"{name} has no test file"


@pytest.mark.parametrize("name", [*ELSEWHERE, *WITHOUT])
def test_an_exception_is_still_needed(name: str) -> None:
    module = ROOT / name
    assert module.is_file()
    assert not mirrored(module), f"{name} has a test file of its own by now"
