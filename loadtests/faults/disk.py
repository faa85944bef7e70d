"""A disk that a scene fills and frees, for one router's state.

Best is a small tmpfs in a mount namespace of its own: it is really full, and takes nobody's room. A
user namespace makes that possible without any privilege, but not every machine allows one. There,
and where a mount would cost more than it is worth, the files of a router are limited instead.
"""

import asyncio
import errno
import resource
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

from typing_extensions import override

from loadtests import admin
from loadtests.faults.memory import STORE
from loadtests.faults.serving import Router
from loadtests.ground import Ground, GroundError, Started

MOUNTED: Final = "mounted"
SIZE: Final = "4m"
PIECES: Final = (65_536, 1)
"""Bytes that are taken at once, until not even one is left."""
MOUNT: Final = (
    f'mount -t tmpfs -o size={SIZE},mode=0700 none "$1" && echo {MOUNTED} && exec sleep infinity'
)
LEAST: Final = 1_200_000
"""Bytes: below lies what a starting router shares with its workers, and the journal; no change of a
store does, once its log is longer."""
REASON: Final = "a log that grows"


class Disk(Protocol):
    """Where a router keeps what it remembers."""

    async def fill(self) -> None:
        """Let it take nothing more."""
        ...

    def free(self) -> None:
        """Let it have room again."""
        ...

    def path(self, name: str) -> Path:
        """Return where something on it stands, for us who are outside."""
        ...


class SmallDisk(Disk):
    """It is there, once `is_there` says so, for as long as its ground."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        folder.mkdir()
        self._folder: Final = folder
        shell = ["sh", "-c", MOUNT, "disk", str(folder)]
        command = ["unshare", "--user", "--map-root-user", "--mount", *shell]
        self._holder: Final[Started] = ground.spawn("disk", command)

    def is_there(self) -> bool:
        """Tell whether it is mounted yet; raise GroundError where that may not be done."""
        if not self._holder.alive():
            raise GroundError(f"no disk can be mounted here:\n{self._holder.last_words()}")
        return MOUNTED in self._holder.log.read_text()

    @property
    def pid(self) -> int:
        """Of the process that holds it."""
        return self._holder.pid

    @property
    def entrance(self) -> list[str]:
        """What a command is wrapped in that shall see it."""
        target = ["--target", str(self.pid), "--user", "--mount"]
        return ["nsenter", *target, "--preserve-credentials", "--wd", "--"]

    @override
    def path(self, name: str) -> Path:
        return Path(f"/proc/{self.pid}/root{self._folder}", name)

    @override
    async def fill(self) -> None:
        with FileIO(self.path("filler"), "w") as filler:
            for piece in PIECES:
                while _takes(filler, piece):
                    pass

    @override
    def free(self) -> None:
        self.path("filler").unlink()


class LimitedFiles(Disk):
    """The system's own disk, where no file of the supervisor grows any more when it is full.

    Writing then fails with EFBIG in place of ENOSPC. What is overwritten in place still works.
    """

    def __init__(self, router: Router) -> None:
        self._router: Final = router

    @override
    def path(self, name: str) -> Path:
        return self._router.state_dir / name

    @override
    async def fill(self) -> None:
        await asyncio.to_thread(self._lengthen)
        limit = self._length()
        self._router.inside = ["prlimit", f"--fsize={limit}:"]
        self._limit(limit)

    @override
    def free(self) -> None:
        self._router.inside = []
        self._limit(resource.RLIM_INFINITY)

    def _lengthen(self) -> None:
        """Change nothing, again and again, until the store's log is long enough."""
        release = admin.services(self._router.admin)[0]
        while self._length() < LEAST:
            admin.set_percent(self._router.admin, release["service"], release["percent"], REASON)

    def _length(self) -> int:
        log = self.path(f"{STORE}-wal")
        return log.stat().st_size if log.exists() else 0

    def _limit(self, limit: int) -> None:
        """Set it for the supervisor that runs; those that come are started within it."""
        pid = self._router.supervisor.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        soft = hard if limit == resource.RLIM_INFINITY else limit
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def _takes(filler: FileIO, size: int) -> bool:
    try:
        filler.write(bytes(size))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return False
        raise
    return True
