"""Steady load: requests come at their own times, whether or not the ones before are answered.

wrk asks again when it has its answer, so a slow proxy is asked less. Here the times are drawn
beforehand (exponential gaps), and a request's latency counts from when it was due: neither the
proxy nor this program can hide a delay. When all connections wait for answers a request waits for
one of them, as in a pool that is full, and that counts too.
Where there are several targets they take turns, many times a second and in an order that is drawn
anew at each run: what the machine does to one of them in a bad moment it does to all, and what is
left between them is their own.
Run as a program it prints a list: `python -m loadtests.bench.steady PORT RATE SECONDS TARGET...`.
"""

import gc
import random
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from loadtests.bench import plain_client
from loadtests.ground import Core, Ground, Started, python

SEED: Final = 7
USERS: Final = 1000
TARGET: Final = "/v1/answer"
MOST_CONNECTIONS: Final = 900
"""`select` looks at no descriptor above 1023, but its timeout knows less than a millisecond."""
TURN: Final = 0.02
"""Seconds for which all requests go to one target; what they leave behind is over much sooner."""
PATIENCE: Final = 10.0
"""Seconds until an answer is given up."""


class Steady(msgspec.Struct, frozen=True):
    """What one run saw."""

    requests: int
    failed: int
    p50_us: float
    p99_us: float
    max_us: float


class Seen:
    """What is seen of one target: seconds until good answers, and how many there were not."""

    __slots__ = ("failed", "latencies")

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.failed = 0


class Caller:
    """One connection; it waits for one answer at a time. seen: where that one is to be noted."""

    __slots__ = ("_answer", "_connection", "due", "seen")

    def __init__(self, port: int) -> None:
        self._connection: socket.socket = plain_client.connect(port)
        self._answer = b""
        self.due = 0.0
        self.seen = Seen()

    def fileno(self) -> int:
        return self._connection.fileno()

    def ask(self, request: bytes, due: float, seen: Seen) -> None:
        """Send a request that was to be sent at ``due``."""
        self.due = due
        self.seen = seen
        self._answer = b""
        self._connection.sendall(request)

    def close(self) -> None:
        self._connection.close()

    def hear(self) -> bool | None:
        """Read; None: more has to come, else whether the answer was good."""
        try:
            block = self._connection.recv(plain_client.BLOCK)
        except ConnectionError:
            return False
        self._answer += block
        if block and not plain_client.is_whole(self._answer):
            return None
        return plain_client.is_good(self._answer) and bool(block)


class Load:
    """The requests of one run, as they become due."""

    def __init__(
        self, port: int, times: Iterator[float], targets: Sequence[str] = (TARGET,)
    ) -> None:
        self._port = port
        self._times = times
        users = [f"user-{user:06d}" for user in range(USERS)]
        self._requests = [
            [plain_client.question(user, target) for user in users] for target in targets
        ]
        self._idle: list[Caller] = []
        self._busy: set[Caller] = set()
        self._queued: deque[float] = deque()
        self._turns: list[int] = []
        self._sent = 0
        self._began = 0.0
        self.seen = [Seen() for _ in targets]

    def run(self) -> None:
        """Send all, and return when all are answered or given up."""
        began = self._began = time.perf_counter()
        due = next(self._times, None)
        while due is not None or self._queued or self._busy:
            now = time.perf_counter() - began
            while due is not None and due <= now:
                self._queued.append(due)
                due = next(self._times, None)
            self._send()
            wait = PATIENCE if due is None else max(0.0, due - time.perf_counter() + began)
            ready, _, _ = select.select(self._busy, [], [], wait)
            if not ready and due is None:
                self._give_up()
                return
            self._hear(ready)

    def close(self) -> None:
        for caller in (*self._idle, *self._busy):
            caller.close()

    def _send(self) -> None:
        while self._queued and (self._idle or len(self._busy) < MOST_CONNECTIONS):
            caller = self._idle.pop() if self._idle else Caller(self._port)
            due = self._queued.popleft()
            target = self._target(due)
            request = self._requests[target][self._sent % USERS]
            caller.ask(request, self._began + due, self.seen[target])
            self._sent += 1
            self._busy.add(caller)

    def _target(self, due: float) -> int:
        """Return the number of the target whose turn it was when a request was due."""
        turn = max(0, int(due / TURN))
        while turn >= len(self._turns):  # each of them once, before the first one comes again
            self._turns += random.sample(range(len(self.seen)), k=len(self.seen))
        return self._turns[turn]

    def _hear(self, ready: list[Caller]) -> None:
        for caller in ready:
            good = caller.hear()
            if good is None:
                continue
            self._busy.remove(caller)
            if good:
                caller.seen.latencies.append(time.perf_counter() - caller.due)
                self._idle.append(caller)
            else:
                caller.seen.failed += 1
                caller.close()

    def _give_up(self) -> None:
        for caller in self._busy:
            caller.seen.failed += 1
        for due in self._queued:
            self.seen[self._target(due)].failed += 1


def times(rate: float, seconds: float) -> Iterator[float]:
    """Draw when requests are due, the same at every run of a rate."""
    drawn = random.Random(SEED)
    due = drawn.expovariate(rate)
    while due < seconds:
        yield due
        due += drawn.expovariate(rate)


def summary(seen: Seen) -> Steady:
    """Sum up what was seen of one target."""
    latencies = seen.latencies
    ordered = sorted(latencies) or [0.0]
    return Steady(
        requests=len(latencies),
        failed=seen.failed,
        p50_us=1e6 * ordered[len(ordered) // 2],
        p99_us=1e6 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        max_us=1e6 * ordered[-1],
    )


def begin(
    ground: Ground,
    core: Core,
    port: int,
    rate: int,
    seconds: int,
    *,
    targets: Sequence[str] = (TARGET,),
) -> Started:
    """Start it as a program of its own."""
    command = python("loadtests.bench.steady", str(port), str(rate), str(seconds), *targets)
    return ground.spawn("steady", command, core=core)


def finish(started: Started, limit: float) -> list[Steady]:
    """Wait for its end, and read what it saw of each target."""
    started.process.wait(limit + PATIENCE)
    return msgspec.json.decode(started.log.read_bytes(), type=list[Steady])


def main(port: int, rate: float, seconds: float, targets: Sequence[str]) -> None:
    """Load a port, and print what was seen."""
    load = Load(port, times(rate, seconds), targets)
    gc.freeze()
    gc.disable()  # a collection would look like the proxy's delay
    load.run()
    load.close()
    print(msgspec.json.encode([summary(seen) for seen in load.seen]).decode())


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
