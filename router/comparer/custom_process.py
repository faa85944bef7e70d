"""One process of a service's own function, from its start to its end.

Whatever the function does (it raises, hangs, exits, takes the process with it), what comes of it
is a value; and the process is gone then, unless it answered in time.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Final

from router.compare.custom import Question
from router.comparer.custom_words import MOST_BYTES, READY, Reply, encode, reply_of
from router.wire.frames import LENGTH

STARTS_WITHIN: Final = 60.0
"""Seconds in which the module has to be loaded: a judge may bring a model."""

ANSWERS_WITHIN: Final = 30.0
"""Seconds in which the function has to answer: a judge may ask a model elsewhere."""

ENDED: Final = Reply("custom_failed", "its process ended")
TOO_LARGE: Final = Reply("custom_failed", "the answers are too large, or too deep, to ask about")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds."""

    start: float = STARTS_WITHIN
    answer: float = ANSWERS_WITHIN


class CustomProcess:
    """A process that has the function; it is asked one thing at a time."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        channel: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        deadlines: Deadlines,
    ) -> None:
        self._process = process
        self._reader, self._writer = channel
        self._deadlines = deadlines
        self.is_over = False

    async def is_ready(self) -> Reply:
        """Return `READY` once it has the function, or why it has not."""
        return await self._reply(self._deadlines.start)

    async def ask(self, asked: Question) -> Reply:
        """Ask one thing."""
        try:
            question = encode(asked)
        except (ValueError, RecursionError):
            return TOO_LARGE
        self._writer.write(question)
        return await self._reply(self._deadlines.answer)

    async def end(self) -> None:
        """End it, with whatever it has started, and wait until it is gone."""
        self._kill()
        await self._process.wait()

    async def _reply(self, seconds: float) -> Reply:
        """Return its next word, at the latest after so many seconds; without one it is ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._writer.drain()
                return await self._word()
        except TimeoutError:
            reply = Reply("custom_timeout", f"no answer within {seconds:g} s")
        except (asyncio.IncompleteReadError, OSError, ValueError):
            reply = ENDED
        except asyncio.CancelledError:
            self._kill()  # what it answers yet would be taken for the answer to something else
            raise
        await self.end()
        return reply

    def _kill(self) -> None:
        self.is_over = True
        self._writer.close()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _word(self) -> Reply:
        length = int.from_bytes(await self._reader.readexactly(LENGTH), "big")
        if length > MOST_BYTES:
            raise ValueError("no word of ours")
        return reply_of(await self._reader.readexactly(length))


async def started(target: str, deadlines: Deadlines) -> tuple[CustomProcess, Reply]:
    """Start a process, and wait until it has the function or has not."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "router.comparer.custom_runner"),
            *("--channel-fd", str(theirs.fileno()), "--parent", str(os.getpid()), target),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    custom = CustomProcess(process, await asyncio.open_connection(sock=ours), deadlines)
    reply = await custom.is_ready()
    if reply != READY and not custom.is_over:
        await custom.end()
    return custom, reply
