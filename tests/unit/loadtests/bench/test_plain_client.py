import socket
import threading

import pytest

from loadtests.bench.plain_client import BadAnswerError, ask, connect, is_whole, question

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def answering(answer: bytes) -> int:
    server = socket.create_server(("127.0.0.1", 0))
    port: int = server.getsockname()[1]

    def serve() -> None:
        with server:
            client, _ = server.accept()
            with client:
                client.recv(1024)
                client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return port


def test_an_answer_is_whole_with_its_last_byte() -> None:
    assert [size for size in range(len(WHOLE) + 1) if is_whole(WHOLE[:size])] == [len(WHOLE)]


def test_an_answer_without_a_length_is_not_understood() -> None:
    with pytest.raises(BadAnswerError, match="no length"):
        is_whole(b"HTTP/1.1 200 OK\r\n\r\n")


def test_a_good_answer_is_waited_for() -> None:
    with connect(answering(WHOLE)) as connection:
        ask(connection, question("me"))


@pytest.mark.parametrize(
    "answer",
    [WHOLE[:-1], WHOLE.replace(b"200 OK", b"503 No"), b""],
    ids=["cut", "refused", "nothing"],
)
def test_any_other_is_an_error(answer: bytes) -> None:
    with connect(answering(answer)) as connection, pytest.raises(BadAnswerError):
        ask(connection, question("me"))
