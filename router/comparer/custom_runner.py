"""The process in which a service's own function runs, and nothing else of the router.

    python -m router.comparer.custom_runner --channel-fd N --parent PID MODULE:FUNCTION

It is called with two answers, and with the request if it takes three arguments. What it prints goes
nowhere: it could hold anything. Whoever asks kills us where it takes too long.
"""

import argparse
import contextlib
import inspect
import os
import resource
import signal
import socket
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from router.compare.custom import Question, said_by
from router.comparer.custom_words import MOST_BYTES, READY, Reply, encode, question_of
from router.comparer.parent import end_with
from router.wire.frames import Frames

NICENESS: Final = 10
"""Traffic goes first."""

_CHUNK: Final = 256 * 1024
_WITH_REQUEST: Final = 3
"""Arguments of a function that wants to see the request, too."""

Function = Callable[[Question], object]


def load(target: str) -> Function:
    """Import a function, or raise whatever its module raises."""
    module, _, name = target.partition(":")
    function: Any = import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    if len(inspect.signature(function).parameters) >= _WITH_REQUEST:
        return lambda asked: function(asked.a, asked.b, asked.request)
    return lambda asked: function(asked.a, asked.b)


def serve(channel: socket.socket, target: str) -> None:
    """Answer questions until nobody asks any more."""
    try:
        function = load(target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is not our code
        channel.sendall(encode(Reply("custom_failed", place_of(error))))
        return
    channel.sendall(encode(READY))
    frames = Frames(MOST_BYTES)
    while chunk := channel.recv(_CHUNK):
        for body in frames.feed(chunk):
            channel.sendall(encode(_reply(function, question_of(body))))


def _reply(function: Function, asked: Question) -> Reply:
    try:
        returned = function(asked)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is not our code
        return Reply("custom_failed", place_of(error))
    said = said_by(returned)
    known = "" if said != "custom_failed" else f"it returned a {type(returned).__name__}"
    return Reply(said, known)


def place_of(error: BaseException) -> str:
    """Say what was raised and where; never its text, which may hold what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"


def _be_modest() -> None:
    """Leave the processor to others, be the first whom a lack of memory ends, leave no core.

    What the comparer ignores, the function and what it starts need not.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # not every container shows it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def main() -> None:
    """Run one function."""
    parser = argparse.ArgumentParser(prog="router.comparer.custom_runner")
    parser.add_argument("--channel-fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("target")
    arguments = parser.parse_args()
    end_with(arguments.parent)
    _be_modest()
    with socket.socket(fileno=arguments.channel_fd) as channel:
        channel.set_inheritable(False)
        serve(channel, arguments.target)


if __name__ == "__main__":
    main()
