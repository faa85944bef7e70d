"""The way of another config: read → judge → adopt → await acknowledgements → report.

Reading happens beside the event loop; from judging to publishing nothing waits, so what is judged
by the shares as they stand is also served by them. What is refused is refused whole: the running
config serves on, and it is what the next attempt is compared with.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

from router.control.certificates import renewed
from router.control.conductor import Conductor
from router.control.events import tell
from router.control.reading import Examine, Reading, read_config, settings_of
from router.control.reload_report import (
    Cause,
    Report,
    Standing,
    tell_refusal,
    tell_report,
    tell_warnings,
)
from router.control.threads import in_thread
from router.control.watch import LOOK_EVERY, Look, Watch, look_at
from router.errors import CommandRefusedError, ConfigRefusedError, ReshuffleError, SettingsError
from router.routing.snapshot import Snapshot
from router.settings.changes import Changes, changes
from router.settings.fingerprint import config_hash
from router.settings.schema import Settings

RETRY_EVERY: Final = 10.0
"""Seconds after which a wrong file is judged again: what it lacks may lie beside it."""

READ_WITHIN: Final = 30.0
"""Seconds. A network disk that is gone may never answer, and others wait for their turn."""

_SERVES_ON: Final = "the running config serves on"
_WRONG: Final = f"the config file is wrong; {_SERVES_ON}"
_UNREAD: Final = f"the config could not be read within {READ_WITHIN:g} s; {_SERVES_ON}"
_NO_THREAD: Final = f"no thread is left in which the config could be read; {_SERVES_ON}"
_RESHUFFLES: Final = f"the config file would divide callers anew; {_SERVES_ON}"
_BUG: Final = (
    f"a bug in the router keeps it from this config, its log has the traceback; {_SERVES_ON}"
)

Prepare = Callable[[Settings], Awaitable[None]]
"""Find out what these settings will need before they run; it may take its time."""

Adopt = Callable[[Settings], Snapshot]
"""Make these settings run, at once and without waiting; return what was published."""


class Reloader:
    """Holds the settings that run, and replaces them by what stands on disk."""

    def __init__(
        self,
        *,
        path: Path,
        examine: Examine,
        first: Reading,
        settings: Settings,
        conductor: Conductor,
        prepare: Prepare,
        adopt: Adopt,
        clock: Callable[[], float],
        stopwatch: Callable[[], float],
    ) -> None:
        self._path = path
        self._examine = examine
        self._settings = settings
        self._conductor = conductor
        self._prepare = prepare
        self._adopt = adopt
        self._clock = clock
        self._stopwatch = stopwatch
        self._watch = Watch(path, first.look)
        self._turn = asyncio.Lock()
        self._may_heal = False
        self._read_at = stopwatch()
        self.standing = Standing(config_hash(settings), clock())

    # Asked by signal, API and file...

    async def reload(self, cause: Cause, *, reshuffle: bool = False) -> Report:
        """Serve by the config on disk, or raise and change nothing; one after the other."""
        async with self._turn:
            with self._refusing(cause):
                reading = await self._read()
                await self._prepare(self._judge(reading, reshuffle=reshuffle).settings)
                started = self._stopwatch()
                # Shares may have changed meanwhile. From here on nothing waits.
                report = self._serve_by(self._judge(reading, reshuffle=reshuffle), reading, cause)
            if not report.is_changed:
                return report
            missing = await self._conductor.acknowledged(self._conductor.latest.version)
            applied_ms = round((self._stopwatch() - started) * 1000, 1)
            return replace(report, missing=missing, applied_ms=applied_ms)

    async def try_to_reload(self, cause: Cause) -> None:
        """Reload for somebody who learns from events alone what became of it."""
        with contextlib.suppress(CommandRefusedError):
            await self.reload(cause)

    async def watch(self, every: float = LOOK_EVERY) -> None:
        """Reload whenever the files on disk are others than were read; for ever."""
        while True:
            await asyncio.sleep(every)
            try:
                now = await in_thread(self._look, "watch")
            except OSError:  # no thread is left; that is no reason to end
                continue
            news = self._watch.look(now)
            for path in news.missing:
                tell("config_file_missing", level=logging.WARNING, file=str(path))
            if news.changed:
                await self.try_to_reload(Cause.FILE)
            elif self._may_heal and self._stopwatch() - self._read_at >= RETRY_EVERY:
                await self.try_to_reload(Cause.RETRY)

    # Read...

    def _look(self) -> Look:
        return look_at(self._watch.paths)

    async def _read(self) -> Reading:
        known = self._watch.paths
        try:
            async with asyncio.timeout(READ_WITHIN):
                reading = await in_thread(
                    lambda: read_config(self._path, self._examine, known), "reload"
                )
        except TimeoutError:
            raise ConfigRefusedError(_UNREAD, (_UNREAD,)) from None
        except OSError:
            raise ConfigRefusedError(_NO_THREAD, (_NO_THREAD,)) from None
        self._watch.rebase(reading.look)
        self._read_at = self._stopwatch()
        return reading

    # Judge and adopt...

    def _judge(self, reading: Reading, *, reshuffle: bool) -> Changes:
        shares = {release.service: release.share for release in self._conductor.releases}
        try:
            wanted = settings_of(reading)
        except SettingsError as wrong:
            raise ConfigRefusedError(_WRONG, wrong.problems) from None
        judged = changes(self._settings, wanted, shares, reshuffle=reshuffle)
        if judged.refused:
            raise ReshuffleError(_RESHUFFLES, judged.refused)
        return judged

    def _serve_by(self, judged: Changes, reading: Reading, cause: Cause) -> Report:
        before = after = self._conductor.latest
        is_changed = judged.settings != self._settings
        if is_changed:
            after = self._adopt(judged.settings)
            self._settings = judged.settings
        report = Report(
            config_hash=after.config_hash if is_changed else self.standing.config_hash,
            is_changed=is_changed,
            added=judged.added,
            changed=judged.changed,
            removed=judged.removed,
            needs_restart=judged.needs_restart,
            certificates=renewed(before, after),
            warnings=tuple(each.sentence(str(self._path)) for each in reading.warnings),
        )
        self._accept(report, cause)
        if is_changed:
            tell_warnings(self._path, reading.warnings)
        return report

    def _accept(self, report: Report, cause: Cause) -> None:
        loaded_at = self._clock() if report.is_changed else self.standing.loaded_at
        self.standing = Standing(report.config_hash, loaded_at, needs_restart=report.needs_restart)
        self._may_heal = False
        tell_report(report, cause)

    @contextlib.contextmanager
    def _refusing(self, cause: Cause) -> Generator[None]:
        """Note whatever keeps the config from running, and log it."""
        try:
            yield
        except ConfigRefusedError as refused:
            # Whether a share allows what it did not allow before is for people to try again.
            self._refuse(refused, cause, may_heal=not isinstance(refused, ReshuffleError))
            raise
        except CommandRefusedError:
            raise
        except Exception as error:
            tell("reload_failed", failure=error, because=str(cause))
            failed = ConfigRefusedError(_BUG, (_BUG,))
            self._refuse(failed, cause, may_heal=False)
            raise failed from error

    def _refuse(self, refused: ConfigRefusedError, cause: Cause, *, may_heal: bool) -> None:
        before = self.standing
        since = self._clock() if before.refused_since is None else before.refused_since
        self.standing = replace(before, refused_since=since, problems=refused.problems)
        self._may_heal = may_heal
        if cause is not Cause.RETRY or before.problems != refused.problems:
            tell_refusal(refused, cause)
