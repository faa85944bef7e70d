"""The locks hold names, versions and hashes, and agree with pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.house import ROOT, relative

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(\S+)(?: ; (.+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def group(name: str) -> Iterator[str]:
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from group(entry["include-group"])


PRODUCT: list[str] = PROJECT["project"]["dependencies"]
WANTED = {
    "requirements.lock": PRODUCT,
    "requirements-build.lock": [*group("build")],
    "requirements-dev.lock": [*PRODUCT, *group("dev"), *group("load")],
    "requirements-bench.lock": [*group("bench")],
}


def pins(path: Path) -> dict[str, str]:
    """Return name -> version of what a lock installs on this machine."""
    found = {}
    for line in path.read_text().splitlines():
        pinned = PINNED.fullmatch(line)
        if pinned and (pinned[3] is None or Marker(pinned[3]).evaluate()):
            found[pinned[1]] = pinned[2]
    return found


def test_every_lock_is_known() -> None:
    assert {path.name for path in LOCKS} == set(WANTED)


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_a_lock_holds_names_versions_and_hashes_alone(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert PINNED.fullmatch(line) or HASH.fullmatch(line), line


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_a_lock_holds_what_pyproject_asks_for(path: Path) -> None:
    locked = pins(path)
    for text in WANTED[path.name]:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate():
            version = locked[canonicalize_name(wanted.name)]
            assert wanted.specifier.contains(Version(version)), text


def test_no_two_locks_disagree() -> None:
    versions: dict[str, str] = {}
    for path in LOCKS:
        for name, version in pins(path).items():
            assert versions.setdefault(name, version) == version, name
