"""A router that is killed at any moment, or whose disk is full: a real process, a real disk."""

import random
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from router.store.audit import Broken, verify
from router.store.opening import open_store
from router.store.port import stand_of
from tests.house.house import ROOT

URL = "sqlite:///router.db"
ROUNDS = 6
QUARTER = 256 * 1024
"""Bytes of a journal that is new."""


@contextmanager
def child(*arguments: str) -> Generator[subprocess.Popen[str]]:
    """Run it until the end of the test; then it is killed, as with kill -9."""
    command = [sys.executable, "-m", "tests.support.store_child", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str], word: str) -> list[str]:
    """Read until a line begins with ``word``."""
    assert process.stdout is not None
    for text in process.stdout:
        if text.startswith(word):
            return text.split()[1:]
    raise AssertionError(f"it ended without a word of {word}")


def stands(process: subprocess.Popen[str], word: str) -> tuple[int, int]:
    epoch, revision = line(process, word)
    return int(epoch), int(revision)


def last_kept(process: subprocess.Popen[str], known: tuple[int, int]) -> tuple[int, int]:
    """Read what it still said before it was killed."""
    assert process.stdout is not None
    for text in process.stdout:
        if text.startswith("kept") and text.endswith("\n"):
            _, epoch, revision = text.split()
            known = int(epoch), int(revision)
    return known


@pytest.mark.slow
@pytest.mark.parametrize("url", [URL, "none"])
def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path, url: str) -> None:
    moments = random.Random(url)
    kept = (0, 0)
    for _ in range(ROUNDS):
        with child(str(tmp_path), url) as process:
            found = stands(process, "found")
            assert kept <= found <= (kept[0] + 1, kept[1] + 1)
            kept = found
            for _ in range(moments.randrange(6)):
                kept = stands(process, "kept")
            time.sleep(moments.random() * 0.02)
            process.kill()
            kept = last_kept(process, kept)
    assert kept[0] > 0
    with child(str(tmp_path), url) as process:
        assert stands(process, "found") >= kept


@pytest.mark.slow
async def test_after_a_kill_release_and_audit_log_say_the_same(tmp_path: Path) -> None:
    for _ in range(3):
        with child(str(tmp_path), URL) as process:
            for _ in range(4):
                stands(process, "kept")
    store = open_store(URL, tmp_path)
    release = (await store.load()).releases["support"]
    (event,) = (await store.events(limit=1)).events
    assert event.new is not None
    assert stand_of(release) == (event.new["epoch"], event.new["revision"])
    head = await store.head()
    assert not isinstance(await verify(store.links, head), Broken)
    assert list(store.notes) == []
    await store.close()


@pytest.mark.slow
def test_on_a_full_disk_changes_are_refused_and_a_rollback_goes_to_the_journal(
    tmp_path: Path,
) -> None:
    with child(str(tmp_path), URL, str(QUARTER)) as process:
        refused = stands(process, "refused")
        rolled_back = stands(process, "kept")
        assert rolled_back[0] == refused[0] + 1
        assert line(process, "durable") == ["journal"]
    with child(str(tmp_path), URL) as process:
        assert line(process, "can_journal") == ["True"]
        assert stands(process, "found") >= rolled_back
        assert line(process, "durable") == ["store"]
