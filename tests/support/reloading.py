"""A reloader over a config on disk, whose workers are a list of what they heard."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from router.control.conductor import Conductor
from router.control.reading import read_config
from router.control.reload import Reloader
from router.release.state import Release
from router.routing.snapshot import Snapshot
from router.settings.compile import compile_snapshot
from router.settings.load import Examination, examine
from router.settings.schema import Settings
from tests.support.background import Told, events
from tests.support.releases import NOON, HeardWorkers, begun, planned, router_of, unheralded

SALTED = {"salt": "other"}


def service(name: str = "support", **more: object) -> dict[str, object]:
    return {
        "name": name,
        "match": {"paths": [f"/{name}/*"]},
        "legacy": {"endpoints": ["http://127.0.0.1:9001"]},
        "ai": {"endpoints": ["http://127.0.0.1:9002"]},
        **more,
    }


def config(*services: Mapping[str, object], **more: object) -> dict[str, object]:
    return {"services": [*services] or [service()], **more}


@dataclass
class Desk:
    """The config on disk, and everything that hears of it."""

    path: Path
    workers: HeardWorkers
    conductor: Conductor
    told: list[Told]
    now: float = NOON
    prepared: list[Settings] = field(default_factory=list)
    mistake: Exception | None = None

    is_preparing: asyncio.Event = field(default_factory=asyncio.Event)
    may_prepare: asyncio.Event = field(default_factory=asyncio.Event)

    may_read: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_read.set()
        self.may_prepare.set()
        first = read_config(self.path, self._examined, ())
        assert first.settings is not None
        self.reloader = Reloader(
            path=self.path,
            examine=self._examined,
            first=first,
            settings=first.settings,
            conductor=self.conductor,
            prepare=self._prepare,
            adopt=self._adopt,
            clock=lambda: self.now,
            stopwatch=lambda: self.now,
        )
        self._adopt(first.settings)
        self.workers.heard.clear()
        self.workers.has_heard.clear()

    def writes(self, content: Mapping[str, object] | str) -> None:
        """Replace the file as a whole."""
        new = self.path.with_suffix(".new")
        new.write_text(content if isinstance(content, str) else json.dumps(content))
        new.rename(self.path)

    def names(self) -> list[str]:
        """Return the names of all events but the warnings of a config that is right."""
        return [name for name, _ in self.told if name != "config_warning"]

    def last(self, name: str) -> dict[str, object]:
        """Return the fields of the last event of this name."""
        return [fields for told, fields in self.told if told == name][-1]

    def _examined(self) -> Examination:
        self.may_read.wait()
        if self.mistake is not None:
            raise self.mistake
        return examine(self.path, {})

    async def _prepare(self, settings: Settings) -> None:
        self.prepared.append(settings)
        self.is_preparing.set()
        await self.may_prepare.wait()

    def _adopt(self, settings: Settings) -> Snapshot:
        compiled = partial(compile_snapshot, settings)
        names = [each.name for each in settings.services]
        return self.conductor.adopt(compiled, planned(*names), unheralded)


@contextmanager
def desk(folder: Path, content: Mapping[str, object]) -> Iterator[Desk]:
    """Serve by this config, which lies in ``folder``, since noon."""
    path = folder / "gray-router.yaml"
    path.write_text(json.dumps(content))
    workers = HeardWorkers()
    router = router_of(
        workers,
        Release("support"),
        compile_snapshot=lambda _, version: Snapshot(version, ()),
        clock=lambda: NOON,
        stopwatch=lambda: NOON,
    )
    conductor = begun(router).conductor
    with events() as told:
        yield Desk(path, workers, conductor, told)
