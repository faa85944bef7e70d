import argparse
import http.server
import json
import socketserver
import ssl
import threading
from pathlib import Path

import pytest

from router.cli.access import Access, access_of, add_access_options
from router.cli.address import addresses
from router.cli.admin_client import AdminClient
from router.cli.answers import is_release
from router.cli.main import main
from router.errors import AdminError, AdminUnreachableError, UsageError
from tests.support.admin_double import RELEASE, AdminDouble, admin_double
from tests.support.certificates import Authority

SECRET = "kQ8-no-real-one"  # noqa: S105 - it opens nothing


def access(*words: str, is_urgent: bool = False) -> Access:
    parser = argparse.ArgumentParser()
    add_access_options(parser)
    return access_of(parser.parse_args(words), is_urgent=is_urgent)


def ask(double: AdminDouble, got: Access) -> object:
    double.says(RELEASE)
    AdminClient(got).call("GET", "/services/support", is_release)
    return double.asked_with[-1].get("Authorization")


def token_file(folder: Path, content: str = f"{SECRET}\nsecond line\n", mode: int = 0o600) -> str:
    file = folder / "token"
    file.write_text(content)
    file.chmod(mode)
    return str(file)


# The token...


def test_the_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAY_ROUTER_TOKEN", f"{SECRET}\n")
    with admin_double() as double:
        assert ask(double, access("--admin", double.url)) == f"Bearer {SECRET}"


def test_the_first_line_of_a_file_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRAY_ROUTER_TOKEN", "another")
    with admin_double() as double:
        got = access("--admin", double.url, "--token-file", token_file(tmp_path))
        assert ask(double, got) == f"Bearer {SECRET}"


def test_without_a_token_none_is_sent() -> None:
    with admin_double() as double:
        assert ask(double, access("--admin", double.url)) is None


def test_a_token_does_not_show_itself(tmp_path: Path) -> None:
    assert SECRET not in repr(access("--token-file", token_file(tmp_path)))


@pytest.mark.parametrize("content", ["", "\n", "two words\n", "line\x01feed\n", "größer\n"])
def test_what_is_no_token_is_wrong_usage_and_not_repeated(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match="is no token") as refused:
        access("--token-file", token_file(tmp_path, content))
    assert content.strip() == "" or content.strip() not in str(refused.value)


def test_a_token_that_everybody_can_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = token_file(tmp_path, mode=0o644)
    assert main(["status", "--token-file", file]) == 2
    told = capsys.readouterr().err
    assert f"chmod 600 {file}" in told
    assert SECRET not in told


def test_in_an_emergency_it_is_used_all_the_same_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = access("--token-file", token_file(tmp_path, mode=0o644), is_urgent=True)
    assert got.headers == {"Authorization": f"Bearer {SECRET}"}
    assert "Warning: everybody on this machine may read" in capsys.readouterr().err


def test_a_missing_token_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        access("--token-file", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("admin", "is_warned"),
    [
        ("http://10.0.0.3:9900", True),
        ("http://127.0.0.1:9900", False),
        ("unix:/run/admin.sock", False),
        ("https://10.0.0.3:9900", False),
    ],
)
def test_a_token_that_others_can_read_on_its_way_is_warned_of(
    admin: str, is_warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access("--admin", admin, "--token-file", token_file(tmp_path))
    assert ("unencrypted" in capsys.readouterr().err) is is_warned


def test_without_a_token_there_is_nothing_to_warn_of(capsys: pytest.CaptureFixture[str]) -> None:
    access("--admin", "http://10.0.0.3:9900")
    assert capsys.readouterr().err == ""


# Sockets and TLS...


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(RELEASE).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def ask_once(server: socketserver.BaseServer, got: Access) -> None:
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    try:
        AdminClient(got).call("GET", "/services/support", is_release)
    finally:
        thread.join()
        server.server_close()


def test_an_admin_api_on_a_unix_socket_is_asked(tmp_path: Path) -> None:
    path = str(tmp_path / "admin.sock")
    ask_once(socketserver.UnixStreamServer(path, _Answering), access("--admin", f"unix:{path}"))


def test_a_unix_socket_that_is_not_there_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(AdminUnreachableError, match="No such file"):
        AdminClient(Access(addresses(f"unix:{tmp_path}/none.sock"))).call("GET", "/x", is_release)


def encrypted(folder: Path, *, asks_for_certificate: bool = False) -> http.server.HTTPServer:
    authority = Authority(folder)
    pair = authority.issue("DNS:localhost")
    (folder / "both.pem").write_text(pair.certificate + pair.key)
    (folder / "ca.pem").write_text(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), _Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def test_https_is_spoken_to_whom_the_ca_vouches_for(tmp_path: Path) -> None:
    server = encrypted(tmp_path)
    admin = f"https://localhost:{server.server_port}"
    ask_once(server, access("--admin", admin, "--ca", str(tmp_path / "ca.pem")))


def test_https_to_somebody_unknown_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    server = encrypted(tmp_path)
    admin = f"https://localhost:{server.server_port}"
    with pytest.raises(AdminUnreachableError, match=r"certificate is not trusted .* --ca names"):
        ask_once(server, access("--admin", admin))


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    server = encrypted(tmp_path, asks_for_certificate=True)
    admin = f"https://localhost:{server.server_port}"
    both = str(tmp_path / "both.pem")
    ask_once(server, access("--admin", admin, "--ca", str(tmp_path / "ca.pem"), "--cert", both))


def test_a_server_that_misses_our_certificate_is_thought_of(tmp_path: Path) -> None:
    server = encrypted(tmp_path, asks_for_certificate=True)
    admin = f"https://localhost:{server.server_port}"
    with pytest.raises(AdminError, match=r"no answer: .* Does it want a client certificate"):
        ask_once(server, access("--admin", admin, "--ca", str(tmp_path / "ca.pem")))


def test_plain_http_where_tls_is_spoken_is_thought_of(tmp_path: Path) -> None:
    server = encrypted(tmp_path)
    with pytest.raises(AdminError, match=r"no answer: .* Does it speak https\?$"):
        ask_once(server, access("--admin", f"http://localhost:{server.server_port}"))


@pytest.mark.parametrize("option", ["--ca", "--cert"])
def test_a_file_that_tls_cannot_use_is_wrong_usage(option: str, tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    with pytest.raises(UsageError, match=f"{option} .*No such file"):
        access("--admin", "https://localhost", option, str(file))
    file.write_text("no certificate")
    with pytest.raises(UsageError, match=f"{option} .*x.pem"):
        access("--admin", "https://localhost", option, str(file))
