import base64
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from router.cli.curl import curl
from tests.support.compared import PAIR

REQUEST: dict[str, Any] = PAIR["contents"]["request"]
PLAIN: dict[str, Any] = {
    **REQUEST,
    "headers": [["content-type", "application/json"], ["content-length", "33"]],
    "body": {"ticket": "where's my parcel?"},
}


def words(command: str) -> list[str]:
    """Return each word that the shell would give to curl."""
    script = 'curl() { for word; do printf "%s" "$word" | base64 -w0; echo; done; }\n'
    ran = subprocess.run(
        ["bash", "-c", script + command], capture_output=True, check=True, timeout=10
    )
    return [base64.b64decode(line).decode() for line in ran.stdout.splitlines()]


def test_the_shell_gives_curl_what_was_recorded() -> None:
    assert words(curl(PLAIN, "http://127.0.0.1:8080/")) == [
        "-X",
        "POST",
        "http://127.0.0.1:8080/v1/classify",
        "-H",
        "content-type: application/json",
        "--data-raw",
        '{"ticket": "where\'s my parcel?"}',
    ]


def test_what_is_masked_is_named_above_it() -> None:
    command = curl({**REQUEST, "target": "/v1/[masked]"}, "http://127.0.0.1:8080")
    assert command.splitlines()[0] == (
        "# masked when it was recorded: the target, header authorization, /customer/email"
    )
    assert words(command)[:4] == ["--globoff", "-X", "POST", "http://127.0.0.1:8080/v1/[masked]"]
    assert "authorization: [masked]" not in words(command)


def test_masked_places_are_found_wherever_they_stand() -> None:
    body = {"a": [{"b": "[masked]"}, "fine"], "c": "to [masked] and on"}
    assert "/a/0/b, /c" in curl({**PLAIN, "body": body}, "http://a").splitlines()[0]
    text = {**PLAIN, "kind": "text", "body": "[masked]"}
    assert curl(text, "http://a").splitlines()[0].endswith("recorded: the body")


def test_a_text_is_sent_as_it_is_and_json_as_json() -> None:
    assert words(curl({**PLAIN, "kind": "text", "body": "a\nb"}, "http://a"))[-1] == "a\nb"
    assert words(curl({**PLAIN, "body": "a"}, "http://a"))[-1] == '"a"'
    assert words(curl({**PLAIN, "body": None}, "http://a"))[-1] == "null"


def test_no_body_is_none() -> None:
    get = {**PLAIN, "method": "GET", "kind": "empty", "body": None, "headers": [["x-empty", ""]]}
    assert words(curl(get, "http://a")) == ["-X", "GET", "http://a/v1/classify", "-H", "x-empty;"]


def test_a_packed_answer_is_unpacked() -> None:
    packed = {**PLAIN, "headers": [["accept-encoding", "gzip, br"]]}
    assert words(curl(packed, "http://a"))[3] == "--compressed"


def test_a_body_that_was_not_kept_is_not_made_up() -> None:
    command = curl({**PLAIN, "kind": "bytes", "body": {"size": 3}}, "http://a")
    assert command.splitlines()[0] == "# the body was not kept (bytes)"
    assert "--data" not in command


@pytest.mark.parametrize("evil", ["$(id)", "`id`", "'; id; '", "\x1b]0;x\x07'\\", "a\nb", "ü'€"])
def test_no_word_of_a_caller_becomes_the_shells(evil: str) -> None:
    request = {
        **PLAIN, "target": f"/{evil}", "kind": "text", "body": evil, "headers": [["x", evil]],
    }  # fmt: skip
    command = curl(request, "http://a")
    assert "\x1b" not in command
    assert [word for word in words(command) if word != "--globoff"] == [
        "-X", "POST", f"http://a/{evil}", "-H", f"x: {evil}", "--data-raw", evil,
    ]  # fmt: skip
    noted = curl({**PLAIN, "body": {"a\nrm -rf /": "[masked]"}}, "http://a")
    assert noted.splitlines()[0].endswith("/a\\nrm -rf /")


class Noting(BaseHTTPRequestHandler):
    """Remembers what it was asked."""

    heard: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.heard.append((self.command, self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_POST()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    Noting.heard.clear()
    noting = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=noting.serve_forever, args=(0.005,))
    thread.start()
    yield f"http://127.0.0.1:{noting.server_port}"
    noting.shutdown()
    thread.join()
    noting.server_close()


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/v1/[masked]?filter[a]={1,2}", "plain"),
        ("POST", "/a/../b/./c", "two\r\nlines\n"),
        ("POST", "/", "@/etc/passwd"),
        ("HEAD", "/v1/items?page=[1-3]", None),
    ],
    ids=["globs", "dots", "a file's name", "head"],
)
def test_curl_itself_asks_for_what_was_asked_for(
    server: str, method: str, target: str, body: str | None
) -> None:
    kind = "empty" if body is None else "text"
    request: dict[str, Any] = {
        "method": method,
        "target": target,
        "headers": [],
        "kind": kind,
        "body": body,
    }
    command = curl(request, server).replace("curl ", "curl -s --max-time 5 --output - ", 1)
    subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=10)
    assert Noting.heard == [(method, target, (body or "").encode())]
