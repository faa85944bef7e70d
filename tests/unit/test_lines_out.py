import fcntl
import os
import threading

import pytest

from router.lines_out import LARGEST_WRITE, MOST_WAITING, LinesOut, pieces, rfc3339


class Written:
    """Lines of numbers, and the pipe that they go into."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.dropped = 0
        self.lines = LinesOut[int](self.writer, b"%d\n".__mod__, self.drop, "numbers")

    def drop(self, number: int) -> None:
        self.dropped += number

    def numbers(self) -> list[int]:
        """Everything that was written."""
        self.lines.close(5.0)
        os.close(self.writer)
        with os.fdopen(self.reader, "rb") as pipe:
            return [int(each) for each in pipe]


def test_lines_are_written_in_their_order() -> None:
    written = Written()
    for number in range(300):
        written.lines.add(number)
        if number % 100 == 0:
            written.lines.flush()
    assert written.numbers() == list(range(300))
    assert written.dropped == 0


def test_what_nobody_reads_is_dropped_and_counted_and_nobody_waits() -> None:
    written = Written()
    for number in range(5 * MOST_WAITING):  # a pipe holds as many again
        written.lines.add(number)
        written.lines.flush()
    assert written.dropped >= MOST_WAITING
    os.close(written.reader)
    written.lines.close(5.0)
    os.close(written.writer)


def test_the_end_waits_for_a_reader_no_longer_than_it_is_given() -> None:
    written = Written()
    for number in range(MOST_WAITING):
        written.lines.add(100_000 + number)  # more than a pipe holds
    written.lines.close(0.05)
    read = os.read(written.reader, 7 * MOST_WAITING)
    assert read.startswith(b"100000\n100001\n")
    os.close(written.reader)
    written.lines.close(5.0)
    os.close(written.writer)
    assert written.dropped


def test_whoever_stops_reading_ends_nothing() -> None:
    written = Written()
    os.close(written.reader)
    written.lines.add(1)
    written.lines.close(5.0)
    os.close(written.writer)
    assert written.dropped == 1


def test_a_pipe_that_another_program_made_non_blocking_loses_no_line() -> None:
    written = Written()
    os.set_blocking(written.writer, False)
    fcntl.fcntl(written.writer, fcntl.F_SETPIPE_SZ, 4096)
    for number in range(MOST_WAITING):
        written.lines.add(number)
    written.lines.flush()
    read = b""
    while read.count(b"\n") < MOST_WAITING:
        read += os.read(written.reader, 65536)
    assert [int(each) for each in read.splitlines()] == list(range(MOST_WAITING))
    assert written.numbers() == []
    assert written.dropped == 0


def test_without_a_thread_lines_wait_until_one_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written()

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        written.lines.add(1)
        written.lines.flush()
    written.lines.add(2)
    assert written.numbers() == [1, 2]


def test_lines_are_written_whole_and_in_pieces_that_a_pipe_takes_at_once() -> None:
    lines = [b"x" * 1000 + b"\n"] * 10 + [b"y" * 5000 + b"\n"]
    joined = pieces(lines)
    assert b"".join(joined) == b"".join(lines)
    assert all(len(piece) <= LARGEST_WRITE for piece in joined[:-1])
    assert joined[-1] == lines[-1]
    assert pieces([]) == []


def test_times_are_utc_with_milliseconds() -> None:
    assert rfc3339(1_790_000_000.5) == "2026-09-21T14:13:20.500Z"
