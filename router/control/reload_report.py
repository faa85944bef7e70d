"""What became of a reload: for its caller, for the log, and for whoever asks later."""

import enum
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from router.control.certificates import Renewed
from router.control.events import tell
from router.errors import ConfigRefusedError
from router.settings.problems import Problem


class Cause(enum.StrEnum):
    """Why the config was read again."""

    SIGNAL = "signal"
    API = "api"
    FILE = "file"
    RETRY = "retry"  # it was refused, and what it lacked may be there by now


@dataclass(frozen=True, slots=True)
class Report:
    """What a reload did. `missing` names the workers that did not acknowledge in time.

    added, changed, removed: services. needs_restart: keys whose running value stays.
    """

    config_hash: str
    is_changed: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    certificates: tuple[Renewed, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    applied_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Which config runs since when, and how the file on disk differs from it.

    Times in Unix seconds. `refused_since` is None while the file was not refused.
    """

    config_hash: str
    loaded_at: float
    refused_since: float | None = None
    problems: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        return self.refused_since is not None


def tell_report(report: Report, cause: Cause) -> None:
    """Log what was done, and what was not."""
    if report.is_changed:
        tell(
            "config_reloaded",
            because=str(cause),
            config_hash=report.config_hash,
            added=report.added,
            changed=report.changed,
            removed=report.removed,
        )
    else:
        tell("config_unchanged", because=str(cause), config_hash=report.config_hash)
    for certificate in report.certificates:
        tell(
            "certificates_reloaded",
            place=certificate.place,
            subject=certificate.subject,
            expires=certificate.expires,
        )
    if report.needs_restart:
        tell("config_needs_restart", level=logging.WARNING, keys=report.needs_restart)


def tell_warnings(config: Path, warnings: Iterable[Problem]) -> None:
    """Log what `check` would advise: nobody is known to have asked it."""
    for advice in warnings:
        tell(
            "config_warning",
            level=logging.WARNING,
            config=str(config),
            line=advice.line,
            path=advice.path,
            text=advice.statement,
        )


def tell_refusal(refused: ConfigRefusedError, cause: Cause) -> None:
    """Log everything that is wrong."""
    tell(
        "config_refused",
        level=logging.ERROR,
        because=str(cause),
        reason=str(refused),
        problems=refused.problems,
    )
