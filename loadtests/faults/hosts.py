"""A name's address, as one router sees it, changed while it runs.

The answer is given in the router's own process, by a module that Python imports at its start, in
front of the system's resolver. So it needs no privilege, and the name server of a machine neither:
everything from `socket.getaddrinfo` on is the router's own way.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

MODULE: Final = """\
import socket
from pathlib import Path

table = Path({table!r})
system = socket.getaddrinfo


def getaddrinfo(host, *rest, **more):
    known = dict(line.split() for line in table.read_text().splitlines())
    return system(known.get(host, host), *rest, **more)


socket.getaddrinfo = getaddrinfo
"""


class Hosts:
    """Names and their addresses."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder / "hosts"
        self._folder.mkdir()
        self._table: Final = self._folder / "table"
        (self._folder / "sitecustomize.py").write_text(MODULE.format(table=str(self._table)))

    def point(self, name: str, address: str) -> None:
        """Give a name another address, as one step."""
        fresh = self._table.with_suffix(".new")
        fresh.write_text(f"{name} {address}\n")
        fresh.replace(self._table)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return what a router's environment needs."""
        path = inherited.get("PYTHONPATH")
        return {"PYTHONPATH": f"{self._folder}:{path}" if path else str(self._folder)}
