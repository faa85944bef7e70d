"""A router that tells a webhook what happens, as its receiver sees it."""

import hashlib
import hmac
import http.server
import json
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest

from tests.support.serving import PATIENCE, RunningRouter, service

NOBODY = 9
"""The port of the discard service; nothing is ever asked there."""

SHARED = "a-secret-of-two-sides"
RENEWED = "another-secret-of-two"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes posts, or answers 503 while it `is_ill`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.is_ill = False
        self.posts = queue.Queue[tuple[dict[str, str], bytes]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/KEY"

    def next(self) -> tuple[dict[str, str], Any, bytes]:
        """Return headers and body of the next post, and what was signed."""
        headers, body = self.posts.get(timeout=PATIENCE)
        return headers, json.loads(body), body


class Taking(http.server.BaseHTTPRequestHandler):
    """Puts each post into the receiver's queue."""

    def do_POST(self) -> None:
        receiver = self.server
        assert isinstance(receiver, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver.posts.put(({key.lower(): value for key, value in self.headers.items()}, body))
        ill = receiver.is_ill
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.NO_CONTENT)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    with receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as found:
        yield found


def config(receiver: Receiver, secret: str = SHARED) -> dict[str, Any]:
    hook = {"url": receiver.url, "secret": secret, "allow_private": True}
    return {
        "admin": {"webhooks": [hook]},
        "services": [service(legacy=NOBODY, ai=NOBODY)],
    }


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    found = re.fullmatch(r"t=([0-9]+),v1=([0-9a-f]{64})", headers["x-gray-signature"])
    assert found
    signed = found[1].encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == found[2]


def test_a_change_is_posted_signed_and_told_nowhere_else(receiver: Receiver) -> None:
    with RunningRouter(config(receiver)) as router:
        router.set_percent(20, reason="canary")
        headers, told, body = receiver.next()
        assert is_signed(headers, body, SHARED)
        assert headers["x-gray-event"] == told["type"] == "release"
        assert headers["x-gray-delivery"] == told["delivery"]
        assert (told["service"], told["percent_before"], told["percent"]) == ("support", 0, 20)
        assert (told["by"], told["reason"], told["status"]) == ("local", "canary", "rolling")
        assert router.stop() == 0
        assert not any(word in router.said for word in ("KEY", SHARED))


def test_a_rollback_is_posted_as_one(receiver: Receiver) -> None:
    with RunningRouter(config(receiver)) as router:
        router.set_percent(20)
        assert receiver.next()[1]["type"] == "release"
        assert router.admin("POST", "/api/v1/services/support/rollback").status == HTTPStatus.OK
        headers, told, body = receiver.next()
        assert is_signed(headers, body, SHARED)
        assert headers["x-gray-event"] == told["type"] == "rollback"
        assert (told["percent_before"], told["percent"]) == (20, 0)
        assert (told["status"], told["epoch"]) == ("rolled_back", 1)


def test_what_is_not_taken_delays_no_command_and_is_kept_at_the_end(receiver: Receiver) -> None:
    receiver.is_ill = True
    with RunningRouter(config(receiver)) as router:
        router.set_percent(20)
        router.set_percent(30)
        assert router.wait_for("webhook_failed")["because"] == "status 503"
        assert router.stop() == 0
        file = router.config.parent / "data" / "webhooks.dead.jsonl"
        letters = [json.loads(line) for line in file.read_text().splitlines()]
        assert sorted(json.loads(letter["body"])["percent"] for letter in letters) == [20, 30]
        given_up = [event for event in router.events if event["event"] == "webhook_given_up"]
        assert {each["delivery"] for each in letters} == {each["delivery"] for each in given_up}


def test_another_config_has_another_secret(receiver: Receiver) -> None:
    with RunningRouter(config(receiver)) as router:
        running = json.loads(router.config.read_text())
        running["admin"]["webhooks"][0]["secret"] = RENEWED
        router.config.write_text(json.dumps(running))
        assert router.wait_for("config_reloaded")
        router.set_percent(20)
        headers, _, body = receiver.next()
        assert is_signed(headers, body, RENEWED)
