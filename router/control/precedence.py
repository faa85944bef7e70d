"""What is said to a command where something else came first."""

from typing import Any

from router.control.orders import Once
from router.errors import (
    GrayRouterError,
    KeyReusedError,
    ReleaseRefusedError,
    RevisionPassedError,
)
from router.release.commands import Command, Informed
from router.release.refusals import EpochPassed
from router.release.state import Release
from router.store.port import Answered


def same(once: Once[Any] | None, known: Answered) -> Answered:
    """Return what the same request was answered; raise if it is another one with the same key."""
    if once is None or known.fingerprint != once.fingerprint:
        raise KeyReusedError(known.key)
    return known


def outrun(command: Command, newest: Release) -> GrayRouterError:
    """Say by what a change was outrun."""
    if isinstance(command, Informed) and newest.epoch > command.epoch:
        refusal = EpochPassed(command.epoch, newest.epoch)
        return ReleaseRefusedError(refusal.code, str(refusal))
    return RevisionPassedError(newest.service, newest.revision)
