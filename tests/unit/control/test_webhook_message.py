import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from router.control.webhook_message import (
    Alert,
    Message,
    alert_message,
    kind_of,
    message,
    signature,
)
from tests.support.hooks import BACK, IDLE, NOW, ROLLING, WAITING, event

SHARED = "0123456789abcdef"
OPENSSL = "3d02334942fff50e279f641c1b104ff5f49380d94ff307bb92b1e03f5aee6ff0"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "topics" / "webhooks.md"


def told(**keys: Any) -> dict[str, Any]:
    written = message(event(**keys), "release", "d1", "r1")
    read = json.loads(written.body)
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({}, "release"),
        ({"new": ROLLING, "old": None}, "release"),
        ({"new": WAITING}, "release"),
        ({"new": BACK, "old": ROLLING}, "rollback"),
        ({"new": BACK, "old": None}, "rollback"),
        ({"refused": "frozen"}, None),
        ({"new": IDLE, "old": IDLE}, None),
        ({"new": None, "old": None}, None),
    ],
)
def test_an_event_is_a_change_a_rollback_or_nothing_to_tell(
    keys: dict[str, Any], kind: str | None
) -> None:
    assert kind_of(event(**keys)) == kind


def test_a_message_says_what_changed_by_whom_and_why() -> None:
    assert told() == {
        "delivery": "d1",
        "type": "release",
        "at": "2026-09-21T14:13:20.000Z",
        "replica": "r1",
        "sequence": 8,
        "service": "support",
        "command": "set 20.5",
        "by": "ana",
        "reason": "canary",
        "percent": 20.5,
        "percent_before": 0,
        "status": "rolling",
        "stage": 1,
        "epoch": 1,
        "revision": 4,
        "pending": None,
    }


def test_a_raise_that_waits_for_others_is_told_with_what_they_need_to_know() -> None:
    assert told(new=WAITING)["pending"] == {
        "command": "set 20",
        "percent": 20,
        "by": "ana",
        "reason": "go",
        "expires_at": "2026-09-22T14:13:20.000Z",
        "approved_by": [],
    }


def test_where_a_command_came_from_is_not_told() -> None:
    assert b"10.1.2.3" not in message(event(), "release", "d1", "r1").body


def test_an_alert_says_what_is_wrong_and_under_which_fence_that_was_decided() -> None:
    alert = Alert("configs_differ", "r1: abc; r2: def", False, NOW, 9, 3)
    written = alert_message(alert, "d1", "r1")
    assert (written.kind, written.service) == ("alert", "")
    assert json.loads(written.body) == {
        "delivery": "d1",
        "type": "alert",
        "at": "2026-09-21T14:13:20.000Z",
        "replica": "r1",
        "sequence": 9,
        "alert": "configs_differ",
        "is_over": False,
        "reason": "r1: abc; r2: def",
        "fence": 3,
    }


def test_headers_name_the_delivery_and_sign_it_with_the_time() -> None:
    sent = Message("rollback", "d1", "support", b"{}")
    assert sent.headers(SHARED, NOW + 0.9) == {
        "content-type": "application/json",
        "x-gray-event": "rollback",
        "x-gray-delivery": "d1",
        "x-gray-signature": f"t=1790000000,v1={signature(SHARED, 1_790_000_000, b'{}')}",
    }


def test_the_signature_is_the_one_that_other_tools_compute() -> None:
    # printf '1790000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
    assert signature(SHARED, 1_790_000_000, b"{}") == OPENSSL


def shown_check() -> Callable[..., bool]:
    """Return the function that the page shows to receivers."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own page
    check: Callable[..., bool] = names["is_from_router"]
    return check


def test_what_the_page_shows_receivers_accepts_what_is_sent() -> None:
    sent = message(event(), "release", "d1", "r1")
    header = sent.headers(SHARED, NOW)["x-gray-signature"]
    check = shown_check()
    assert check(SHARED, header, sent.body, NOW + 5)
    assert not check("another secret..", header, sent.body, NOW)
    assert not check(SHARED, header, sent.body + b" ", NOW)
    assert not check(SHARED, header, sent.body, NOW + 301)
    assert not check(SHARED, header.replace("t=1790000000", "t=1790000001"), sent.body, NOW)
    assert not check(SHARED, "", sent.body, NOW)
    assert not check(SHARED, "t=now,v1=", sent.body, NOW)
