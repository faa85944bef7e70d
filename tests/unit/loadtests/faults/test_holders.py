import os
import socket

from loadtests.faults.holders import accepted, callers, holders, made

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22 1
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 33 1
   3: 0100007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 0 1
"""


def test_only_the_server_s_side_of_accepted_connections_counts() -> None:
    assert accepted(TABLE, 8080) == {22: 50000}


def test_the_process_that_accepted_holds_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert holders(port, [os.getpid()]) == {}
            with listener.accept()[0]:
                assert holders(port, [os.getpid()]) == {client.getsockname()[1]: os.getpid()}


def test_the_caller_s_side_of_the_same_is_told_too() -> None:
    assert made(TABLE, [8080, 80]) == {33: (8080, 50000)}
    assert made(TABLE, [80]) == {}


def test_the_process_that_has_connected_is_the_caller_whoever_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            place = (port, client.getsockname()[1])
            assert callers([port], [os.getpid()]) == {place: os.getpid()}


def test_a_process_that_has_ended_holds_nothing() -> None:
    assert holders(1, [2**22 + 1]) == {}
