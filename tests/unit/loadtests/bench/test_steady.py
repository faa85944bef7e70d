import contextlib
import random
import socket
import threading
from collections.abc import Iterator

import pytest

from loadtests.bench.steady import Load, Seen, summary, times

GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno"


def converse(client: socket.socket, answer: bytes, bad: bytes) -> None:
    with client:
        while request := client.recv(4096):
            client.sendall(BAD if request.split()[1] == bad else answer)


def accept(server: socket.socket, answer: bytes, bad: bytes) -> None:
    with contextlib.suppress(OSError):  # closed, so the test is over
        while True:
            client, _ = server.accept()
            threading.Thread(target=converse, args=(client, answer, bad), daemon=True).start()


@contextlib.contextmanager
def served(answer: bytes, bad: str = "") -> Iterator[int]:
    """Answer everything alike, but what is asked for ``bad`` by a 503."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = threading.Thread(
            target=accept, args=(server, answer, bad.encode()), daemon=True
        )
        accepting.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        accepting.join()


def test_requests_become_due_at_random_but_at_the_asked_rate_and_always_the_same() -> None:
    drawn = list(times(1000, 2))
    assert drawn == list(times(1000, 2))
    assert drawn == sorted(drawn)
    assert 1800 < len(drawn) < 2200
    assert drawn[-1] < 2


def test_every_request_is_sent_and_its_answer_timed() -> None:
    with served(GOOD) as port:
        load = Load(port, iter([0.0, 0.0, 0.001, 0.05]))
        load.run()
        load.close()
    [seen] = load.seen
    assert len(seen.latencies) == 4
    assert seen.failed == 0
    assert all(0 < latency < 5 for latency in seen.latencies)


def test_targets_take_turns_and_each_has_its_own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.steady.TURN", 0.02)
    monkeypatch.setattr(random, "sample", lambda numbers, k: list(numbers)[:k])
    with served(GOOD, bad="/b") as port:
        load = Load(port, iter([0.0, 0.01, 0.03, 0.05]), ("/a", "/b"))
        load.run()
        load.close()
    assert [(len(seen.latencies), seen.failed) for seen in load.seen] == [(3, 0), (0, 1)]


def test_a_request_that_is_refused_has_failed() -> None:
    with served(BAD) as port:
        load = Load(port, iter([0.0, 0.01]))
        load.run()
        load.close()
    [seen] = load.seen
    assert (seen.latencies, seen.failed) == ([], 2)


def test_a_request_that_nobody_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.steady.PATIENCE", 0.05)
    with served(GOOD[:-1]) as port:
        load = Load(port, iter([0.0]))
        load.run()
        load.close()
    assert load.seen[0].failed == 1


def test_a_wait_for_a_connection_counts_as_latency() -> None:
    with served(GOOD) as port:
        load = Load(port, iter([-1.0]))  # due a second ago
        load.run()
        load.close()
    assert load.seen[0].latencies[0] > 1


def test_a_request_waits_for_a_connection_where_all_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadtests.bench.steady.MOST_CONNECTIONS", 1)
    with served(GOOD) as port:
        load = Load(port, iter([0.0] * 5))
        load.run()
        load.close()
    [seen] = load.seen
    assert (len(seen.latencies), seen.failed) == (5, 0)
    assert seen.latencies == sorted(seen.latencies)  # one after the other, all due at once


def test_who_waited_for_a_connection_in_vain_has_failed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadtests.bench.steady.MOST_CONNECTIONS", 1)
    monkeypatch.setattr("loadtests.bench.steady.PATIENCE", 0.05)
    with served(GOOD[:-1]) as port:
        load = Load(port, iter([0.0] * 3))
        load.run()
        load.close()
    assert load.seen[0].failed == 3


def test_latencies_are_summed_up_in_microseconds() -> None:
    told = Seen()
    told.latencies, told.failed = [0.001] * 98 + [0.002, 0.005], 1
    seen = summary(told)
    assert (seen.requests, seen.failed) == (100, 1)
    assert seen.p50_us == pytest.approx(1000)
    assert seen.p99_us == pytest.approx(5000)
    assert seen.max_us == pytest.approx(5000)


def test_nothing_seen_is_no_latency() -> None:
    assert summary(Seen()).p99_us == 0.0
