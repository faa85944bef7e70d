"""Work that is carried out to its end, also when whoever asked for it no longer waits."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from router.control.events import tell
from router.errors import GrayRouterError
from router.tasks import TaskOwner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


async def to_its_end(tasks: TaskOwner, work: Coroutine[Any, Any, T], name: str) -> T:
    """Return what ``work`` returns; a client that goes away does not stop it half way."""
    ended = await asyncio.shield(tasks.spawn(_ended(work), name))
    if isinstance(ended, _Failed):
        raise ended.error
    return ended.value


async def _ended(work: Coroutine[Any, Any, T]) -> _Done[T] | _Failed:
    """A refusal is no death of a task; and nobody may be left who hears of a bug."""
    try:
        return _Done(await work)
    except GrayRouterError as refused:
        return _Failed(refused)
    except Exception as error:  # noqa: BLE001 - it is raised where it is awaited
        tell("command_failed", failure=error)
        return _Failed(error)
