"""Reads a config and the files that it names, and knows which content of them it was that it read.

All of it may wait for disks: call it beside the event loop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from router.control.watch import Look, look_at
from router.settings.load import Examination, accepted
from router.settings.named_files import named_files
from router.settings.problems import Problem
from router.settings.schema import Settings

Examine = Callable[[], Examination]
"""Judge the config as it stands on disk."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a config, and what was seen of its files before they were read.

    found: an exception is a mistake of ours that the config brought to light.
    """

    look: Look
    found: Examination | Exception

    @property
    def settings(self) -> Settings | None:
        return None if isinstance(self.found, Exception) else self.found.settings

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return () if isinstance(self.found, Exception) else self.found.warnings


def read_config(path: Path, examine: Examine, known: Iterable[Path]) -> Reading:
    """Read a config; ``known`` are the files that are watched because it named them before.

    We look first and read then: what changes in between is news to the next look. A file that turns
    out to be named only now was read before it was looked at, so all is read once more.
    """
    reading = _read([path, *known], examine)
    if _files_of(reading) - reading.look.keys():
        reading = _read([path, *_files_of(reading)], examine)
    if reading.settings is None:
        return reading
    named = [path, *sorted(_files_of(reading))]
    return replace(reading, look={each: reading.look.get(each) for each in named})


def settings_of(reading: Reading) -> Settings:
    """Return what was read, or raise `SettingsError` with all problems; or our own mistake."""
    if isinstance(reading.found, Exception):
        raise reading.found
    return accepted(reading.found)


def _files_of(reading: Reading) -> frozenset[Path]:
    """Return the files of certificates and keys that a config names."""
    if reading.settings is None:
        return frozenset()
    return frozenset(file.path for _, file in named_files(reading.settings))


def _read(paths: Iterable[Path], examine: Examine) -> Reading:
    look = look_at(paths)
    try:
        return Reading(look, examine())
    except Exception as error:  # noqa: BLE001 - no file on disk may end a router that serves
        return Reading(look, error)
