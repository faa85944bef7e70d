import asyncio
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests import admin
from loadtests.faults import disk
from loadtests.faults.disk import LEAST, LimitedFiles, SmallDisk
from loadtests.faults.memory import STORE
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router
from loadtests.ground import Ground, GroundError

WRITE = "import sys; open(sys.argv[1], 'wb', 0).write(bytes(int(sys.argv[2])))"


@pytest.fixture
def ground() -> Iterator[Ground]:
    with Ground() as ground:
        yield ground


async def ran(*command: str) -> tuple[int | None, str]:
    """Run a program to its end; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def is_had(small: SmallDisk) -> bool:
    try:
        await expect("the disk", small.is_there)
    except GroundError:
        return False
    return True


async def test_where_no_disk_can_be_mounted_it_is_said(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "MOUNT", "exit 1")
    with pytest.raises(GroundError, match="no disk can be mounted here"):
        await expect("the disk", SmallDisk(ground, tmp_path / "data").is_there)


async def test_a_disk_is_seen_by_who_enters_and_is_full_and_has_room_again(
    ground: Ground, tmp_path: Path
) -> None:
    small = SmallDisk(ground, tmp_path / "data")
    if not await is_had(small):
        return  # a machine may allow no user namespaces
    write = [*small.entrance, sys.executable, "-c", WRITE, str(tmp_path / "data" / "note"), "9000"]
    assert await ran(*write) == (0, "")
    assert small.path("note").stat().st_size == 9000
    assert list((tmp_path / "data").iterdir()) == []
    assert await ran(*small.entrance, "pwd") == (0, f"{Path.cwd()}\n")
    small.path("note").unlink()
    await small.fill()
    assert "No space left on device" in (await ran(*write))[1]
    small.free()
    assert await ran(*write) == (0, "")


@pytest.fixture
def router(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Router:
    """One whose supervisor only sleeps, and whose store's log grows by a page with each change."""
    router = Router(ground, [])
    router.supervisors.append(ground.spawn("supervisor", ["sleep", "60"]))
    router.state_dir.mkdir()
    log = router.state_dir / f"{STORE}-wal"

    def change(_address: str, service: str, percent: float, _reason: str) -> None:
        assert (service, percent) == ("answers", 20.0)
        log.write_bytes(bytes(len(log.read_bytes() if log.exists() else b"") + 50_000))

    monkeypatch.setattr(admin, "services", lambda _: [{"service": "answers", "percent": 20.0}])
    monkeypatch.setattr(admin, "set_percent", change)
    return router


async def test_where_files_are_limited_those_that_are_to_come_do_not_grow(
    router: Router, tmp_path: Path
) -> None:
    limited = LimitedFiles(router)
    write = [sys.executable, "-c", WRITE, str(tmp_path / "note"), str(2 * LEAST)]
    await limited.fill()
    assert await ran(*router.inside, *write) == (0, "")
    assert LEAST <= (tmp_path / "note").stat().st_size < LEAST + 50_000
    limited.free()
    assert await ran(*router.inside, *write) == (0, "")
    assert (tmp_path / "note").stat().st_size == 2 * LEAST


async def test_where_files_are_limited_the_store_s_log_is_as_long_as_it_may_become(
    router: Router,
) -> None:
    limited = LimitedFiles(router)
    pid = router.supervisor.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    await limited.fill()
    length = limited.path(f"{STORE}-wal").stat().st_size
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE)[0] == length
    limited.free()
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == before
