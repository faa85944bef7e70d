import base64
import subprocess
from typing import Any

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


@pytest.mark.parametrize(
    ("method", "target", "options"),
    [
        ("GET", "/v1/items?a=1.5", ["-X", "GET"]),
        ("GET", "/v1/[masked]", ["--globoff", "-X", "GET"]),
        ("GET", "/v1/items?in={1,2}", ["--globoff", "-X", "GET"]),
        ("GET", "/a/../b/./c", ["--path-as-is", "-X", "GET"]),
        ("HEAD", "/", ["--head"]),
    ],
)
def test_curl_asks_for_the_target_as_it_is_and_waits_for_no_body_of_a_head(
    method: str, target: str, options: list[str]
) -> None:
    request = {**PLAIN, "method": method, "target": target, "kind": "empty", "headers": []}
    assert words(curl(request, "http://a")) == [*options, f"http://a{target}"]


def test_a_body_that_looks_like_a_files_name_reads_no_file() -> None:
    command = curl({**PLAIN, "kind": "text", "body": "@/etc/passwd"}, "http://a")
    assert words(command)[-2:] == ["--data-raw", "@/etc/passwd"]
