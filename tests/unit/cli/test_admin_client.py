import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Generator, Iterable, Iterator

import pytest

from router.cli import admin_client
from router.cli.access import Access
from router.cli.address import addresses
from router.cli.admin_client import AdminClient
from router.cli.answers import is_listing, is_release
from router.cli.main import main
from router.errors import AdminError, AdminUnreachableError
from tests.support.admin_double import RELEASE, AdminDouble, admin_double, silent_url


@pytest.fixture
def admin() -> Iterator[AdminDouble]:
    with admin_double() as double:
        double.says(RELEASE)
        yield double


def test_the_first_admin_api_that_can_be_reached_is_asked(admin: AdminDouble) -> None:
    client = AdminClient(Access(addresses(f"{silent_url()}, {admin.url},{silent_url()}")))
    assert client.call("GET", "/services/support", is_release).data == RELEASE


def test_nobody_there_ends_with_3_and_says_who_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = [silent_url(), silent_url()]
    assert main(["status", "--admin", ",".join(urls)]) == 3
    told = capsys.readouterr().err
    assert all(f"{url}: Connection refused" in told for url in urls)
    assert "gray-router serve" in told
    assert "GRAY_ROUTER_ADMIN" in told


def test_a_command_is_never_sent_to_a_second_router_once_one_took_it(admin: AdminDouble) -> None:
    admin.status = 0
    with admin_double() as second, pytest.raises(AdminError, match="took the command"):
        AdminClient(Access(addresses(f"{admin.url},{second.url}"))).call(
            "PUT", "/x", is_release, {}
        )
    assert second.heard == []


def test_a_question_without_an_answer_is_no_success(admin: AdminDouble) -> None:
    admin.status = 0
    with pytest.raises(AdminError, match="gave no answer"):
        AdminClient(Access(addresses(admin.url))).call("GET", "/services", is_listing)


FOREIGN = [
    (404, b"<html>not found</html>", {}, "404, and no JSON"),
    (200, b"", {}, "200, and no JSON"),
    (200, b"[" * 100_000, {}, "200, and no JSON"),
    (200, b"{}", {}, "200, and other JSON"),
    (200, b'{"services": [{"service": "support"}]}', {}, "200, and other JSON"),
    (202, b"[1]", {}, "202, and other JSON"),
    (200, b'{"services": 5}', {}, "200, and other JSON"),
    (301, b'{"services": []}', {}, "301, and other JSON"),
    (404, b'{"detail": "Not Found"}', {}, "404, and other JSON"),
    (409, b'"no"', {}, "409, and other JSON"),
    (404, b'{"code": "no_route", "detail": "x"}', {"x-gray-error": "no_route"}, "404 no_route"),
]


@pytest.fixture(params=FOREIGN, ids=lambda foreign: f"{foreign[3]}: {foreign[1][:20]!r}")
def stranger(request: pytest.FixtureRequest) -> Iterator[tuple[AdminDouble, str]]:
    with admin_double() as double:
        double.status, double.body, double.headers, why = request.param
        yield double, why


@pytest.mark.parametrize(
    "arguments", [["status"], ["status", "a"], ["set", "a", "5"]], ids=" ".join
)
def test_what_is_no_admin_api_is_told_in_one_sentence(
    arguments: list[str], stranger: tuple[AdminDouble, str], capsys: pytest.CaptureFixture[str]
) -> None:
    double, why = stranger
    assert main([*arguments, "--admin", double.url]) == 3
    assert capsys.readouterr().err == (
        f"{double.url} answers, but is no admin API of Gray Router ({why}).\n"
    )


def test_after_a_stranger_the_next_address_is_asked(
    stranger: tuple[AdminDouble, str], admin: AdminDouble
) -> None:
    double, _ = stranger
    answer = AdminClient(Access(addresses(f"{double.url},{admin.url}"))).call(
        "GET", "/services/support", is_release
    )
    assert (answer.data, str(answer.admin)) == (RELEASE, admin.url)


@contextlib.contextmanager
def server(pieces: Iterable[bytes]) -> Generator[str]:
    """Serve one client with these pieces, until it has heard enough; give the URL."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(ConnectionError):
            connection.recv(65536)
            for piece in pieces:
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_a_server_of_another_protocol_is_no_admin_api(capsys: pytest.CaptureFixture[str]) -> None:
    with server([b"SSH-2.0-OpenSSH_9.2\r\n"]) as url:
        assert main(["status", "--admin", url]) == 3
    assert "(it does not speak HTTP)" in capsys.readouterr().err


def test_a_server_that_says_more_and_more_is_no_admin_api(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_client, "LARGEST_ANSWER", 1 << 20)
    with server([b"HTTP/1.1 200 OK\r\n\r\n", *itertools.repeat(b"[" * 65536, 1000)]) as url:
        assert main(["status", "--admin", url]) == 3
    assert "(200, and more than it could have to say)" in capsys.readouterr().err


def test_a_server_that_answers_bit_by_bit_is_given_up_in_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_client, "ANSWER_TIMEOUT", 0.5)

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            time.sleep(0.05)
            yield b" "

    with server(drip()) as url:
        assert main(["status", "--admin", url]) == 1
    assert "gave no answer: timed out" in capsys.readouterr().err


def test_half_an_answer_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with server([b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", b"{}"]) as url:
        assert main(["status", "--admin", url]) == 1
    assert "gave no answer: IncompleteRead" in capsys.readouterr().err


def test_an_unreachable_admin_is_not_a_refusal() -> None:
    with pytest.raises(AdminUnreachableError):
        AdminClient(Access(addresses(silent_url()))).call("GET", "/services", is_listing)


def test_a_wrong_address_in_the_environment_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAY_ROUTER_ADMIN", "127.0.0.1:9900")
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    assert ended.value.code == 2
    assert "it looks like http://127.0.0.1:9900" in capsys.readouterr().err
